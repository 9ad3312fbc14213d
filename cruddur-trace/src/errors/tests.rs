//! One failure, one report, however it fails: what can be shown without a layer.

use super::*;
use crate::record::{Callsite, Sampling};
use crate::span::{self, Scope, StartKind};
use crate::testing::{Capture, Captured};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

static OUTER: Callsite = Callsite::new("outer", "app::outer", "app", "src/outer.rs", 10);
static INNER: Callsite = Callsite::new("inner", "app::inner", "app", "src/inner.rs", 20);

macro_rules! callsite {
    ($name:ident, $callsite:expr) => {
        #[derive(Clone, Copy, Debug)]
        struct $name;
        impl span::StaticCallsite for $name {
            const CALLSITE: &'static Callsite = &$callsite;
        }
    };
}
callsite!(Outer, OUTER);
callsite!(Inner, INNER);

/// Runs `run` below a root of its own, with nothing around it, sampled and not.
fn capture(run: impl Fn()) -> Captured {
    install_panic_hook();
    let in_mode = |sampling: Sampling| {
        let capture = Capture::new(sampling).without_root();
        capture.run(|| catch_unwind(AssertUnwindSafe(&run)).is_err()).0
    };
    let unsampled = in_mode(Sampling::DROP);
    let sampled = in_mode(Sampling::ALWAYS);
    let shape = |captured: &Captured| -> Vec<_> {
        captured.reports().iter().map(|it| (it.kind, it.error.clone(), it.frames.clone())).collect()
    };
    assert_eq!(shape(&sampled), shape(&unsampled), "grouping does not depend on sampling");
    sampled
}

fn functions(report: &ErrorReport) -> Vec<&str> {
    report.frames.iter().map(|it| it.function.as_str()).collect()
}

fn in_root<R>(run: impl FnOnce() -> R) -> R {
    let _guard = span::enter(Outer, StartKind::Root);
    let _inner = span::enter(Inner, StartKind::Child);
    run()
}

#[test]
fn a_panic_below_a_root_is_one_report_with_its_frames() {
    let captured = capture(|| in_root(|| panic!("boom, token=abc")));
    let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
    assert_eq!(
        (report.kind, report.error.message.as_str()),
        (ReportKind::Panic, "boom, token=REDACTED")
    );
    assert_eq!(functions(report), ["app::outer", "app::inner"]);
    assert_eq!(report.error.place.map(|it| it.0), Some(file!()));
    assert!(report.trace.is_some() && report.is_uncaught);
    assert_eq!(report.id.len(), 36);
    #[cfg(feature = "_pipeline")]
    {
        let last = report.native_frames.last().expect("native frames");
        assert!(last.function.contains("a_panic_below_a_root"), "{last:?}");
    }
}

#[test]
fn a_panic_that_skips_the_hook_is_one_report() {
    let captured = capture(|| in_root(|| resume_unwind(Box::new("quiet"))));
    assert_eq!(captured.reports().len(), 1);
    assert_eq!(functions(&captured.reports()[0]), ["app::outer", "app::inner"]);
}

#[test]
fn a_panic_out_of_any_trace_is_reported_by_the_hook() {
    install_panic_hook();
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, _) = capture.run(|| catch_unwind(|| panic!("out of any trace")));
    let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
    assert_eq!((report.trace, report.error.message.as_str()), (None, "out of any trace"));
}

#[test]
fn an_err_that_ends_a_root_is_one_report_and_a_recovered_one_is_none() {
    let fail = |fails: bool| {
        let mut root = span::enter(Outer, StartKind::Root);
        let error = std::io::Error::other("disk is full");
        {
            let mut inner = span::enter(Inner, StartKind::Child);
            inner.ending(|it| it.error("std::io::Error", &error));
        }
        if fails {
            root.ending(|it| it.error_message("app::AppError", format_args!("cannot save")));
        } else {
            root.ending(|_| {});
        }
    };
    let captured = capture(|| fail(true));
    let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
    assert_eq!(report.error.message, "disk is full", "the deepest recorded error is the cause");
    assert_eq!(functions(report), ["app::outer", "app::inner"]);
    assert!(capture(|| fail(false)).reports().is_empty());
}

#[test]
fn a_failure_told_by_hand_is_not_told_again_by_its_root() {
    let captured = capture(|| {
        let mut root = span::enter(Outer, StartKind::Root);
        let error = std::io::Error::other("disk is full");
        let first = report_error(&error);
        assert_eq!(report_error(&error), first, "twice by hand");
        root.ending(|it| it.error("std::io::Error", &error));
    });
    assert_eq!(captured.reports().len(), 1);
    assert_eq!(captured.reports()[0].error.place.map(|it| it.0), Some(file!()));
}

#[test]
fn a_message_is_told_each_time_with_its_fields() {
    let captured = capture(|| {
        in_root(|| {
            report_message(ReportLevel::Warning, "Hello World!");
            Report::message(ReportLevel::Error, "Die World!").field("password", "hunter2").send();
        });
    });
    let levels: Vec<_> =
        captured.reports().iter().map(|it| (it.level, it.error.message.as_str())).collect();
    assert_eq!(
        levels,
        [(ReportLevel::Warning, "Hello World!"), (ReportLevel::Error, "Die World!")]
    );
    assert_eq!(captured.reports()[1].custom[0].value, "REDACTED".into());
}

#[cfg(feature = "tower")]
#[derive(Debug)]
struct Described;

#[cfg(feature = "tower")]
impl DescribeRequest for Described {
    fn describe(&self) -> ReportedRequest {
        ReportedRequest {
            method: "GET".into(),
            url: "http://h/x?token=abc".into(),
            ..ReportedRequest::default()
        }
    }
}

/// Does what the layer does.
#[cfg(feature = "tower")]
fn request(sampling: Sampling, run: impl FnOnce() -> Option<u16>) -> (Captured, Option<String>) {
    install_panic_hook();
    let capture = Capture::new(sampling).without_root();
    let scope = Scope::new().with_request(Some(Arc::new(Described)));
    scope.set_route("/x");
    scope.set_user_id("u-1");
    let mut options = span::RootOptions::new(&OUTER);
    options.collector = Some(capture.collector());
    options.scope = Some(Arc::new(scope));
    let mut root = span::Root::start(options);
    let caught = root.enter(|| catch_unwind(AssertUnwindSafe(run)));
    let failed = |panic, status| FailedRequest {
        context: root.context(),
        failure: root.failure(),
        status,
        panic,
        error: None,
    };
    let id = match &caught {
        Err(payload) => report_request(failed(Some(payload.as_ref()), Some(500))),
        Ok(Some(status)) => report_request(failed(None, Some(*status))),
        Ok(None) => None,
    };
    drop(root);
    (capture.captured(), id)
}

#[cfg(feature = "tower")]
#[test]
fn a_request_that_panics_is_one_report_with_the_request() {
    for sampling in [Sampling::ALWAYS, Sampling::DROP] {
        let (captured, id) = request(sampling, || {
            let _inner = span::enter(Inner, StartKind::Child);
            panic!("boom in request")
        });
        let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
        assert_eq!(id, Some(report.id.clone()));
        assert_eq!(functions(report), ["GET /x", "app::inner"]);
        let request = report.request.as_ref().expect("the request");
        assert_eq!(request.url, "http://h/x?token=REDACTED");
        assert_eq!((request.status, report.user_id.as_deref()), (Some(500), Some("u-1")));
    }
}

#[cfg(feature = "tower")]
#[test]
fn a_panic_that_somebody_within_made_a_500_of_is_one_report() {
    let (captured, id) = request(Sampling::ALWAYS, || {
        let _ = catch_unwind(|| panic!("caught within"));
        Some(500)
    });
    let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
    assert_eq!((report.kind, report.error.message.as_str()), (ReportKind::Panic, "caught within"));
    assert_eq!(id, Some(report.id.clone()));
    let (captured, _) = request(Sampling::ALWAYS, || {
        let _ = catch_unwind(|| panic!("recovered from"));
        None
    });
    assert!(captured.reports().is_empty());
}

#[cfg(feature = "tower")]
#[test]
fn a_5xx_of_which_nothing_is_known_still_names_its_route() {
    let (captured, _) = request(Sampling::ALWAYS, || Some(503));
    let report = &captured.reports()[0];
    assert_eq!((report.error.class.as_ref(), functions(report)), ("http.503", vec!["GET /x"]));
}

#[cfg(feature = "tower")]
#[test]
fn a_panic_while_unwinding_is_not_a_second_report() {
    struct Careless;
    impl Drop for Careless {
        fn drop(&mut self) {
            let _ = catch_unwind(|| panic!("in Drop"));
        }
    }
    let (captured, _) = request(Sampling::ALWAYS, || {
        let _careless = Careless;
        panic!("first of two")
    });
    let messages: Vec<_> = captured.reports().iter().map(|it| it.error.message.as_str()).collect();
    assert_eq!(messages, ["first of two"]);
}

#[cfg(feature = "_pipeline")]
#[tokio::test]
async fn a_spawned_task_that_panics_is_one_report_even_if_it_is_unwrapped() {
    install_panic_hook();
    for bare in [false, true] {
        let text = format!("boom in a task, bare: {bare}");
        let capture = Capture::new(Sampling::ALWAYS);
        let collector = capture.collector();
        let (captured, joined) = capture
            .run_async(async move {
                let work = async move { panic!("{text}") };
                let task = if bare {
                    let observed =
                        span::observed(Inner, StartKind::Child, work, |(): &(), _: &mut _| {});
                    tokio::spawn(observed)
                } else {
                    span::spawn(work)
                };
                task.await
            })
            .await;
        drop(collector);
        assert!(joined.is_err());
        let [report] = captured.reports() else { panic!("{:?}", captured.reports()) };
        assert_eq!(report.kind, ReportKind::Panic);
        assert_eq!(functions(report).len(), usize::from(bare));
    }
}
