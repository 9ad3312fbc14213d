//! A command-line tool: one trace a run, and everything sent before it ends.

// recipe
use std::process::ExitCode;
use std::time::Duration;

use cruddur_trace::{Telemetry, observe};

#[observe(root, name = "import", fields(path = path))]
fn import(path: &str) -> Result<usize, std::io::Error> {
    Ok(parse(&std::fs::read_to_string(path)?))
}

#[observe]
fn parse(text: &str) -> usize {
    text.lines().count()
}

fn main() -> ExitCode {
    let telemetry = match Telemetry::from_env().and_then(|it| it.default_service("import").init()) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("import: {error}");
            return ExitCode::from(2);
        }
    };
    let path = std::env::args().nth(1).unwrap_or_default();
    let result = import(&path);
    // No runtime is needed, and no backend that is down holds the tool up for longer.
    let delivery = telemetry.shutdown_blocking(Duration::from_secs(2));
    if !delivery.complete {
        eprintln!("import: {delivery}");
    }
    match result {
        Ok(lines) => {
            println!("{lines} lines");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("import: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
// end
