use super::*;
use crate::record::{Severity, SpanId, TraceFlags, TraceId, TraceLink};

fn link(trace: u128) -> Option<TraceLink> {
    Some(TraceLink {
        trace_id: TraceId::new(trace)?,
        span_id: SpanId::new(1)?,
        trace_flags: TraceFlags::default(),
    })
}

fn log(trace: u128, time: u64, body: &str) -> Arc<LogRecord> {
    let mut log = LogRecord::new(time, UnixNanos(time), Severity::Info, body.to_owned());
    log.trace = link(trace);
    Arc::new(log)
}

fn report(trace: u128, time: u64) -> ErrorReport {
    let error = ErrorChain { class: "E".into(), message: "m".into(), ..ErrorChain::default() };
    let mut report = ErrorReport::new(ReportKind::Error, error, UnixNanos(time));
    report.trace = link(trace);
    report
}

#[test]
fn a_report_carries_what_its_request_logged_before() {
    let mut desk = ReportDesk::new(ReportOptions::new());
    for (trace, time, body) in
        [(1, 1, "first"), (2, 2, "another"), (1, 3, "token=abc"), (1, 9, "after")]
    {
        desk.saw(&log(trace, time, body));
    }
    let report = desk.complete(report(1, 5)).expect("kept");
    let bodies: Vec<_> = report.events.iter().map(|it| it.body.as_str()).collect();
    assert_eq!(bodies, ["first", "token=REDACTED"]);
}

#[test]
fn rules_ignore_and_set_levels() {
    let options = ReportOptions::new()
        .ignore_class("app::NotFound")
        .ignore_message("timed out")
        .level_of_class("app::quota::*", ReportLevel::Warning)
        .before_send(|report| {
            report.fingerprint = Some("own".into());
            if report.error.class == "drop" { ReportDecision::Drop } else { ReportDecision::Send }
        });
    let mut desk = ReportDesk::new(options);
    let mut check = |class: &'static str, message: &str, expected: Option<ReportLevel>| {
        let mut report = report(1, 1);
        report.error.class = class.into();
        report.error.message = message.to_owned();
        let admitted = desk.admit(PendingReport::new(report), UnixNanos(1));
        let completed = admitted.and_then(|it| desk.complete(it.resolve()));
        assert!(completed.as_ref().is_none_or(|it| it.fingerprint.as_deref() == Some("own")));
        assert_eq!(completed.map(|it| it.level), expected, "{class} {message}");
    };
    check("app::NotFound", "x", None);
    check("app::Other", "it timed out", None);
    check("app::quota::Full", "x", Some(ReportLevel::Warning));
    check("drop", "x", None);
    check("app::Other", "x", Some(ReportLevel::Error));
}

#[test]
fn an_event_waits_for_the_end_of_its_request() {
    let mut desk = ReportDesk::new(ReportOptions::new());
    let second = 1_000_000_000;
    let event = |trace, time| PendingReport::new(report(trace, time)).of_event();
    let failure = |trace, id: Option<String>| {
        let mut failure = report(trace, 2 * second);
        failure.is_uncaught = true;
        failure.id = id.unwrap_or(failure.id);
        PendingReport::new(failure)
    };
    assert!(matches!(desk.hold(event(1, second)), Held::Waits));
    assert!(matches!(desk.hold(event(2, second)), Held::Waits));
    assert!(matches!(desk.hold(failure(1, None)), Held::No(_)));
    assert_eq!(desk.release(UnixNanos(2 * second), false).len(), 0);
    let released = desk.release(UnixNanos(5 * second), false);
    assert_eq!(released.len(), 1, "only that of the request that did not fail");
    let id = released[0].report().id.clone();
    assert!(matches!(desk.hold(failure(2, Some(id))), Held::Told), "it failed much later");
    assert!(matches!(desk.hold(event(0, second)), Held::No(_)), "of no trace");
    assert!(matches!(desk.hold(event(3, second)), Held::Waits));
    assert_eq!(desk.release(UnixNanos(second), true).len(), 1, "the end");
}

#[test]
fn what_was_held_back_is_told() {
    let mut desk = ReportDesk::new(ReportOptions::new().per_failure_per_minute(1));
    let sent =
        (0..5).filter(|_| desk.admit(PendingReport::new(report(1, 1)), UnixNanos(1)).is_some());
    assert_eq!(sent.count(), 1);
    let summaries = desk.summaries(UnixNanos(2), true);
    assert_eq!(summaries[0].error.message, "suppressed 4 more reports within a minute of: E: m");
}
