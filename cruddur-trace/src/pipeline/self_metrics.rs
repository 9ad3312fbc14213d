//! The pipeline's own books as metrics, in the words of OpenTelemetry's conventions for SDKs.
//!
//! Source: semantic conventions 1.42, OpenTelemetry SDK metrics, read 2026-11. A sink's queue is what
//! they call a batching processor, the sink itself an exporter. Error reports have no convention, so
//! theirs are `cruddur.*`.

use super::account::{Account, KindStats, RecordKind};
use super::queue::Fill;
use super::{Loss, Signals};
use crate::record::{Attribute, Metric, MetricData, NumberPoint};

/// The books of one sink, and what waits in its queue.
pub(super) struct Component<'a> {
    pub(super) account: &'a Account,
    pub(super) signals: Signals,
    pub(super) fill: Fill,
}

/// The instruments of one kind of record.
struct Names {
    kind: RecordKind,
    unit: &'static str,
    processed: Option<&'static str>,
    queue: Option<[&'static str; 2]>,
    exported: &'static str,
    inflight: &'static str,
}

const NAMES: [Names; 4] = [
    Names {
        kind: RecordKind::Spans,
        unit: "{span}",
        processed: Some("otel.sdk.processor.span.processed"),
        queue: Some([
            "otel.sdk.processor.span.queue.size",
            "otel.sdk.processor.span.queue.capacity",
        ]),
        exported: "otel.sdk.exporter.span.exported",
        inflight: "otel.sdk.exporter.span.inflight",
    },
    Names {
        kind: RecordKind::Logs,
        unit: "{log_record}",
        processed: Some("otel.sdk.processor.log.processed"),
        queue: Some(["otel.sdk.processor.log.queue.size", "otel.sdk.processor.log.queue.capacity"]),
        exported: "otel.sdk.exporter.log.exported",
        inflight: "otel.sdk.exporter.log.inflight",
    },
    Names {
        kind: RecordKind::Reports,
        unit: "{report}",
        processed: Some("cruddur.processor.report.processed"),
        queue: None,
        exported: "cruddur.exporter.report.exported",
        inflight: "cruddur.exporter.report.inflight",
    },
    Names {
        kind: RecordKind::Points,
        unit: "{data_point}",
        processed: None,
        queue: None,
        exported: "otel.sdk.exporter.metric_data_point.exported",
        inflight: "otel.sdk.exporter.metric_data_point.inflight",
    },
];

/// Losses before a sink gets a record; the others happen on the way out.
const BEFORE: [Loss; 3] = [Loss::HandOverFull, Loss::QueueFull, Loss::Suppressed];

/// All of them; instruments without points are left out.
pub(super) fn metrics(hand_over: &Account, sinks: &[Component<'_>]) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for names in &NAMES {
        let (mut processed, mut exported, mut inflight) = (Vec::new(), Vec::new(), Vec::new());
        let (mut size, mut capacity) = (Vec::new(), Vec::new());
        let early = hand_over.kind(names.kind);
        let before = attributes("hand_over", "hand_over");
        lost(&early, |loss| BEFORE.contains(&loss), &before, &mut processed);
        for sink in sinks.iter().filter(|sink| wants(&sink.signals, names.kind)) {
            let stats = sink.account.kind(names.kind);
            let name = sink.account.name();
            let processor = attributes("batching_processor", &format!("batching_processor/{name}"));
            let exporter = attributes(&format!("{name}_exporter"), &format!("{name}_exporter/0"));
            let waiting = sink.fill.waiting(names.kind);
            let lost_before: u64 = BEFORE.iter().map(|loss| stats.lost[*loss as usize]).sum();
            let through = stats.accepted.saturating_sub(lost_before).saturating_sub(waiting);
            processed.push(point(&processor, through));
            lost(&stats, |loss| BEFORE.contains(&loss), &processor, &mut processed);
            if let Some(bound) = sink.fill.capacity(names.kind) {
                size.push(point(&processor, waiting));
                capacity.push(point(&processor, bound));
            }
            exported.push(point(&exporter, stats.sent));
            lost(&stats, |loss| !BEFORE.contains(&loss), &exporter, &mut exported);
            let ended = stats.sent + stats.lost.iter().sum::<u64>();
            let pending = stats.accepted.saturating_sub(ended);
            inflight.push(point(&exporter, pending.saturating_sub(waiting)));
        }
        let counter = |points| MetricData::Counter(points);
        let gauge = |points| MetricData::Gauge(points);
        let mut add = |name: Option<&'static str>, description, data: MetricData| {
            let (MetricData::Counter(points) | MetricData::Gauge(points)) = &data else { return };
            if let Some(name) = name.filter(|_| !points.is_empty()) {
                metrics.push(Metric { name, unit: names.unit, description, data });
            }
        };
        add(names.processed, "Records that the queue is through with.", counter(processed));
        let [size_name, capacity_name] = names.queue.map_or([None; 2], |it| it.map(Some));
        add(size_name, "Records that wait.", gauge(size));
        add(capacity_name, "Records that may wait at most.", gauge(capacity));
        add(Some(names.exported), "Records that the backend took, or did not.", counter(exported));
        add(Some(names.inflight), "Records that are on their way.", gauge(inflight));
    }
    metrics
}

const fn wants(signals: &Signals, kind: RecordKind) -> bool {
    match kind {
        RecordKind::Spans => signals.otlp_spans || signals.xray_spans,
        RecordKind::Logs => signals.logs,
        RecordKind::Reports => signals.reports,
        RecordKind::Points => signals.metrics,
    }
}

fn attributes(kind: &str, name: &str) -> Vec<Attribute> {
    vec![
        Attribute::new("otel.component.name", name.to_owned()),
        Attribute::new("otel.component.type", kind.to_owned()),
    ]
}

fn point(attributes: &[Attribute], value: u64) -> NumberPoint {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    NumberPoint { attributes: attributes.to_vec(), value }
}

/// A point for each reason, as `error.type`.
fn lost(
    stats: &KindStats,
    is_meant: impl Fn(Loss) -> bool,
    attributes: &[Attribute],
    into: &mut Vec<NumberPoint>,
) {
    for loss in Loss::ALL.into_iter().filter(|loss| is_meant(*loss)) {
        let records = stats.lost[loss as usize];
        if records > 0 {
            let mut failed = point(attributes, records);
            failed.attributes.push(Attribute::new("error.type", loss.as_str()));
            into.push(failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(metrics: &[Metric]) -> Vec<String> {
        let mut lines = Vec::new();
        for metric in metrics {
            let (MetricData::Counter(points) | MetricData::Gauge(points)) = &metric.data else {
                panic!("{metric:?}")
            };
            for point in points {
                let text = |key: &str| {
                    let found = point.attributes.iter().find(|it| it.key == key);
                    found.map(|it| it.value.to_string()).unwrap_or_default()
                };
                let (name, error) = (text("otel.component.name"), text("error.type"));
                lines.push(format!("{} {name} {error}={}", metric.name, point.value));
            }
        }
        lines
    }

    #[test]
    fn every_record_is_in_one_of_the_counts() {
        let (hand_over, account) = (Account::new("hand_over"), Account::new("otlp"));
        hand_over.lose_of(Loss::HandOverFull, [3, 0, 0, 0]);
        account.accept_of(RecordKind::Spans, 20);
        account.sent_of([10, 0, 0, 0]);
        account.lose_of(Loss::QueueFull, [2, 0, 0, 0]);
        account.lose_of(Loss::Rejected, [1, 0, 0, 0]);
        account.accept_of(RecordKind::Logs, 5);
        account.sent_of([0, 5, 0, 0]);
        let signals = Signals { otlp_spans: true, logs: true, ..Signals::default() };
        let fill = Fill { waiting: [4, 0, 0], capacity: [100, 50] };
        let metrics = metrics(&hand_over, &[Component { account: &account, signals, fill }]);
        assert_eq!(
            shown(&metrics),
            [
                "otel.sdk.processor.span.processed hand_over hand_over_full=3",
                "otel.sdk.processor.span.processed batching_processor/otlp =14",
                "otel.sdk.processor.span.processed batching_processor/otlp queue_full=2",
                "otel.sdk.processor.span.queue.size batching_processor/otlp =4",
                "otel.sdk.processor.span.queue.capacity batching_processor/otlp =100",
                "otel.sdk.exporter.span.exported otlp_exporter/0 =10",
                "otel.sdk.exporter.span.exported otlp_exporter/0 rejected=1",
                "otel.sdk.exporter.span.inflight otlp_exporter/0 =3",
                "otel.sdk.processor.log.processed batching_processor/otlp =5",
                "otel.sdk.processor.log.queue.size batching_processor/otlp =0",
                "otel.sdk.processor.log.queue.capacity batching_processor/otlp =50",
                "otel.sdk.exporter.log.exported otlp_exporter/0 =5",
                "otel.sdk.exporter.log.inflight otlp_exporter/0 =0",
            ]
        );
        // The books as a whole are the same.
        let stats = account.stats();
        assert_eq!((stats.accepted, stats.sent, stats.lost_total()), (25, 15, 3));
    }
}
