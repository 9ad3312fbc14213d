//! The relay as a Tower service.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use super::admit::{Encoding, Sent, Signal, admit};
use super::answer::{self, Refused};
use super::bucket::Buckets;
use super::cleanse::{Cleansed, Judge};
use super::forward::RelayDestination;
use super::policy::RelayPolicy;
use super::stats::{Counters, RelayStats};
use super::traces::TraceOwners;
use super::visitor::{Identify, Visitor};
use super::wire::{DecodeError, Structure};
use super::{body, json, protobuf};
use crate::record::{Resource, UnixNanos, clock};

/// Log ids of relayed lines begin here, far from those of the process's own lines.
const FIRST_LOG_ID: u64 = 1 << 63;

/// Takes browser telemetry at `/v1/traces` and `/v1/logs`, and forwards what stands the checks.
///
/// A Tower service that never fails, to be mounted *outside* of
/// [`ObserveLayer`](crate::ObserveLayer): the relay does not trace itself. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    shared: Arc<Shared>,
    now: fn() -> UnixNanos,
}

struct Shared {
    policy: RelayPolicy,
    resource: Arc<Resource>,
    destination: RelayDestination,
    identify: Identify,
    owners: TraceOwners,
    buckets: Mutex<Buckets>,
    counters: Counters,
    log_id: AtomicU64,
}

impl Relay {
    /// A relay; `identify` tells who sends, from what the browser can't forge.
    #[must_use]
    pub fn new(
        policy: RelayPolicy,
        destination: RelayDestination,
        identify: impl Fn(&Parts) -> Visitor + Send + Sync + 'static,
    ) -> Self {
        Self::at(policy, destination, identify, clock::now)
    }

    pub(crate) fn at(
        policy: RelayPolicy,
        destination: RelayDestination,
        identify: impl Fn(&Parts) -> Visitor + Send + Sync + 'static,
        now: fn() -> UnixNanos,
    ) -> Self {
        let mut resource = Resource::default();
        resource.set("service.name", policy.service_name.to_string());
        resource.set("telemetry.sdk.language", "webjs");
        let shared = Shared {
            buckets: Mutex::new(Buckets::new(policy.rates, now())),
            policy,
            resource: Arc::new(resource),
            destination,
            identify: Identify(Arc::new(identify)),
            owners: TraceOwners::default(),
            counters: Counters::default(),
            log_id: AtomicU64::new(FIRST_LOG_ID),
        };
        Self { shared: Arc::new(shared), now }
    }

    /// Who may add to which trace; the application claims there the trace of each request that it
    /// answers, for the session that it answers.
    #[must_use]
    pub fn traces(&self) -> &TraceOwners {
        &self.shared.owners
    }

    /// What was let through and what was not.
    #[must_use]
    pub fn stats(&self) -> RelayStats {
        self.shared.counters.read()
    }

    async fn take<B: Body>(&self, parts: &Parts, sent_body: B) -> Result<Answer, Refused> {
        let shared = &*self.shared;
        let sent = admit(parts, &shared.policy)?;
        let visitor = (shared.identify.0)(parts);
        let session = visitor.session.as_ref();
        let now = (self.now)();
        let admitted = self.buckets(|it| it.admit(session, visitor.address, now));
        admitted.map_err(|wait| Refused::for_now("rate", wait))?;

        let bytes = body::read(sent_body, sent.is_gzip).await?;
        let now = (self.now)();
        let judge = Judge {
            policy: &shared.policy,
            owners: &shared.owners,
            visitor: &visitor,
            resource: &shared.resource,
            now,
        };
        let limits = &Structure::STANDARD;
        let decode = |error| match error {
            DecodeError::Malformed => Refused::new(StatusCode::BAD_REQUEST, "malformed"),
            DecodeError::TooMany(_) => Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "structure"),
        };
        let room_for = |count| {
            let admitted =
                self.buckets(|it| it.admit_records(session, visitor.address, count, now));
            admitted.map_err(|wait| Refused::for_now("record_rate", wait))
        };
        match sent.signal {
            Signal::Traces => {
                let spans = match sent.encoding {
                    Encoding::Json => json::spans(&bytes, limits),
                    Encoding::Protobuf => protobuf::spans(&bytes, limits),
                };
                let spans = spans.map_err(decode)?;
                room_for(spans.len())?;
                let cleansed = judge.spans(spans);
                let count = cleansed.records.iter().map(|it| it.spans.len()).sum();
                Ok(self.forward(sent, cleansed, count, |it| shared.destination.0.spans(it))?)
            }
            Signal::Logs => {
                let logs = match sent.encoding {
                    Encoding::Json => json::logs(&bytes, limits),
                    Encoding::Protobuf => protobuf::logs(&bytes, limits),
                };
                let logs = logs.map_err(decode)?;
                room_for(logs.len())?;
                let cleansed = judge.logs(logs, || shared.log_id.fetch_add(1, Ordering::Relaxed));
                let count = cleansed.records.len();
                Ok(self.forward(sent, cleansed, count, |it| shared.destination.0.logs(it))?)
            }
        }
    }

    fn forward<T>(
        &self,
        sent: Sent,
        cleansed: Cleansed<T>,
        count: usize,
        forward: impl FnOnce(Vec<T>) -> bool,
    ) -> Result<Answer, Refused> {
        let Cleansed { records, refused, dropped_attributes, forged_users } = cleansed;
        if count > 0 && !forward(records) {
            let refused = Refused::new(StatusCode::SERVICE_UNAVAILABLE, "queue_full");
            return Err(refused.with_header(header::RETRY_AFTER, HeaderValue::from(5)));
        }
        self.shared.counters.count(|stats| {
            stats.requests_taken += 1;
            stats.records_forwarded += count as u64;
            stats.attributes_dropped += dropped_attributes;
            stats.users_forged += forged_users;
            for refusal in &refused {
                *stats.records_refused.entry(refusal.as_str()).or_default() += 1;
            }
        });
        Ok(answer::taken(sent.signal, sent.encoding, &refused))
    }

    fn buckets<T>(&self, change: impl FnOnce(&mut Buckets) -> T) -> T {
        change(&mut self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("policy", &self.shared.policy).finish_non_exhaustive()
    }
}

type Answer = Response<Full<Bytes>>;

impl<B> Service<Request<B>> for Relay
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let relay = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            Ok(relay.take(&parts, body).await.unwrap_or_else(|refused| {
                relay.shared.counters.count(|stats| {
                    *stats.requests_refused.entry(refused.reason).or_default() += 1;
                });
                refused.answer()
            }))
        })
    }
}
