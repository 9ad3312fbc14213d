//! The span core: what `#[observe]` and the layer record into.
//!
//! A request's spans go into one buffer that belongs to its root ([`Root`]); the buffer sits in a
//! thread-local while the root is being polled, and is handed over in one push when the root ends.
//! A span is an open record in it from its first moment, so a handle is an index and nothing is
//! allocated per span. [`Assembler`] turns buffers into [`SpanRecord`](crate::record::SpanRecord)s
//! on the exporter thread.
//!
//! The files, from the ground up:
//!
//! - plain data: `position`, `origin`, `scope`, `failure`, `limits`, `sampling_table`;
//! - the buffer and its way: `arena`, `recycle`, `collect`;
//! - the thread: `current`, `context`, `entered`; the start of an arena: `start`, `below`;
//! - what records: `root` and `root_future`; `guard` for calls; `future` and `stream`, by way of `life`
//!   and `in_poll`; `spawn` and `foreign` for what goes on elsewhere; `on_current` and `field` for what
//!   is set;
//! - on the exporter thread: `assemble`.
//!
//! An arena knows the collector that it goes to, and a collector takes arenas: that one pair is a
//! circle.
//!
//! What a thread-local can't know: a *foreign* task that somebody's `block_on` polls inside of an
//! observed function is taken for a part of it, unless that task has a root of its own.

#[cfg(feature = "otel")]
pub(crate) mod active;
mod arena;
mod assemble;
mod below;
mod collect;
mod context;
mod current;
mod ending;
mod entered;
mod failure;
mod field;
mod filter;
#[cfg(any(feature = "tracing", feature = "otel"))]
pub(crate) mod foreign;
mod future;
mod guard;
mod in_poll;
mod life;
mod limits;
pub(crate) mod mirror;
mod missing;
mod on_current;
mod origin;
mod position;
mod random;
mod recycle;
mod root;
mod root_future;
mod sampling_table;
mod scope;
mod spawn;
mod start;
mod stream;
#[cfg(test)]
mod tests;

pub use assemble::Assembler;
pub use below::Below;
pub use collect::{Collector, Piece, install_collector};
#[cfg_attr(not(feature = "tower"), allow(unused_imports))]
pub(crate) use context::current_caller;
pub use context::{TraceContext, current, current_link};
pub use ending::Ending;
pub use failure::{FailedRoot, Failure};
pub use field::{DebugField, DisplayField, Field, FieldWriter};
pub use filter::{set_max_level, set_target_level};
#[doc(hidden)]
pub use future::{Captured, capture};
pub use future::{Observed, observed};
pub use guard::{Guard, StartKind, StaticCallsite, enter};
pub use limits::Limits;
pub use on_current::{
    add_event, add_link, is_recording, record_error, record_error_chain, request_id, set_attribute,
    set_field, set_kind, set_name, set_route, set_status, set_user,
};
pub use origin::{RemoteParent, RootStart};
pub use recycle::share_recycled;
pub use root::Root;
pub use root_future::RootFuture;
#[cfg_attr(not(feature = "tower"), allow(unused_imports))]
pub(crate) use scope::Caller;
pub use scope::Scope;
pub use spawn::{Continued, Handle, in_current_trace, is_in_trace};
#[cfg(feature = "_pipeline")]
pub use spawn::{spawn, spawn_blocking, spawn_linked};
pub use start::RootOptions;
pub use stream::{ObservedStream, observed_stream};

#[cfg(feature = "tower")]
pub(crate) use collect::named as named_collector;
#[cfg(feature = "tracing")]
pub(crate) use collect::own_collector_of;
pub(crate) use collect::{Here, Open, collector_of};
#[cfg(feature = "tracing")]
pub(crate) use current::path;
#[cfg(feature = "otel")]
pub(crate) use current::position;
pub(crate) use ending::chain_of;
pub(crate) use field::format_safely;
pub(crate) use filter::is_enabled;
pub(crate) use missing::{missing_context, on_missing_context};
pub(crate) use on_current::put_attribute;
#[cfg(feature = "otel")]
pub(crate) use position::Position;
pub(crate) use random::trace_id as random_trace_id;
pub(crate) use random::{Generator as RandomState, fix as fix_random, restore as restore_random};
