//! Rollbar: a report becomes an item (`item`), small enough (`truncate`), and is sent (`client`).
//!
//! Which reports are made, what they hold, and how many of them leave is decided before, in
//! [`crate::errors`]; queueing and retrying is the pipeline's.

mod answer;
mod client;
mod item;
mod stderr;
#[cfg(test)]
mod tests;
mod truncate;

use crate::config::RollbarConfig;
use crate::errors::ErrorReport;
use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::{Resource, UnixNanos};
use client::{Client, ItemRequest};
use item::item;
use std::cell::Cell;

pub(crate) use item::About;
pub(crate) use stderr::StderrReports;

/// Turns reports into items of one Rollbar project.
#[derive(Debug)]
pub(crate) struct Rollbar {
    about: About,
    client: Client,
}

impl Rollbar {
    pub(crate) fn new(config: &RollbarConfig, resource: &Resource) -> Self {
        Self {
            about: about(config, resource),
            client: Client::new(&config.endpoint, config.access_token.clone()),
        }
    }
}

fn about(config: &RollbarConfig, resource: &Resource) -> About {
    let mut about = About::of(resource);
    about.environment.clone_from(&config.environment);
    about.code_version = config.code_version.clone().or(about.code_version);
    about
}

impl About {
    /// What the resource tells.
    pub(crate) fn of(resource: &Resource) -> Self {
        let text = |key: &str| resource.text(key).map(str::to_owned);
        let environment = text("deployment.environment.name");
        Self {
            environment: environment.unwrap_or_else(|| "production".to_owned()),
            code_version: text("service.version"),
            service: resource.service_name().to_owned(),
            host: text("host.name"),
            root: None,
            framework: cfg!(feature = "axum").then_some("axum"),
        }
    }
}

fn request(report: &ErrorReport, about: &About) -> ItemRequest {
    let item = item(report, about);
    ItemRequest {
        minimal: truncate::minimal(&item),
        body: truncate::fit(item, truncate::MAX_BYTES),
        is_minimal: Cell::new(false),
    }
}

/// The body of the item that a report becomes.
#[cfg(feature = "_encoders")]
pub(crate) fn body(report: &ErrorReport, about: &About) -> Vec<u8> {
    request(report, about).body
}

impl Sink for Rollbar {
    type Request = ItemRequest;

    fn name(&self) -> &'static str {
        "rollbar"
    }

    fn signals(&self) -> Signals {
        Signals { reports: true, ..Signals::default() }
    }

    fn encode(&mut self, batch: Batch, _now: UnixNanos) -> Encoded<ItemRequest> {
        let requests = batch
            .reports
            .iter()
            .map(|report| Outgoing { request: request(report, &self.about), records: 1 });
        Encoded { requests: requests.collect(), refused: Vec::new() }
    }

    async fn send(&mut self, request: &ItemRequest) -> Result<Delivered, SendError> {
        self.client.send(request).await
    }
}
