//! A local stand-in for the services that Cruddur sends its telemetry to, with a viewer.
//!
//! One port number: TCP for the page, the JSON API and every HTTP or gRPC receiver, UDP for X-Ray
//! datagrams. Everything is kept in memory in bounded rings and nothing leaves the machine.
//!
//! ```text
//! receivers/<protocol> ─▶ store/<what> ─▶ api/<what> ─▶ page/ (plain ES modules, embedded)
//!                             └▶ live (server-sent events: "this topic changed")
//! ```
//!
//! # Adding a protocol
//!
//! 1. `receivers/<protocol>/mod.rs` with `pub(crate) fn router() -> Router<Shared>` (or, for AWS
//!    JSON 1.1, an arm in `receivers::aws_json`; for datagrams, a line in `receivers::datagram`),
//!    and one line in `receivers/mod.rs`.
//! 2. `store/<what>.rs` and one field in `store::Store`. Bound it by count *and* by bytes, and call
//!    `app.live.changed("<topic>")` after a write.
//! 3. `api/<what>.rs` with `pub(crate) fn router()` under `/api/<what>`, and one line in `api/mod.rs`.
//! 4. `page/tabs/<what>.js` or `page/panels/<what>.js`, one import in `page/modules.js` and one line
//!    in `src/page/mod.rs`. `page/registry.js` says what a tab and a panel are.
//!
//! # Running it
//!
//! [`Console::start`] gives it a thread and a runtime of its own, so that a program can stop it
//! after its own last flush; [`Console::bind`] and [`Bound::serve`] run it on the caller's runtime.

mod api;
mod filter_pattern;
mod guard;
mod live;
mod options;
mod page;
mod query;
mod receivers;
mod search;
mod server;
mod service_map;
mod store;
mod time;

pub use options::{Options, OptionsError};
pub use server::{Bound, Console, StartError};

use std::sync::Arc;

/// What every handler shares.
pub(crate) struct App {
    pub(crate) options: Options,
    pub(crate) store: store::Store,
    pub(crate) live: live::Live,
}

/// The state of every router here.
pub(crate) type Shared = Arc<App>;
