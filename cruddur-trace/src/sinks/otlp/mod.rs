//! The OTLP sink: traces, logs and metrics to any OpenTelemetry backend, Honeycomb among them.
//!
//! Records are encoded straight to bytes ([`span`], [`log`], [`metric`]), gathered into requests
//! under a limit ([`request`]) and sent by one client over HTTP or gRPC ([`transport`]); what the
//! backend answers is read purely ([`answer`]). Each sink sends only its own headers: none are read
//! from the environment here. Queueing, batching and retrying are the pipeline's.
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, unused_imports, reason = "each sink uses a part of it")
)]

mod answer;
mod attributes;
mod ceiling;
mod client;
mod grpc;
mod log;
mod metric;
mod preset;
mod proto;
mod request;
mod sign;
mod span;
#[cfg(test)]
mod tests;
mod transport;
mod trim;

use std::sync::Arc;

pub(crate) use preset::{OtlpSettings, RequestLimits};
pub(crate) use request::{OtlpRequest, Signal};
pub(crate) use sign::{Sign, Signed, ToSign};
use span::SpanStyle;

use crate::config::{Compression, OtlpSignal};
use crate::pipeline::{
    Batch, Delivered, Encoded, Loss, Outgoing, RecordKind, SendError, Signals, Sink,
};
use crate::record::{Attribute, Fragment, LogRecord, Resource, SpanRecord, UnixNanos};
use ceiling::Ceiling;
use client::Clients;
use request::{Frame, Packer};
use transport::Transport;

/// One destination for up to three signals.
pub(crate) struct Otlp {
    name: &'static str,
    style: SpanStyle,
    limits: RequestLimits,
    is_xray: bool,
    resource: Resource,
    traces: Option<Route>,
    logs: Option<Route>,
    metrics: Option<Route>,
}

/// Where a signal goes, and what stands around its records.
struct Route {
    transport: Transport,
    compression: Compression,
    frame: Arc<Frame>,
    /// What the backend was found to take.
    ceiling: Ceiling,
}

impl Otlp {
    /// # Errors
    ///
    /// A header that can't be sent, a certificate that can't be read, a TLS set-up that fails.
    pub(crate) fn new(settings: &OtlpSettings, resource: &Resource) -> Result<Self, String> {
        Self::signed(settings, resource, || None)
    }

    /// The same with a signer for each signal.
    pub(crate) fn signed(
        settings: &OtlpSettings,
        resource: &Resource,
        signer: impl Fn() -> Option<Box<dyn Sign>>,
    ) -> Result<Self, String> {
        let mut clients = Clients::default();
        let mut route = |signal: Signal, settings_of: &Option<OtlpSignal>| match settings_of {
            None => Ok(None),
            Some(found) => {
                let service = service(signal);
                let transport =
                    Transport::new(found, service, settings.remedy, signer(), &mut clients)?;
                let compression = found.compression;
                let frame = Frame::new(signal, resource, compression);
                let ceiling = Ceiling::default();
                Ok::<_, String>(Some(Route { transport, compression, frame, ceiling }))
            }
        };
        Ok(Self {
            name: settings.name,
            style: settings.style,
            limits: settings.limits,
            is_xray: settings.is_xray,
            resource: resource.clone(),
            traces: route(Signal::Traces, &settings.traces)?,
            logs: route(Signal::Logs, &settings.logs)?,
            metrics: route(Signal::Metrics, &settings.metrics)?,
        })
    }

    fn packer(&self, route: &Route) -> Packer {
        Packer::new(Arc::clone(&route.frame), self.limits, route.ceiling)
    }

    /// One request, or more, for the fragments of each resource: relayed spans have their own.
    fn encode_spans(&self, route: &Route, fragments: &[Arc<Fragment>]) -> Vec<Packer> {
        let mut packers = PerResource::default();
        for fragment in fragments {
            let packer = packers.of(fragment.resource.as_ref(), route, self.limits);
            for span in &fragment.spans {
                let encode = |out: &mut Vec<u8>, span: &SpanRecord| {
                    span::encode(out, span, &fragment.sampling, self.style);
                };
                if span.size_bytes() < self.limits.max_record_bytes / 2 {
                    packer.add(1, |out| encode(out, span));
                } else {
                    let limit = packer.max_record_bytes();
                    packer.add(1, |out| trim::encode_within(out, span, limit, encode));
                }
            }
        }
        packers.0.into_iter().map(|(_, packer)| packer).collect()
    }

    /// The same of log records.
    fn encode_logs(&self, route: &Route, logs: &[Arc<LogRecord>]) -> Vec<Packer> {
        let mut packers = PerResource::default();
        for record in logs {
            let packer = packers.of(record.resource.as_ref(), route, self.limits);
            if record.size_bytes() < self.limits.max_record_bytes / 2 {
                packer.add(1, |out| log::encode(out, record, 0));
            } else {
                let limit = packer.max_record_bytes();
                packer.add(1, |out| trim::encode_log_within(out, record, limit, log::encode));
            }
        }
        packers.0.into_iter().map(|(_, packer)| packer).collect()
    }
}

/// What is packed, by the resource that it is about; `None` is this process.
#[derive(Default)]
struct PerResource<'a>(Vec<(Option<&'a Arc<Resource>>, Packer)>);

impl<'a> PerResource<'a> {
    fn of(
        &mut self,
        resource: Option<&'a Arc<Resource>>,
        route: &Route,
        limits: RequestLimits,
    ) -> &mut Packer {
        let same = |found: &Option<&Arc<Resource>>| match (found, resource) {
            (Some(found), Some(resource)) => {
                Arc::ptr_eq(found, resource) || found.as_ref() == resource.as_ref()
            }
            (found, resource) => found.is_none() && resource.is_none(),
        };
        let index = self.0.iter().position(|(found, _)| same(found)).unwrap_or_else(|| {
            let frame = match resource {
                None => Arc::clone(&route.frame),
                Some(resource) => Frame::new(route.frame.signal(), resource, route.compression),
            };
            self.0.push((resource, Packer::new(frame, limits, route.ceiling)));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }
}

/// The gRPC service of a signal.
const fn service(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "opentelemetry.proto.collector.trace.v1.TraceService",
        Signal::Logs => "opentelemetry.proto.collector.logs.v1.LogsService",
        Signal::Metrics => "opentelemetry.proto.collector.metrics.v1.MetricsService",
    }
}

impl Sink for Otlp {
    type Request = OtlpRequest;

    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self, request: &OtlpRequest) -> RecordKind {
        match request.signal {
            Signal::Traces => RecordKind::Spans,
            Signal::Logs => RecordKind::Logs,
            Signal::Metrics => RecordKind::Points,
        }
    }

    fn signals(&self) -> Signals {
        Signals {
            otlp_spans: self.traces.is_some() && !self.is_xray,
            xray_spans: self.traces.is_some() && self.is_xray,
            logs: self.logs.is_some(),
            reports: false,
            metrics: self.metrics.is_some(),
        }
    }

    fn learn(&mut self, found: &[Attribute]) {
        self.resource.learn(found);
        for route in [&mut self.traces, &mut self.logs, &mut self.metrics].into_iter().flatten() {
            route.frame = Frame::new(route.frame.signal(), &self.resource, route.compression);
        }
    }

    fn encode(&mut self, batch: Batch, _: UnixNanos) -> Encoded<OtlpRequest> {
        let mut packers = Vec::new();
        if let Some(route) = &self.traces {
            packers.extend(self.encode_spans(route, &batch.fragments));
        }
        if let Some(route) = &self.logs {
            packers.extend(self.encode_logs(route, &batch.logs));
        }
        if let (Some(route), Some(snapshot)) = (&self.metrics, &batch.metrics) {
            let mut packer = self.packer(route);
            for metric in &snapshot.metrics {
                let points = metric::points(metric);
                packer.add(points, |out| metric::encode(out, metric, snapshot));
            }
            packers.push(packer);
        }
        let mut encoded = Encoded { requests: Vec::new(), refused: Vec::new() };
        for mut packer in packers {
            packer.close();
            encoded.requests.extend(packer.requests.into_iter().map(outgoing));
            if packer.too_large > 0 {
                encoded.refused.push((Loss::TooLarge, packer.too_large));
            }
        }
        encoded
    }

    async fn send(&mut self, request: &OtlpRequest) -> Result<Delivered, SendError> {
        let route = match request.signal {
            Signal::Traces => &mut self.traces,
            Signal::Logs => &mut self.logs,
            Signal::Metrics => &mut self.metrics,
        };
        let Some(route) = route else {
            // Only what a route was there for is encoded.
            return Err(SendError::Refused { cause: "no endpoint for this signal".to_owned() });
        };
        let sent = route.transport.send(&request.body).await;
        match &sent {
            Ok(_) => route.ceiling = route.ceiling.taken(request.record_bytes()),
            // A record alone can't be made smaller, and says nothing of the others.
            Err(SendError::Split { .. }) if request.can_split() => {
                route.ceiling = route.ceiling.refused(request.record_bytes());
            }
            Err(_) => {}
        }
        sent
    }

    fn split(&mut self, request: OtlpRequest) -> Result<[Outgoing<OtlpRequest>; 2], OtlpRequest> {
        request.split().map(|halves| halves.map(outgoing))
    }
}

fn outgoing((request, records): (OtlpRequest, u64)) -> Outgoing<OtlpRequest> {
    Outgoing { request, records }
}
