//! The panic hook: notes what only the hook can know, and leaves the telling to whoever knows more.
//!
//! It runs on the panicking thread before unwinding: place, message, thread, trace and the stack are
//! known here and nowhere else. It keeps them in a thread-local record. If somebody further out will
//! tell of the panic (the layer, the root of a trace, a task's own piece), they take the record and add the request
//! and the frames; else the hook reports by itself. Then the hook that was there before runs.
//!
//! It deliberately runs no code of the user's and takes no lock that a request may wait for. A panic
//! inside of a panic hook aborts the process by the standard library's rule; nothing can report
//! that one.

use super::pending::PendingReport;
use super::report::report_id;
use super::{ErrorReport, ReportKind, ReportLevel, outlet, recent};
use crate::record::text::first_bytes;
use crate::record::{ErrorChain, TraceLink, clock};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

#[cfg(feature = "_pipeline")]
use super::native::NativeTrace;

/// Longest message that is kept, in bytes.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Panics of one thread that wait to be taken: more than one only where a destructor panics while
/// unwinding.
const MAX_RECORDS: usize = 4;
/// How long a process that is about to abort waits for its last report to leave.
const ABORT_FLUSH: Duration = Duration::from_secs(2);
/// Source files with panics that are remembered; a program has fewer.
const MAX_FILES: usize = 4_096;

/// What the hook saw.
#[derive(Debug)]
pub(crate) struct PanicRecord {
    id: String,
    message: String,
    place: Option<(&'static str, u32)>,
    thread: Option<String>,
    trace: Option<TraceLink>,
    scope: Option<Arc<crate::span::Scope>>,
    time: crate::record::UnixNanos,
    #[cfg(feature = "_pipeline")]
    native: NativeTrace,
}

thread_local! {
    static RECORDS: RefCell<Vec<PanicRecord>> = const { RefCell::new(Vec::new()) };
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

static FLUSHES: AtomicBool = AtomicBool::new(cfg!(panic = "abort"));

/// Lets the hook itself report each panic and wait until the report has left, at most 2 seconds:
/// for programs that don't survive a panic. It is so from the start where this crate is compiled
/// with `panic = "abort"`; say so where a hook of your own ends the process.
pub fn flush_in_panic_hook(flushes: bool) {
    FLUSHES.store(flushes, Ordering::Relaxed);
}

/// Installs the hook in front of the one that is there; only the first call does anything.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            observe(info);
            previous(info);
        }));
    });
}

fn observe(info: &PanicHookInfo<'_>) {
    let entered = INSIDE.try_with(|it| !it.replace(true));
    // On a thread that is going away, or inside of this very function: the previous hook is enough.
    if entered != Ok(true) {
        return;
    }
    if !is_exporter() {
        note(info);
    }
    let _ = INSIDE.try_with(|it| it.set(false));
}

fn note(info: &PanicHookInfo<'_>) {
    let message = message(info.payload());
    if is_last_word(&message) {
        // The process aborts in a moment; what failed first, and nobody took, is what is told.
        let first = RECORDS.try_with(|it| it.borrow_mut().drain(..).next()).ok().flatten();
        return match first {
            Some(first) => deliver(first, true),
            None => outlet::flush(None, ABORT_FLUSH),
        };
    }
    let context = crate::span::current();
    let record = PanicRecord {
        id: report_id(),
        place: info.location().and_then(|it| Some((interned(it.file())?, it.line()))),
        thread: std::thread::current().name().map(str::to_owned),
        trace: context.as_ref().map(crate::span::TraceContext::link),
        scope: context.and_then(|it| it.scope),
        time: clock::now(),
        #[cfg(feature = "_pipeline")]
        native: NativeTrace::capture(),
        message,
    };
    if FLUSHES.load(Ordering::Relaxed) {
        return deliver(record, true);
    }
    // In a trace, the layer, the root or the task's own piece tells of it when it unwinds.
    if record.trace.is_some() {
        let _ = RECORDS.try_with(|records| {
            let mut records = records.borrow_mut();
            if records.len() == MAX_RECORDS {
                records.remove(0);
            }
            records.push(record);
        });
    } else {
        deliver(record, false);
    }
}

/// Whether this is the standard library's last word before it aborts.
fn is_last_word(message: &str) -> bool {
    message == "panic in a destructor during cleanup"
        || message == "panic in a function that cannot unwind"
}

fn deliver(record: PanicRecord, is_last: bool) {
    let trace = record.trace;
    let request_id = record.scope.as_ref().and_then(|it| it.request_id().cloned());
    let mut pending = record.into_pending(Vec::new());
    let report = pending.edit();
    if let Some(request) = &report.request {
        super::request::add_route(&mut report.frames, request);
    }
    if is_last {
        pending.level(ReportLevel::Critical);
        // There is no time to read symbols: better an item without them than none.
        pending.drop_native();
    }
    // Whoever tells of the same panic later finds it told.
    if recent::remember(pending.edit(), request_id).is_none() {
        outlet::send(trace, pending);
    }
    if is_last {
        outlet::flush(trace, ABORT_FLUSH);
    }
}

fn is_exporter() -> bool {
    #[cfg(feature = "_pipeline")]
    return crate::suppress::is_exporter_thread();
    #[cfg(not(feature = "_pipeline"))]
    false
}

/// Takes what the hook saw of the panic with this payload, and forgets the rest: whatever panicked
/// before on this thread was recovered from, or led to this one.
#[cfg(feature = "tower")]
pub(super) fn take_record(payload: Option<&(dyn Any + Send)>) -> Option<PanicRecord> {
    let mut records = RECORDS.try_with(RefCell::take).ok()?;
    let wanted = payload.map(message);
    let at =
        records.iter().rposition(|it| wanted.as_ref().is_none_or(|wanted| *wanted == it.message));
    at.map(|at| records.swap_remove(at))
}

/// Where the panic with this payload happened, if the hook saw it and nobody has taken it.
pub(crate) fn place_of(payload: &(dyn Any + Send)) -> Option<(&'static str, u32)> {
    let wanted = message(payload);
    let place = |records: &RefCell<Vec<PanicRecord>>| {
        records.borrow().iter().rfind(|it| it.message == wanted).and_then(|it| it.place)
    };
    RECORDS.try_with(place).ok().flatten()
}

/// Takes what the hook saw of a panic in this trace, if one was recovered from below: by another
/// layer, say, that answers 500.
pub(super) fn take_record_of(trace: TraceLink) -> Option<PanicRecord> {
    let mut records = RECORDS.try_with(RefCell::take).ok()?;
    let at =
        records.iter().rposition(|it| it.trace.is_some_and(|it| it.trace_id == trace.trace_id));
    at.map(|at| records.swap_remove(at))
}

impl PanicRecord {
    pub(super) fn into_pending(self, frames: Vec<super::Frame>) -> PendingReport {
        let error = ErrorChain {
            class: "panic".into(),
            message: self.message,
            place: self.place,
            is_panic: true,
            ..ErrorChain::default()
        };
        let mut report = ErrorReport::new(ReportKind::Panic, error, self.time);
        report.id = self.id;
        report.frames = frames;
        report.trace = self.trace;
        report.thread = self.thread;
        if let Some(scope) = &self.scope {
            report.user_id = scope.user_id();
            report.request = super::request::of_scope(scope);
        }
        report.is_uncaught = true;
        let pending = PendingReport::new(report);
        #[cfg(feature = "_pipeline")]
        let pending = pending.with_native(Some(self.native));
        pending
    }
}

/// The text of a panic's payload, its first [`MAX_MESSAGE_BYTES`].
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "a panic whose payload is no text",
    };
    first_bytes(text, MAX_MESSAGE_BYTES).to_owned()
}

/// Drops a panic's payload, which may be of a type whose destructor panics in turn: that ends here.
#[cfg(any(feature = "tower", feature = "_pipeline"))]
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload)));
    // Whose payload, again, may be one of them.
    dropped.unwrap_or_else(std::mem::forget);
}

/// The same text for as long as the program runs: a panic's place is lent for the hook alone, but
/// there are only as many as there are source files.
fn interned(file: &str) -> Option<&'static str> {
    static FILES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.get(file) {
        return Some(known);
    }
    if files.len() >= MAX_FILES {
        return None;
    }
    let leaked: &'static str = Box::leak(file.to_owned().into_boxed_str());
    files.insert(leaked);
    Some(leaked)
}
