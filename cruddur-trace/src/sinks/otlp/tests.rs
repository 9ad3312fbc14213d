//! What leaves, read by others.

mod encoding;
mod held_up;
mod limits;
mod server;
mod sockets;
