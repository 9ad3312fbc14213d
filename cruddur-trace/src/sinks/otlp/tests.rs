//! What leaves, read by others.

mod encoding;
mod sockets;
