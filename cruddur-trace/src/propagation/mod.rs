//! Propagation: pure parsers and formatters.
