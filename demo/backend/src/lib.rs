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
pub mod error;
mod first_look;
mod healthcheck;
pub mod page;
mod run;
pub mod session;
pub mod settings;
pub mod store;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use cruddur_trace::record::UnixNanos;

use crate::arguments::Command;
use crate::settings::Settings;

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
        println!("{}", arguments::HELP);
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
            Command::Setup(_) | Command::Help => Ok(()),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("demo: {message}");
    ExitCode::from(2)
}

/// One line, with its causes.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("demo: {error:#}");
    ExitCode::FAILURE
}

fn now() -> UnixNanos {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}
