//! Instruction counts by callgrind, compared with `benches/instructions.toml`: time explains, counts
//! decide. They do not depend on what else the machine does, so a few percent more is a finding.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::step::Steps;
use crate::tools::{answers, cargo, root, target};

const NAME: &str = "instructions";
/// A count may be this much above or below what the file says: other patch releases of the compiler
/// and of dependencies move it by less.
const TOLERANCE: f64 = 0.03;

pub(super) fn run(steps: &mut Steps, accept: bool, folder: &Path) {
    if !answers("valgrind", &["--version"]) {
        let how = "valgrind is missing (Debian: apt install valgrind; macOS has none)";
        return steps.skip(NAME, how);
    }
    let built = ["build", "--quiet", "--profile", "bench", "-p", "benches", "--bin", NAME];
    if !steps.run("instructions: build", &mut cargo(&built)) {
        return;
    }
    match counts(folder).and_then(|counts| compare(&counts, accept, folder)) {
        Ok(()) => steps.pass(NAME),
        Err(why) => drop(steps.fail(NAME, &why)),
    }
}

/// Runs every scenario under callgrind; gives instructions by scenario.
fn counts(folder: &Path) -> Result<BTreeMap<String, f64>, String> {
    let program = target().join("release").join(NAME);
    let folder = folder.join(NAME);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let list = Command::new(&program).arg("list").output().map_err(|error| error.to_string())?;
    let mut counts = BTreeMap::new();
    for line in String::from_utf8_lossy(&list.stdout).lines() {
        let (scenario, units) = line.split_once(' ').ok_or("a scenario and its units")?;
        let units: f64 = units.parse().map_err(|_| "units")?;
        let profile = folder.join(format!("{scenario}.callgrind"));
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--toggle-collect=*measured_by_callgrind*"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(&program)
            .arg(scenario)
            .stdout(Stdio::null())
            .output()
            .map_err(|error| format!("valgrind: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1));
        let collected = collected.and_then(|it| it.trim().parse::<f64>().ok());
        let collected = collected.filter(|_| output.status.success());
        let collected = collected.ok_or_else(|| format!("{scenario}: {said}"))?;
        counts.insert(scenario.to_owned(), collected / units);
    }
    Ok(counts)
}

fn compare(counts: &BTreeMap<String, f64>, accept: bool, folder: &Path) -> Result<(), String> {
    let path = root().join("benches/instructions.toml");
    let known = parse(&fs::read_to_string(&path).unwrap_or_default());
    let mut table = String::from(
        "Instructions, by callgrind, with a clock that stands still\n\n\
         | scenario | instructions | as known | change |\n|---|---:|---:|---:|\n",
    );
    let mut beyond = Vec::new();
    for (scenario, count) in counts {
        let Some(before) = known.get(scenario) else {
            let _ = writeln!(table, "| {scenario} | {count:.0} | | new |");
            beyond.push(format!("{scenario} is not in the file"));
            continue;
        };
        let change = count / before - 1.0;
        let _ =
            writeln!(table, "| {scenario} | {count:.0} | {before:.0} | {:+.1} % |", change * 100.0);
        if change.abs() > TOLERANCE {
            beyond.push(format!("{scenario}: {:+.1} %", change * 100.0));
        }
    }
    println!("\n{table}");
    fs::write(folder.join(NAME).join("table.md"), &table).map_err(|error| error.to_string())?;
    if accept {
        return fs::write(&path, render(counts)).map_err(|error| error.to_string());
    }
    if beyond.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {:.0} % from benches/instructions.toml: {}; if that is meant: \
         cargo xtask bench instructions --accept",
        TOLERANCE * 100.0,
        beyond.join(", ")
    ))
}

fn parse(text: &str) -> BTreeMap<String, f64> {
    let entry = |line: &str| {
        let (name, count) = line.split_once('=')?;
        Some((name.trim().to_owned(), count.trim().parse().ok()?))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

fn render(counts: &BTreeMap<String, f64>) -> String {
    let mut text = String::from(
        "# Instructions of each scenario of benches/src/bin/instructions.rs, as `cargo xtask bench\n\
         # instructions --accept` wrote them (x86-64, the compiler of the CI). A run that is more\n\
         # than 3 % above or below fails.\n",
    );
    for (scenario, count) in counts {
        let _ = writeln!(text, "{scenario} = {count:.0}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let counts = BTreeMap::from([("span-sync".to_owned(), 123.0), ("layer".to_owned(), 4.0)]);
        assert_eq!(parse(&render(&counts)), counts);
    }
}
