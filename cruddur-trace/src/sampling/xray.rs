//! X-Ray sampling rules as a state machine without I/O.
