//! Sentry: a report becomes an event (`event`) and is sent in an envelope (`client`).
//!
//! The `sentry` crate gives the protocol's types and the DSN, nothing else: its client, its hub and
//! its integrations stay out, since they observe what the layer observes already.

mod client;
mod event;
#[cfg(test)]
mod tests;

use crate::config::SentryConfig;
use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::{Resource, UnixNanos};
use client::Client;
use event::About;
use sentry::types::{Dsn, ParseDsnError};

/// Turns reports into events of one Sentry project.
#[derive(Debug)]
pub(crate) struct Sentry {
    about: About,
    client: Client,
}

impl Sentry {
    /// # Errors
    ///
    /// `SENTRY_DSN` is no DSN.
    pub(crate) fn new(config: &SentryConfig, resource: &Resource) -> Result<Self, ParseDsnError> {
        let dsn: Dsn = config.dsn.expose().parse()?;
        let text = |key: &str| resource.text(key).map(str::to_owned);
        let about = About {
            environment: config.environment.clone(),
            release: config.release.clone().or_else(|| text("service.version")),
            server_name: text("host.name"),
        };
        Ok(Self { about, client: Client::new(&dsn) })
    }
}

impl Sink for Sentry {
    type Request = Vec<u8>;

    fn name(&self) -> &'static str {
        "sentry"
    }

    fn signals(&self) -> Signals {
        Signals { reports: true, ..Signals::default() }
    }

    fn encode(&mut self, batch: Batch, _now: UnixNanos) -> Encoded<Vec<u8>> {
        let requests = batch.reports.iter().map(|report| {
            let request = event::encode(report, &self.about);
            Outgoing { request, records: 1 }
        });
        Encoded { requests: requests.collect(), refused: Vec::new() }
    }

    async fn send(&mut self, request: &Vec<u8>) -> Result<Delivered, SendError> {
        self.client.send(request).await
    }
}
