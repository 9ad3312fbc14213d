//! The whole way over real sockets: hand-over, exporter thread, sink, a server of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::server::{Say, Server, settings, signal};
use crate::config::{BatchConfig, Compression, Keep, Protocol, Settings};
use crate::errors::ReportOptions;
use crate::pipeline::fixtures::{fragment, log};
use crate::pipeline::{Exporter, ExporterSettings, HandOver, Hook, Loss, SinkSpawner, SinkStats};
use crate::pipeline::{Sink as _, Verdict};
use crate::record::{Fragment, Outcome, Resource, Severity};
use crate::sinks::otlp::{Otlp, OtlpSettings};

/// A pipeline of its own: nothing of it is global.
pub(super) struct Rig {
    hand_over: Arc<HandOver>,
    pub(super) exporter: Exporter,
}

impl Rig {
    pub(super) fn start(sinks: &[OtlpSettings]) -> Self {
        Self::with_hook(sinks, Hook::default())
    }

    pub(super) fn with_hook(sinks: &[OtlpSettings], hook: Hook) -> Self {
        let spawner = |settings: &OtlpSettings| {
            let sink = Otlp::new(settings, &Resource::default()).expect("valid settings");
            SinkSpawner::new(sink.name(), sink.signals(), move || sink)
        };
        let config = crate::config::Config::read(&Settings::default()).expect("defaults");
        let mut batch: BatchConfig = config.batch;
        batch.spans.delay = Duration::from_millis(20);
        batch.logs.delay = Duration::from_millis(20);
        batch.spans.max_queue = 1_000;
        let hand_over = Arc::new(HandOver::new(4_096));
        let settings = ExporterSettings {
            platform: crate::pipeline::Platform::default(),
            batch,
            log_limits: Default::default(),
            span_limits: Default::default(),
            keep: Keep::default(),
            hook,
            sinks: sinks.iter().map(spawner).collect(),
            metrics: None,
            reports: ReportOptions::new(),
            tasks: Vec::new(),
        };
        let exporter = Exporter::start(Arc::clone(&hand_over), settings).expect("a thread");
        Self { hand_over, exporter }
    }

    pub(super) fn push(&self, count: u64) {
        for id in 1..=count {
            self.hand_over.fragment(Box::new(Fragment::clone(&fragment(id, Outcome::Ok))));
        }
    }

    pub(super) fn flush(&self, millis: u64) -> bool {
        self.exporter.order_blocking(Duration::from_millis(millis), false).complete
    }

    pub(super) fn shutdown(&self, millis: u64) -> bool {
        self.exporter.order_blocking(Duration::from_millis(millis), true).complete
    }

    /// The books of a sink, which must balance with those of the hand-over.
    pub(super) fn stats(&self, index: usize) -> SinkStats {
        let stats = self.exporter.stats();
        assert_eq!(stats.hand_over.accepted, stats.hand_over.sent + stats.hand_over.lost_total());
        stats.sinks[index].clone()
    }
}

#[test]
fn spans_arrive_over_http_and_over_grpc() {
    for is_grpc in [false, true] {
        let server = Server::start(is_grpc, &[Say::Ok]);
        let rig = Rig::start(&[settings(&server)]);
        rig.push(5);
        assert!(rig.flush(5_000), "{:?}", rig.stats(0));
        rig.push(3);
        assert!(rig.shutdown(5_000));
        assert_eq!((rig.stats(0).sent, rig.stats(0).lost_total()), (8, 0));
        let seen = server.seen();
        assert_eq!(seen.iter().map(|it| it.spans).sum::<u64>(), 8);
        let path = match is_grpc {
            true => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            false => "/v1/traces",
        };
        assert_eq!(seen[0].path, path);
        assert_eq!(seen[0].headers["x-test"], "own");
        assert!(
            seen[0].headers["user-agent"].to_str().expect("text").starts_with("cruddur-trace/")
        );
    }
}

#[test]
fn gzip_is_understood_over_both() {
    for is_grpc in [false, true] {
        let server = Server::start(is_grpc, &[Say::Ok]);
        let mut settings = settings(&server);
        settings.traces.as_mut().expect("on").compression = Compression::Gzip;
        let rig = Rig::start(&[settings]);
        rig.push(50);
        assert!(rig.shutdown(5_000));
        assert_eq!(server.seen().iter().map(|it| it.spans).sum::<u64>(), 50);
    }
}

#[test]
fn two_sinks_each_send_only_their_own_headers() {
    let (one, other) = (Server::start(false, &[Say::Ok]), Server::start(false, &[Say::Ok]));
    let mut second = settings(&other);
    let url = format!("http://{}/v1/traces", other.address);
    second.traces = Some(signal(url, Protocol::HttpProtobuf, ("x-other", "theirs")));
    let rig = Rig::start(&[settings(&one), second]);
    rig.push(1);
    assert!(rig.shutdown(5_000));
    let (one, other) = (&one.seen()[0].headers, &other.seen()[0].headers);
    assert!(one.contains_key("x-test") && !one.contains_key("x-other"));
    assert!(other.contains_key("x-other") && !other.contains_key("x-test"));
}

#[test]
fn what_is_rejected_in_a_partial_success_is_counted() {
    for is_grpc in [false, true] {
        let server = Server::start(is_grpc, &[Say::Partial(2)]);
        let rig = Rig::start(&[settings(&server)]);
        rig.push(5);
        assert!(rig.shutdown(5_000));
        assert_eq!((rig.stats(0).sent, rig.stats(0).lost_to(Loss::Rejected)), (3, 2));
    }
}

#[test]
fn a_retry_waits_as_long_as_the_backend_asks() {
    // `RetryInfo` of one second in a `google.rpc.Status`, as grpc-go encodes it.
    let info = "CAgSBHNsb3caMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAQ";
    let cases = [
        (false, Say::Status(429, Some("1"))),
        (false, Say::Status(503, Some("1"))),
        (true, Say::Grpc(8, "slow", Some(info))),
    ];
    for (is_grpc, say) in cases {
        let server = Server::start(is_grpc, &[say.clone(), Say::Ok]);
        let rig = Rig::start(&[settings(&server)]);
        rig.push(4);
        assert!(rig.flush(5_000), "{say:?}");
        let seen = server.seen();
        assert_eq!(seen.len(), 2, "{say:?}");
        let waited = seen[1].at - seen[0].at;
        assert!(waited >= Duration::from_millis(950), "{say:?}: {waited:?}");
        assert_eq!((rig.stats(0).sent, rig.stats(0).retries), (4, 1));
    }
}

#[test]
fn an_exhausted_resource_without_a_delay_is_refused() {
    let server = Server::start(true, &[Say::Grpc(8, "quota", None)]);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(4);
    assert!(rig.flush(5_000));
    assert_eq!((server.seen().len(), rig.stats(0).lost_to(Loss::Rejected)), (1, 4));
}

#[test]
fn a_request_that_is_too_large_is_halved() {
    let script = [Say::Status(413, None), Say::Ok];
    let server = Server::start(false, &script);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(4);
    assert!(rig.flush(5_000));
    let spans: Vec<_> = server.seen().iter().map(|it| it.spans).collect();
    assert_eq!(spans, [4, 2, 2]);
    assert_eq!((rig.stats(0).sent, rig.stats(0).lost_total()), (4, 0));
}

#[test]
fn a_size_that_was_too_large_is_not_tried_with_each_batch() {
    let server = Server::start(false, &[Say::Status(413, None), Say::Ok]);
    let rig = Rig::start(&[settings(&server)]);
    for _ in 0..3 {
        rig.push(8);
        assert!(rig.flush(20_000), "{}", rig.stats(0));
    }
    let spans: Vec<_> = server.seen().iter().map(|it| it.spans).collect();
    assert_eq!(spans[..3], [8, 4, 4]);
    assert!(spans[3..].iter().all(|spans| *spans <= 4), "{spans:?}");
    assert_eq!((rig.stats(0).sent, rig.stats(0).lost_total()), (24, 0));
}

#[test]
fn a_redirect_is_not_followed_since_a_key_goes_to_no_other_host() {
    let server = Server::start(false, &[Say::Status(307, None)]);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(1);
    assert!(rig.flush(5_000));
    assert_eq!((server.seen().len(), rig.stats(0).lost_to(Loss::Rejected)), (1, 1));
}

#[test]
fn a_slow_sink_does_not_hold_up_another() {
    let (slow, quick) = (Server::start(false, &[Say::Hang]), Server::start(false, &[Say::Ok]));
    let rig = Rig::start(&[settings(&slow), settings(&quick)]);
    rig.push(10);
    assert!(!rig.flush(400));
    assert_eq!((rig.stats(0).sent, rig.stats(1).sent), (0, 10));
    let began = Instant::now();
    assert!(!rig.shutdown(300));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!((rig.stats(0).lost_to(Loss::Shutdown), rig.stats(0).pending()), (10, 0));
}

#[test]
fn an_outage_is_bounded_counted_and_over_at_once_when_the_backend_returns() {
    // Nobody listens here.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let mut down = OtlpSettings::tee("otlp", &format!("http://{address}"));
    let url = format!("http://{address}/v1/traces");
    down.traces = Some(signal(url, Protocol::HttpProtobuf, ("x-test", "own")));
    let rig = Rig::start(&[down]);
    for _ in 0..10 {
        rig.push(400);
        rig.flush(60);
    }
    let stats = rig.stats(0);
    assert_eq!((stats.accepted, stats.sent), (4_000, 0));
    assert!(stats.pending() <= 1_000 + 512, "{stats}");
    assert_eq!(stats.accepted, stats.pending() + stats.lost_total(), "{stats}");
    let began = Instant::now();
    assert!(!rig.shutdown(300));
    assert!(began.elapsed() < Duration::from_secs(2));
    let stats = rig.stats(0);
    assert_eq!(stats.accepted, stats.lost_to(Loss::QueueFull) + stats.lost_to(Loss::Shutdown));
}

#[test]
fn what_comes_after_a_shutdown_is_counted_and_blocks_nobody() {
    let server = Server::start(false, &[Say::Ok]);
    let rig = Rig::start(&[settings(&server)]);
    assert!(rig.shutdown(1_000));
    rig.push(3);
    rig.hand_over.log(log(1, Severity::Error));
    assert_eq!(rig.exporter.stats().hand_over.lost_to(Loss::Shutdown), 4);
    assert!(rig.flush(100));
}

#[test]
fn a_hook_edits_and_drops() {
    let server = Server::start(false, &[Say::Ok]);
    let mut hook = Hook::default();
    hook.add(|exported| match exported {
        crate::pipeline::Exported::Span(span) if span.span_id.bits() == 2 => Verdict::Drop,
        crate::pipeline::Exported::Span(span) if span.span_id.bits() == 3 => panic!("on purpose"),
        _ => Verdict::Keep,
    });
    let rig = Rig::with_hook(&[settings(&server)], hook);
    rig.push(4);
    assert!(rig.flush(5_000));
    let stats = rig.stats(0);
    assert_eq!((stats.accepted, stats.sent, stats.lost_to(Loss::Suppressed)), (4, 2, 2));
    assert_eq!(server.seen()[0].spans, 2);
}

/// Flush and shutdown must not need the runtime that waits for them.
#[test]
fn a_busy_or_single_threaded_runtime_can_flush_and_drop() {
    let server = Server::start(false, &[Say::Ok]);
    let flavours = [
        tokio::runtime::Builder::new_current_thread().enable_all().build(),
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build(),
    ];
    for runtime in flavours {
        let settings = settings(&server);
        runtime.expect("a runtime").block_on(async move {
            let handle = tokio::spawn(async move {
                let rig = Rig::start(&[settings]);
                rig.push(2);
                let flushed = rig.exporter.order(Duration::from_secs(5), false).await;
                assert!(flushed.complete);
                rig.push(2);
                // Blocks the runtime's only thread, as a dropped guard does.
                assert!(rig.shutdown(5_000));
                assert_eq!(rig.stats(0).sent, 4);
            });
            handle.await.expect("no panic");
        });
    }
}

#[test]
fn nothing_is_lost_between_many_threads_and_the_backend() {
    let server = Server::start(false, &[Say::Ok]);
    let rig = Arc::new(Rig::start(&[settings(&server)]));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let rig = Arc::clone(&rig);
            std::thread::spawn(move || rig.push(5_000))
        })
        .collect();
    threads.into_iter().for_each(|it| it.join().expect("no panic"));
    assert!(rig.shutdown(10_000));
    let (hand_over, stats) = (rig.exporter.stats().hand_over, rig.stats(0));
    assert_eq!(hand_over.accepted, 20_000);
    assert_eq!(stats.accepted, hand_over.sent);
    let received: u64 = server.seen().iter().map(|it| it.spans).sum();
    assert_eq!(stats.sent, received);
    assert_eq!(received + hand_over.lost_total() + stats.lost_total(), 20_000);
}
