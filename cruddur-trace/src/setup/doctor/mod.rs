//! `doctor`: what is wrong with the settings and the backends, and what helps.
//!
//! ```text
//! configuration (settings ─▶ Config, every fault) ─▶ keys │ otlp │ xray │ cloudwatch │ reports ─▶ table
//!                                                          └─ probe (one marked record each), reach (why not)
//! ```
//!
//! It asks and sends by the program's own sinks, so that what works here works there. It makes and
//! changes nothing but its probes, and shows no secret.

mod check;
#[cfg(feature = "aws")]
mod cloudwatch;
mod configuration;
mod keys;
#[cfg(feature = "otlp")]
mod otlp;
mod probe;
mod reach;
#[cfg(any(feature = "rollbar", feature = "sentry"))]
mod reports;
mod table;
#[cfg(feature = "xray")]
mod xray;

use std::io::Write;

use super::{Exit, Setup, say};
use check::{Checks, State, Trouble};
use configuration::Effective;
use probe::Probe;

/// What every check has at hand.
struct Patient<'a> {
    setup: &'a Setup,
    effective: &'a Effective,
    probe: Probe,
}

pub(super) async fn run(setup: &Setup, output: &mut dyn Write) -> Exit {
    let mut checks = Checks::default();
    let effective = configuration::read(setup, &mut checks);
    let mut keys = Vec::new();
    if let Some(effective) = &effective {
        let patient = Patient { setup, effective, probe: Probe::new(&effective.config) };
        keys = look(&patient, &mut checks).await;
    }
    say(output, &table::report(&checks.0, &keys));
    let is_faulty = checks.0.iter().any(|it| it.state == State::Fault);
    if is_faulty { Exit::Failed } else { Exit::Done }
}

async fn look(patient: &Patient<'_>, checks: &mut Checks) -> Vec<keys::KeyRow> {
    let config = &patient.effective.config;
    if config.disabled {
        let found = "OTEL_SDK_DISABLED=true: nothing is recorded, nothing is sent";
        checks.fault("OTEL_SDK_DISABLED", Trouble::new(found, "unset OTEL_SDK_DISABLED"));
    }
    let keys = keys::check(patient, checks).await;
    #[cfg(feature = "otlp")]
    otlp::check(patient, &keys, checks).await;
    #[cfg(feature = "xray")]
    xray::check(patient, checks).await;
    #[cfg(feature = "aws")]
    cloudwatch::check(patient, checks).await;
    #[cfg(feature = "rollbar")]
    reports::rollbar(patient, checks).await;
    #[cfg(feature = "sentry")]
    reports::sentry(patient, checks).await;
    if !configuration::exports(config) {
        let remedy = "set HONEYCOMB_API_KEY, OTEL_EXPORTER_OTLP_ENDPOINT, AWS_XRAY_DAEMON_ADDRESS, \
            AWS_CLOUDWATCH_LOG_GROUP or ROLLBAR_ACCESS_TOKEN (docs/configuration.md)";
        let found = "no backend is switched on: nothing would be exported";
        checks.fault("backends", Trouble::new(found, remedy));
    }
    keys
}

/// An error with its causes, each said once, in one line.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    for cause in std::iter::successors(Some(error), |it| it.source()) {
        let part = cause.to_string();
        if !text.contains(&part) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&part);
        }
    }
    text
}
