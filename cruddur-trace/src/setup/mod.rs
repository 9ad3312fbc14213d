//! Setup commands.
