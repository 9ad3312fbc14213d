//! Events: as log records, as events of a span, and as sqlx's queries.

use std::io;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use tracing::{debug, info, warn};
use tracing_subscriber::prelude::*;

use super::{with_logs, with_span_events};
use crate::bridge::tracing::TracingLayer;
use crate::record::{Callsite, LogRecord, Outcome, Severity, SpanKind, Value};
use crate::span::{self, Root, RootOptions, Scope};
use crate::testing::{self, Capture};

#[test]
fn an_event_is_a_typed_record_with_its_trace() {
    let (captured, lines) = with_logs(|| {
        let error = io::Error::other("no disk");
        info!(
            target: "cruddur::home",
            count = 4, ratio = 0.5, ok = true, r#type = "feed", big = u64::MAX, debug = ?Some(1),
            error = &error as &(dyn std::error::Error + 'static),
            "get {} activities", "home"
        );
    });
    let [line] = &*lines else { panic!("one line: {lines:?}") };
    assert_eq!(line.body, "get home activities");
    assert_eq!((line.severity, &*line.target), (Severity::Info, "cruddur::home"));
    let (file, number) = line.place.as_ref().expect("a place");
    assert!(file.ends_with("events.rs") && *number > 0);
    let shown: Vec<_> =
        line.attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
    assert_eq!(
        shown,
        [
            "count=4",
            "ratio=0.5",
            "ok=true",
            "type=feed",
            "big=18446744073709551615",
            "debug=Some(1)",
            "error=no disk"
        ]
    );
    assert_eq!(line.attributes[0].value, Value::I64(4));
    let link = line.trace.expect("it is in a trace");
    assert_eq!((link.trace_id, link.span_id), (captured.root().trace_id, captured.root().span_id));
    assert!(captured.root().events.is_empty(), "one form only");
}

#[test]
fn lines_carry_the_request_and_the_user_sampled_or_not() {
    let (_, lines) = with_logs(|| {
        static CALLSITE: Callsite = Callsite::new("r", "r", "t", "t.rs", 1);
        let scope = Arc::new(Scope::new().with_request_id(Some("r-7".into())));
        let mut options = RootOptions::new(&CALLSITE);
        options.scope = Some(scope);
        options.sampling = Some(crate::record::Sampling::DROP);
        let mut root = Root::start(options);
        root.enter(|| {
            span::set_user("andrewbrown");
            info!("in");
        });
        root.end(Outcome::Ok);
    });
    assert_eq!(lines[0].request_id.as_deref(), Some("r-7"));
    assert_eq!(lines[0].user_id.as_deref(), Some("andrewbrown"));
    assert!(!lines[0].trace.expect("ids even when not sampled").trace_flags.is_sampled());
}

#[test]
fn log_ids_count_up_and_the_time_is_the_event_s_own() {
    let before = crate::record::clock::now();
    let (_, lines) = with_logs(|| {
        info!("one");
        info!("two");
    });
    assert!(lines[0].log_id < lines[1].log_id);
    assert!(before <= lines[0].time && lines[0].time <= lines[1].time);
}

#[test]
fn without_a_logs_exporter_an_event_is_one_of_its_span() {
    let captured = with_span_events(|| info!(count = 4, "get home activities"));
    let [event] = &*captured.root().events else { panic!("one event") };
    assert_eq!(event.name, "get home activities");
    let shown: Vec<_> =
        event.attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
    assert_eq!(
        shown,
        ["level=INFO", "target=cruddur_trace::bridge::tracing::tests::events", "count=4"]
    );
}

#[test]
fn a_query_of_sqlx_is_a_client_span_dated_back() {
    let (captured, lines) = with_logs(|| {
        debug!(
            target: "sqlx::query",
            summary = "SELECT * FROM users …", db.statement = "\n\nSELECT * FROM users WHERE id = 7\n",
            rows_affected = 0_u64, rows_returned = 4_u64, elapsed = ?std::time::Duration::from_millis(3),
            elapsed_secs = 0.003,
        );
    });
    assert!(lines.is_empty(), "one form only");
    let span = captured.span("SELECT users");
    assert_eq!(span.kind, SpanKind::Client);
    let nanos = span.duration_nanos();
    assert!((3_000_000..4_000_000).contains(&nanos), "{nanos}");
    assert_eq!(span.attribute("db.system.name"), Some(&"sqlite".into()));
    assert_eq!(span.attribute("db.query.summary"), Some(&"SELECT users".into()));
    assert_eq!(span.attribute("db.response.returned_rows"), Some(&4.into()));
    assert_eq!(span.attribute("db.query.text"), None);
    assert_eq!(span.parent_id, Some(captured.root().span_id));
}

#[test]
fn a_slow_query_outside_of_a_trace_stays_a_line() {
    let subscriber = tracing_subscriber::registry().with(testing::tracing_layer());
    let capture = Capture::new(crate::record::Sampling::ALWAYS).without_root();
    let (captured, ()) = tracing::subscriber::with_default(subscriber, || {
        capture.run(|| warn!(target: "sqlx::query", elapsed_secs = 2.0, "slow statement"))
    });
    assert_eq!(captured.logs()[0].body, "slow statement");
    assert_eq!(captured.logs()[0].trace, None);
}

#[test]
fn a_line_goes_to_the_capture_of_its_trace_on_any_thread_and_else_to_the_exporter() {
    let exported = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&exported);
    let layer = TracingLayer::new().with_logs(Arc::new(move |record: LogRecord| {
        taken.lock().expect("no panic").push(record.body);
    }));
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    let captured = tracing::dispatcher::with_default(&dispatch, || {
        info!("before");
        let captured = testing::capture(|| {
            info!("within");
            let elsewhere = span::in_current_trace(async { info!("elsewhere") });
            std::thread::scope(|scope| {
                let dispatch = &dispatch;
                scope.spawn(move || {
                    tracing::dispatcher::with_default(dispatch, || {
                        elsewhere.now_or_never().expect("ready at once");
                        info!("of no trace");
                    });
                });
            });
        });
        info!("after");
        captured
    });
    let bodies: Vec<_> = captured.logs().iter().map(|it| it.body.as_str()).collect();
    assert_eq!(bodies, ["within", "elsewhere"]);
    assert_eq!(*exported.lock().expect("no panic"), ["before", "of no trace", "after"]);
}

#[test]
fn a_record_of_the_log_crate_has_its_own_target_module_place_and_the_trace() {
    let (captured, lines) = with_logs(|| {
        // What `log::warn!` hands to the logger that `init` installs.
        let record = log::Record::builder()
            .args(format_args!("disk is full"))
            .level(log::Level::Warn)
            .target("storage")
            .module_path(Some("old_crate::disk"))
            .file(Some("src/disk.rs"))
            .line(Some(12))
            .build();
        log::Log::log(&tracing_log::LogTracer::new(), &record);
    });
    let [line] = &*lines else { panic!("one line: {lines:?}") };
    assert_eq!((line.severity, line.body.as_str()), (Severity::Warn, "disk is full"));
    assert_eq!((&*line.target, line.module.as_deref()), ("storage", Some("old_crate::disk")));
    assert_eq!(line.place, Some(("src/disk.rs".into(), 12)));
    assert!(line.attributes.is_empty(), "{:?}", line.attributes);
    let root = captured.root();
    assert_eq!(line.trace.map(|it| (it.trace_id, it.span_id)), Some((root.trace_id, root.span_id)));
}
