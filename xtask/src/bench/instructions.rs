//! Instruction counts by callgrind through gungraun, compared with `benches/instructions.toml`: time explains, counts
//! decide. They do not depend on what else the machine does, so a few percent more is a finding.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::step::Steps;
use crate::tools::{answers, cargo, root, target};

const NAME: &str = "instructions";
/// A count may be this much above or below what the file says: other patch releases of the compiler
/// and of dependencies move it by less.
const TOLERANCE: f64 = 0.03;

/// What `benches/instructions/benches/instructions.rs` counts, and how many units of work one run of it does.
const SCENARIOS: &[(&str, f64)] = &[
    // Ten calls and the root around them.
    ("span-sync", 11.0),
    ("span-async-ready", 11.0),
    ("span-async-yield", 11.0),
    ("span-sync-8-attributes", 11.0),
    ("span-sync-not-sampled", 11.0),
    ("span-sync-no-root", 10.0),
    ("request-bare", 1.0),
    ("request-observed", 1.0),
    // The same eleven, encoded.
    ("encode-otlp-span", 11.0),
    ("encode-xray-span", 11.0),
    ("encode-log-line", 1.0),
    ("encode-rollbar-item", 1.0),
];
/// How often each is run while it is counted.
const TIMES: f64 = 50.0;

pub(super) fn run(steps: &mut Steps, accept: bool, folder: &Path) {
    if !answers("valgrind", &["--version"]) {
        let how = "valgrind is missing (Debian: apt install valgrind; macOS has none)";
        return steps.skip(NAME, how);
    }
    let version = match version_of_gungraun() {
        Ok(version) => version,
        Err(why) => {
            steps.fail(NAME, &why);
            return;
        }
    };
    let tools = target().join(format!("tools/gungraun-{version}"));
    let program = tools.join("bin/gungraun-runner");
    if !program.exists()
        && !steps.run("instructions: gungraun-runner", &mut install(&version, &tools))
    {
        return;
    }
    let folder = folder.join(NAME);
    let summaries = folder.join("summaries.jsonl");
    if let Err(error) = fs::create_dir_all(&folder) {
        steps.fail(NAME, &error.to_string());
        return;
    }
    let mut bench = cargo(&["bench", "--quiet", "-p", NAME, "--bench", NAME, "--"]);
    bench.arg("--output-format=json").env("GUNGRAUN_RUNNER", &program);
    if !steps.keep("instructions: count", &mut bench, &summaries) {
        return;
    }
    let read = || fs::read_to_string(&summaries).map_err(|error| error.to_string());
    match read().and_then(|it| counts(&it)).and_then(|it| compare(&it, accept, &folder)) {
        Ok(()) => steps.pass(NAME),
        Err(why) => drop(steps.fail(NAME, &why)),
    }
}

/// Library and runner speak a format of their own: they must be of the same version.
fn version_of_gungraun() -> Result<String, String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).map_err(|error| error.to_string())?;
    let after = lock.split("name = \"gungraun\"\nversion = \"").nth(1);
    let version = after.and_then(|text| text.split('"').next());
    version.map(str::to_owned).ok_or_else(|| "gungraun is not in Cargo.lock".to_owned())
}

/// Without optimisation: it only starts valgrind and reads what that writes.
fn install(version: &str, folder: &Path) -> Command {
    let mut command = cargo(&["install", "--quiet", "--debug", "--locked", "gungraun-runner"]);
    command.arg(format!("--version=={version}")).arg("--root").arg(folder);
    command
}

/// Instructions of a unit of work by scenario, out of gungraun's summaries, one in a line.
fn counts(summaries: &str) -> Result<BTreeMap<String, f64>, String> {
    let mut counts = BTreeMap::new();
    for line in summaries.lines().filter(|line| line.starts_with('{')) {
        let summary: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = |key: &str| summary[key].as_str().unwrap_or_default();
        let scenario = format!("{}-{}", text("function_name"), text("id")).replace('_', "-");
        let known = SCENARIOS.iter().find(|(name, _)| *name == scenario);
        let (_, units) = known.ok_or_else(|| format!("units of {scenario} are not known"))?;
        let total = &summary["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"];
        let total = total["new"].as_f64().ok_or_else(|| format!("{scenario} was not counted"))?;
        counts.insert(scenario, total / TIMES / units);
    }
    match SCENARIOS.iter().find(|(name, _)| !counts.contains_key(*name)) {
        Some((missing, _)) => Err(format!("{missing} was not run")),
        None => Ok(counts),
    }
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
    fs::write(folder.join("table.md"), &table).map_err(|error| error.to_string())?;
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
        "# Instructions of each scenario of benches/instructions/benches/instructions.rs, as `cargo xtask bench\n\
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
    fn a_summary_gives_instructions_of_a_unit() {
        let line = |name: &str, id: &str, units: f64| {
            let new = (units * TIMES * 7.0) as u64;
            let metrics = format!(r#"{{"Ir":{{"values":{{"new":{new},"old":1}}}}}}"#);
            let profile = format!(r#"{{"data":{{"total":{{"metrics":{metrics}}}}}}}"#);
            format!(r#"{{"function_name":"{name}","id":"{id}","profiles":[{profile}]}}"#)
        };
        let lines = SCENARIOS.iter().map(|(scenario, units)| {
            let (name, id) = scenario.split_once('-').unwrap_or_default();
            line(name, &id.replace('-', "_"), *units)
        });
        let mut lines: Vec<String> = lines.collect();
        let counted = counts(&lines.join("\n"));
        assert!(
            counted.is_ok_and(|it| it.len() == lines.len() && it.values().all(|it| *it == 7.0))
        );

        let dropped = lines.remove(0);
        assert_eq!(counts(&lines.join("\n")), Err("span-sync was not run".to_owned()));
        lines.push(dropped.replace("\"new\":", "\"old\":"));
        assert_eq!(counts(&lines.join("\n")), Err("span-sync was not counted".to_owned()));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let counts = BTreeMap::from([("span-sync".to_owned(), 123.0), ("layer".to_owned(), 4.0)]);
        assert_eq!(parse(&render(&counts)), counts);
    }
}
