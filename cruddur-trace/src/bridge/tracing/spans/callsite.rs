//! Callsites of `tracing` as callsites of ours.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use tracing_core::Metadata;
use tracing_core::callsite::Identifier;

use crate::record::{Callsite, Level};

/// The callsite of a `tracing` callsite; there are only so many in a program, so they are kept.
pub(super) fn callsite(metadata: &'static Metadata<'static>) -> &'static Callsite {
    static KNOWN: RwLock<Option<HashMap<Identifier, &'static Callsite>>> = RwLock::new(None);
    let id = metadata.callsite();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.as_ref().and_then(|known| known.get(&id)) {
        return found;
    }
    drop(known);
    let made = || {
        let function = metadata.module_path().unwrap_or(metadata.target());
        let (file, line) = (metadata.file().unwrap_or(""), metadata.line().unwrap_or(0));
        let made = Callsite::new(metadata.name(), function, metadata.target(), file, line);
        let level = match *metadata.level() {
            tracing_core::Level::ERROR => Level::Error,
            tracing_core::Level::WARN => Level::Warn,
            tracing_core::Level::INFO => Level::Info,
            tracing_core::Level::DEBUG => Level::Debug,
            tracing_core::Level::TRACE => Level::Trace,
        };
        &*Box::leak(Box::new(made.with_level(level).without_now()))
    };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().entry(id).or_insert_with(made)
}
