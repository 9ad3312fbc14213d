//! The bridge under a subscriber of its own, in captured traces.

#[cfg(feature = "mirror")]
mod mirror;

use std::io;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use tracing::{Instrument as _, debug, info, info_span, warn};
use tracing_subscriber::Registry;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use super::subscriber::terminal_layer;
use super::*;
use crate::record::{
    Callsite, Link, LogRecord, Outcome, Severity, SpanId, SpanKind, Status, TraceFlags, TraceId,
    Value,
};
use crate::span::{self, RemoteParent, Root, RootOptions, Scope};
use crate::testing::{self, Capture, Captured};

/// Runs `run` in a captured trace under a subscriber whose events become log records.
fn with_logs(run: impl FnOnce()) -> (Captured, Vec<LogRecord>) {
    let layer = testing::tracing_layer().with_db_system("sqlite");
    let subscriber = tracing_subscriber::registry().with(layer);
    let captured = tracing::subscriber::with_default(subscriber, || testing::capture(run));
    let lines = captured.logs().to_vec();
    (captured, lines)
}

/// The same where no logs exporter is on.
fn with_span_events(run: impl FnOnce()) -> Captured {
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new());
    tracing::subscriber::with_default(subscriber, || testing::capture(run))
}

fn remote() -> RemoteParent {
    RemoteParent::new(
        TraceId::new(0xabc).expect("not zero"),
        SpanId::new(0xdef).expect("not zero"),
        TraceFlags::SAMPLED,
    )
}

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
    assert!(file.ends_with("tests.rs") && *number > 0);
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
    assert_eq!(shown, ["level=INFO", "target=cruddur_trace::bridge::tracing::tests", "count=4"]);
}

#[test]
fn foreign_spans_nest_with_observed_ones() {
    let (captured, lines) = with_logs(|| {
        let outer = info_span!("outer", id = 7, late = tracing::field::Empty);
        let _entered = outer.enter();
        outer.record("late", "set later");
        info_span!("inner").in_scope(|| info!("deep"));
    });
    let (outer, inner) = (captured.span("outer"), captured.span("inner"));
    assert_eq!(outer.parent_id, Some(captured.root().span_id));
    assert_eq!(inner.parent_id, Some(outer.span_id));
    assert_eq!(outer.attribute("id"), Some(&7.into()));
    assert_eq!(outer.attribute("late"), Some(&"set later".into()));
    assert_eq!(lines[0].trace.expect("in a trace").span_id, inner.span_id);
}

#[test]
fn an_instrumented_future_keeps_its_span_over_polls_and_threads() {
    let (captured, lines) = with_logs(|| {
        let future = async {
            info!("first");
            let mut polled = false;
            std::future::poll_fn(move |_| {
                if std::mem::replace(&mut polled, true) {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
            info!("second");
        };
        let mut future = Box::pin(future.instrument(info_span!("work")));
        assert!(future.as_mut().now_or_never().is_none());
        info!("between");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    assert!(future.as_mut().now_or_never().is_some());
                    drop(future);
                });
            });
        });
    });
    let work = captured.span("work");
    assert_eq!(work.outcome, Outcome::Ok);
    let ids: Vec<_> = lines.iter().map(|it| it.trace.map(|it| it.span_id)).collect();
    assert_eq!(ids, [work.span_id, captured.root().span_id, work.span_id].map(Some));
}

#[test]
fn spans_left_out_of_order_do_not_mix_up_the_tree() {
    let (captured, lines) = with_logs(|| {
        let (a, b) = (info_span!("a"), info_span!("b"));
        let entered_a = a.enter();
        let entered_b = b.enter();
        drop(entered_a);
        info!("still in b");
        drop(entered_b);
        info!("outside");
    });
    let ids: Vec<_> = lines.iter().map(|it| it.trace.expect("in a trace").span_id).collect();
    assert_eq!(ids, [captured.span("b").span_id, captured.root().span_id]);
}

#[test]
fn fields_of_opentelemetry_mean_what_they_mean_elsewhere() {
    let (captured, _) = with_logs(|| {
        let first = info_span!(
            "x",
            otel.name = "GET /users",
            otel.kind = "client",
            otel.status_code = "ERROR",
            otel.status_description = "teapot",
        );
        let second = info_span!("second", otel.status_code = tracing::field::Empty);
        second.follows_from(&first);
        second.record("otel.status_code", "OK");
    });
    let first = captured.span("GET /users");
    assert_eq!(first.kind, SpanKind::Client);
    assert_eq!(first.status, Status::Error { message: "teapot".into() });
    let second = captured.span("second");
    assert_eq!(second.status, Status::Ok);
    assert_eq!(second.links[0].span_id, first.span_id);
    assert!(first.attributes.iter().all(|it| !it.key.starts_with("otel.")));
}

#[test]
fn the_extension_trait_reaches_the_span() {
    let (captured, _) = with_logs(|| {
        let span = info_span!("x");
        span.set_attribute("undeclared", 1);
        span.set_status(Status::Ok);
        let RemoteParent { trace_id, span_id, flags: trace_flags, .. } = remote();
        span.add_link(Link { trace_id, span_id, trace_flags, attributes: vec![] });
        span.set_parent(remote());
        assert!(span.context().is_some_and(|it| it.trace_flags.is_sampled()));
    });
    let span = captured.span("x");
    assert_eq!(span.attribute("undeclared"), Some(&1.into()));
    assert_eq!((&span.status, span.links.len()), (&Status::Ok, 2), "a second parent is a link");
    assert_eq!(span.trace_id, captured.root().trace_id);
}

#[test]
fn a_parent_elsewhere_starts_the_trace_outside_of_any() {
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new());
    let capture = Capture::new(crate::record::Sampling::ALWAYS).without_root();
    let (captured, ()) = tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            info_span!("noise").in_scope(|| ());
            let span = info_span!("consume", topic = "t");
            assert!(span.context().is_none());
            span.set_parent(remote());
            span.in_scope(|| info_span!("child").in_scope(|| ()));
        })
    });
    let span = captured.span("consume");
    assert_eq!((span.trace_id, span.parent_id), (remote().trace_id, Some(remote().span_id)));
    assert_eq!(span.attribute("topic"), Some(&"t".into()), "what was set before is kept");
    assert_eq!(captured.span("child").parent_id, Some(span.span_id));
    assert_eq!(
        captured.spans().len(),
        2,
        "without a parent there is no trace:\n{}",
        captured.tree()
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

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What `layer` writes of `run`, and the capture.
fn written<L>(make: impl FnOnce(Written) -> L, run: impl FnOnce()) -> (String, Captured)
where
    L: tracing_subscriber::Layer<Registry> + Send + Sync,
{
    let written = Written::default();
    let subscriber = Registry::default().with(make(written.clone()));
    let captured = tracing::subscriber::with_default(subscriber, || testing::capture(run));
    let bytes = written.0.lock().expect("no panic").clone();
    (String::from_utf8(bytes).expect("text"), captured)
}

#[test]
fn lines_for_people_show_path_and_short_trace_id() {
    let run = || info!(target: "cruddur::home", count = 4, text = "a\u{1b}[31m\nb", "get home activities");
    let (line, captured) = written(|writer| terminal_layer(Terminal::Readable, writer, false), run);
    let id = captured.root().trace_id.to_string();
    let rest = format!(
        "  INFO capture {} cruddur::home: get home activities count=4 text=a\\u{{1b}}[31m\n    b\n",
        &id[..8]
    );
    assert_eq!(&line[12..], rest);
    assert!(line.as_bytes()[2] == b':' && line.as_bytes()[8] == b'.', "a time of day: {line}");
    let (coloured, _) = written(|writer| terminal_layer(Terminal::Readable, writer, true), run);
    assert!(coloured.contains("\u{1b}[32m"), "{coloured}");
}

#[test]
fn json_lines_have_the_names_of_cloudwatch() {
    let (line, captured) = written(
        |writer| terminal_layer(Terminal::Json("svc".to_owned()), writer, true),
        || info!(count = 4, "hello"),
    );
    let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(json["service"], "svc");
    assert_eq!(json["trace_id"], captured.root().trace_id.to_string());
    assert_eq!(json["count"], 4);
}

#[test]
fn any_format_gets_the_trace() {
    let compact = |ansi: bool| {
        move |writer| {
            let format = WithTrace(tracing_subscriber::fmt::format().without_time().compact());
            tracing_subscriber::fmt::layer()
                .event_format(format)
                .with_ansi(ansi)
                .with_writer(writer)
        }
    };
    let (line, captured) = written(compact(false), || info!("hello"));
    let id = captured.root().trace_id.to_string();
    assert!(line.starts_with(&format!("capture {}  INFO", &id[..8])), "{line}");
    let (line, _) = written(compact(true), || info!("hello"));
    assert!(line.contains("\u{1b}["), "{line}");

    let (line, captured) = written(
        |writer| {
            let format = WithTrace(tracing_subscriber::fmt::format().json());
            let fields = tracing_subscriber::fmt::format::JsonFields::new();
            tracing_subscriber::fmt::layer()
                .fmt_fields(fields)
                .event_format(format)
                .with_writer(writer)
        },
        || info!("hello"),
    );
    let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(json["trace_id"], captured.root().trace_id.to_string());
    assert_eq!(json["fields"]["message"], "hello");
}
