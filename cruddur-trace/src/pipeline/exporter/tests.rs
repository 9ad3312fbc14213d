use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::config::{Config, Keep, Settings};
use crate::errors::ReportOptions;
use crate::pipeline::fixtures::log;
use crate::pipeline::{Hook, Platform, Task, Verdict};
use crate::record::Severity;

/// An exporter without sinks.
fn exporter(hand_over: &Arc<HandOver>, hook: Hook, tasks: Vec<Task>) -> Exporter {
    let config = Config::read(&Settings::default()).expect("defaults");
    let settings = ExporterSettings {
        batch: config.batch,
        keep: Keep::default(),
        log_limits: Default::default(),
        span_limits: Default::default(),
        hook,
        sinks: Vec::new(),
        metrics: None,
        reports: ReportOptions::new(),
        tasks,
        platform: Platform::default(),
    };
    Exporter::start(Arc::clone(hand_over), settings).expect("a thread")
}

/// Each record that the exporter takes is followed by two more, so that the queue is never empty.
#[test]
fn a_flush_ends_although_records_keep_coming() {
    let hand_over = Arc::new(HandOver::new(64));
    let floods = Arc::new(AtomicBool::new(true));
    let mut hook = Hook::default();
    let (into, is_on) = (Arc::clone(&hand_over), Arc::clone(&floods));
    hook.add(move |_| {
        if is_on.load(Ordering::Relaxed) {
            into.log(log(1, Severity::Info));
            into.log(log(2, Severity::Info));
        }
        Verdict::Keep
    });
    let exporter = exporter(&hand_over, hook, Vec::new());
    hand_over.log(log(1, Severity::Info));
    assert!(exporter.order_blocking(Duration::from_secs(60), false).complete);
    floods.store(false, Ordering::Relaxed);
    assert!(exporter.order_blocking(Duration::from_secs(60), true).complete);
    let stats = exporter.stats().hand_over;
    assert_eq!(stats.accepted, stats.sent + stats.lost_total());
}

/// As hyper's pool of connections does, when a request is cut short.
struct SpawnsWhenDropped(std::sync::mpsc::Sender<bool>);

impl Drop for SpawnsWhenDropped {
    fn drop(&mut self) {
        let _ = self.0.send(tokio::runtime::Handle::try_current().is_ok());
    }
}

#[test]
fn a_task_that_is_cut_short_is_dropped_inside_of_the_runtime() {
    let (dropped, has_runtime) = std::sync::mpsc::channel();
    let task: Task = Box::new(move || {
        let guard = SpawnsWhenDropped(dropped);
        drop(tokio::task::spawn_local(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }));
    });
    let hand_over = Arc::new(HandOver::new(64));
    let exporter = exporter(&hand_over, Hook::default(), vec![task]);
    assert!(exporter.order_blocking(Duration::from_secs(60), true).complete);
    assert_eq!(has_runtime.recv_timeout(Duration::from_secs(60)), Ok(true));
}
