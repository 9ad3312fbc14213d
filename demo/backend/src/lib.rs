//! Cruddur, a micro-blog that shows `cruddur-trace` at work.
//!
//! The API ([`app`]) is an ordinary axum application over an embedded SQLite store; what
//! makes it visible is `#[observe]` on its handlers, one layer on its router, and [`main`],
//! which starts the telemetry. The same process holds the local console that
//! stands in for Honeycomb, X-Ray, CloudWatch Logs and Rollbar.

mod api;
pub mod app;
mod arguments;
mod build_page;
mod cors;
mod direct;
pub mod error;
mod first_look;
mod health;
mod healthcheck;
pub mod notifier;
pub mod page;
mod run;
pub mod session;
pub mod settings;
pub mod store;
mod telemetry;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use cruddur_console::OptionsError;
use cruddur_trace::record::UnixNanos;
use cruddur_trace::setup::Setup;

use crate::arguments::Command;
use crate::settings::Settings;

/// `service.name` where the environment gives no other.
const SERVICE: &str = "cruddur-backend";

/// The X-Ray group of the original.
const XRAY_GROUP: &str = "Cruddur";

/// The sampling rule of the original.
const XRAY_RULE: &str = include_str!("../../../aws/json/xray.json");

/// Runs the demo with these arguments, and the environment's settings.
///
/// Exits with 2 where the arguments or a setting can't be used, with 1 where something failed; in
/// both cases one message says what and what helps.
pub fn main(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let command = match arguments::parse(arguments) {
        Ok(command) => command,
        Err(message) => return refuse(&format!("{message}\n\n{}", arguments::HELP)),
    };
    if command == Command::Help {
        run::say(arguments::HELP);
        return ExitCode::SUCCESS;
    }
    let settings = match Settings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => return refuse(&error.to_string()),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let done = runtime.block_on(async {
        match command {
            Command::Demo(options) => run::run(options, settings).await,
            Command::Healthcheck => healthcheck::ask(&settings).await.map_err(anyhow::Error::msg),
            Command::Setup(words) => return Ok(set_up(&words, &settings).await),
            Command::Help => Ok(()),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    match done {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

/// `setup …` and `doctor`: what the original's lessons made by hand in each service's console.
async fn set_up(arguments: &[String], settings: &Settings) -> ExitCode {
    let setup = Setup::new(std::env::vars_os())
        .service(SERVICE)
        .also_dataset(settings.frontend_service.as_str())
        .group(XRAY_GROUP)
        .xray_rule(XRAY_RULE);
    setup.run(arguments, &mut std::io::stdout()).await.into()
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("demo: {message}");
    ExitCode::from(2)
}

/// A setting of the telemetry that can't be used.
#[derive(Debug)]
struct Unusable(cruddur_trace::SetupError);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unusable {}

/// One line, with its causes.
fn fail(error: &anyhow::Error) -> ExitCode {
    if error.is::<Unusable>() || error.is::<OptionsError>() {
        return refuse(&error.to_string());
    }
    eprintln!("demo: {error:#}");
    ExitCode::FAILURE
}

fn now() -> UnixNanos {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}
