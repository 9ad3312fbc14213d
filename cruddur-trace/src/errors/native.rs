//! Native frames: captured cheaply where a panic happens, resolved much later and elsewhere.
//!
//! Capturing walks the stack (8 to 25 µs for usual depths). Resolving reads debug information,
//! which takes 77 to 340 ms the first time: it happens in the exporter runtime's blocking pool.
//! Both take one lock inside of the `backtrace` crate; so that a panicking request never waits for
//! somebody who resolves, capturing gives up instead, and the report says so.

use super::Frame;
use std::sync::{RwLock, TryLockError};

/// Most frames that are kept: the most recent ones.
const MAX_FRAMES: usize = 256;

/// Held for reading while capturing, for writing while resolving.
static RESOLVING: RwLock<()> = RwLock::new(());

/// Return addresses, the most recent call first.
#[derive(Clone, Debug, Default)]
pub(crate) struct NativeTrace {
    addresses: Vec<usize>,
    /// Symbols were being loaded at that moment.
    skipped: bool,
}

impl NativeTrace {
    /// The stack of this thread; never waits for symbols.
    pub(crate) fn capture() -> Self {
        let _reading = match RESOLVING.try_read() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Self { addresses: Vec::new(), skipped: true },
        };
        let mut addresses = Vec::with_capacity(64);
        backtrace::trace(|frame| {
            addresses.push(frame.ip() as usize);
            addresses.len() < MAX_FRAMES
        });
        Self { addresses, skipped: false }
    }

    pub(crate) fn was_skipped(&self) -> bool {
        self.skipped
    }

    /// Functions, files and lines; the most recent call last. Slow: see above.
    pub(crate) fn resolve(&self) -> Vec<Frame> {
        let mut frames = Vec::with_capacity(self.addresses.len());
        for address in &self.addresses {
            // One lock per frame: captures get their turn in between.
            let _writing = RESOLVING.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            backtrace::resolve(*address as *mut std::ffi::c_void, |symbol| {
                let function = symbol.name().map(|name| format!("{name:#}")).unwrap_or_default();
                let file = symbol.filename().map(|it| it.to_string_lossy().into_owned());
                frames.push(Frame {
                    function,
                    file: file.unwrap_or_default(),
                    line: symbol.lineno(),
                    column: symbol.colno(),
                });
            });
        }
        let from = frames.iter().rposition(is_panic_machinery).map_or(0, |last| last + 1);
        frames.drain(..from);
        frames.reverse();
        frames
    }
}

/// What stands between the panic and its hook.
fn is_panic_machinery(frame: &Frame) -> bool {
    const PREFIXES: [&str; 7] = [
        "rust_begin_unwind",
        "__rustc::rust_begin_unwind",
        "std::panicking::",
        "core::panicking::",
        "core::option::unwrap_failed",
        "core::option::expect_failed",
        "core::result::unwrap_failed",
    ];
    // `std::panicking::catch_unwind` also stands at the other end of many stacks.
    let is_catch = frame.function.contains("catch_unwind") || frame.function.contains("::try");
    !is_catch && PREFIXES.iter().any(|it| frame.function.starts_with(it))
}
