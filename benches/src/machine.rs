//! What the figures were measured on.

use std::process::Command;

/// One line: processor, cores, toolchain, commit.
#[must_use]
pub fn describe() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let answer = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let toolchain = answer("rustc", &["--version"]).unwrap_or_default();
    let commit = answer("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    format!("{}, {cores} cores; {toolchain}; commit {commit}", model.unwrap_or("unknown processor"))
}
