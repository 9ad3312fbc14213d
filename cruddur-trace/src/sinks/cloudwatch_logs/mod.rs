//! CloudWatch Logs: log records as events of one log stream, put in batches.
//!
//! By `PutLogEvents`, or by OTLP where `CRUDDUR_CLOUDWATCH_TRANSPORT` says so (`otlp`).
//!
//! `event` renders a record, `batch` cuts events into puts that the service accepts, `client` sends
//! them and `resources` creates group and stream when they turn out to be missing; `otlp` is the other
//! door, and `fallback` the way out where there are no credentials. Queueing,
//! lingering, retrying and counting belong to the pipeline; nothing here waits or reads a clock.
//!
//! Spec: the CloudWatch Logs API reference, `PutLogEvents`, read 2026-11.

mod batch;
mod client;
mod event;
mod failure;
mod fallback;
mod limits;
mod name;
mod otlp;
mod resources;
#[cfg(test)]
mod tests;

pub(crate) use client::CloudwatchLogs;
#[cfg(feature = "setup")]
pub(crate) use client::connect;
pub(crate) use name::{InvalidName, Process, group_name, retention_days, stream_name, tags};
pub(crate) use otlp::CloudwatchOtlp;

use crate::record::Resource;

/// Where the lines go, and what is created for them. Names are valid (see `name`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `AWS_CLOUDWATCH_LOG_GROUP`.
    pub(crate) group: String,
    /// `AWS_CLOUDWATCH_LOG_STREAM`, its template filled in.
    pub(crate) stream: String,
    /// `AWS_CLOUDWATCH_LOG_RETENTION_DAYS`; set on a group that the sink creates itself.
    pub(crate) retention_days: Option<i32>,
    /// Set on a group that the sink creates itself.
    pub(crate) tags: Vec<(String, String)>,
    /// `AWS_REGION`, then `AWS_DEFAULT_REGION`; `None` leaves it to the SDK (profile, IMDS).
    pub(crate) region: Option<String>,
    /// `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS`, then `AWS_ENDPOINT_URL`; `None` is the region's own.
    pub(crate) endpoint: Option<String>,
    /// Whether requests are signed with a made-up key: for the local console, which needs none.
    pub(crate) made_up_credentials: bool,
    /// `service.name`.
    pub(crate) service: String,
    /// `deployment.environment.name`, if set.
    pub(crate) environment: Option<String>,
}

impl Settings {
    /// Settings with the SDK's own region, endpoint and credentials, and no retention or tags.
    pub(crate) fn new(group: String, stream: String, resource: &Resource) -> Self {
        Self {
            group,
            stream,
            retention_days: None,
            tags: Vec::new(),
            region: None,
            endpoint: None,
            made_up_credentials: false,
            service: resource.service_name().to_owned(),
            environment: resource.text("deployment.environment.name").map(str::to_owned),
        }
    }

    /// Whether the endpoint is this machine: a stand-in, which asks for no account.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.endpoint.as_deref().and_then(|url| url.split_once("://"));
        let host = host.map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or(""));
        let name = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or(""),
            None => host.split(':').next().unwrap_or(""),
        };
        let ip = name.parse::<std::net::IpAddr>();
        name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }
}
