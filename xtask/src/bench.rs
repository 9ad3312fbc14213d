//! `cargo xtask bench`: the benchmarks, built for speed, and their table.

use std::process::ExitCode;

use crate::step::Steps;
use crate::tools::cargo;

/// Binaries of the package `benches`, in the order of the table.
const ROWS: &[&str] = &["core", "layer", "export", "logs", "mirror", "macro_cost"];

/// Rows that need a feature of the package `benches`, of their own name.
const WITH_FEATURE: &[&str] = &["logs", "mirror"];

pub(crate) fn run(rows: &[&str]) -> ExitCode {
    if let Some(unknown) = rows.iter().find(|row| !ROWS.contains(row)) {
        eprintln!("unknown row: {unknown}; there are: {}", ROWS.join(", "));
        return ExitCode::from(2);
    }
    let mut steps = Steps::default();
    for row in ROWS.iter().filter(|row| rows.is_empty() || rows.contains(row)) {
        let arguments = ["run", "--quiet", "--profile", "bench", "-p", "benches", "--bin", row];
        let mut command = cargo(&arguments);
        if WITH_FEATURE.contains(row) {
            command.args(["--features", row]);
        }
        steps.run(row, &mut command);
    }
    steps.finish()
}
