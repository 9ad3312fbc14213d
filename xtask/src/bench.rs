//! `cargo xtask bench`: the benchmarks, built for speed, and their table.
//!
//! The table goes to the terminal and to `target/bench/table.md`, every figure also to
//! `target/bench/results.jsonl`. With `--save` the last run of each row goes to `docs/benchmarks.md` and
//! `benches/results.jsonl`, from which `docs/scale.md` is computed. Rows that were
//! never run here stay as saved. `--quick` shows with tiny counts that every benchmark works; its
//! figures mean nothing and go to `target/bench-quick`.

mod instructions;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::step::Steps;
use crate::tools::{cargo, root, target};

/// Binaries of the package `benches`, in the order of the table: name, features, arguments.
const ROWS: &[(&str, &str, &[&str])] = &[
    ("core", "", &[]),
    ("layer", "", &[]),
    ("load", "", &[]),
    ("export", "", &[]),
    ("encode", "", &[]),
    ("allocations", "", &[]),
    ("growth", "", &[]),
    ("memory", "", &[]),
    ("xray", "", &[]),
    ("logs", "logs", &[]),
    ("mirror", "mirror", &[]),
    ("macro_cost", "", &[]),
    ("build_cost", "", &[]),
];
/// Counted, not timed: not a binary of its own.
const INSTRUCTIONS: &str = "instructions";
/// Rows that compile much: not part of a quick run.
const SLOW: &[&str] = &["logs", "mirror", "macro_cost", "build_cost"];

pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (options, rows): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with("--"));
    let names = || ROWS.iter().map(|(name, ..)| *name).chain([INSTRUCTIONS]);
    let known = ["--quick", "--save", "--accept"];
    let unknown = rows.iter().find(|row| !names().any(|name| name == **row));
    if let Some(unknown) = unknown.or_else(|| options.iter().find(|it| !known.contains(it))) {
        let names: Vec<_> = names().collect();
        eprintln!("unknown: {unknown}; rows: {}; options: {}", names.join(", "), known.join(", "));
        return ExitCode::from(2);
    }
    let (quick, save) = (options.contains(&"--quick"), options.contains(&"--save"));
    let wanted = |name: &str| {
        if rows.is_empty() { !(quick && SLOW.contains(&name)) } else { rows.contains(&name) }
    };
    if quick && save {
        eprintln!("--quick: figures that mean nothing are not saved");
        return ExitCode::from(2);
    }
    // A quick run must not take the place of figures that are yet to be saved.
    let folder = target().join(if quick { "bench-quick" } else { "bench" });
    let mut steps = Steps::default();
    for (name, features, arguments) in ROWS.iter().filter(|(name, ..)| wanted(name)) {
        let mut command = row(name, features, arguments, quick, &folder.join(name));
        steps.tee(name, &mut command, &folder.join(name).join("table.md"));
    }
    if wanted(INSTRUCTIONS) && !quick {
        instructions::run(&mut steps, options.contains(&"--accept"), &folder);
    }
    let gathered = gather(&folder, &names().collect::<Vec<_>>());
    if save {
        match gathered.and_then(|()| publish(&folder)) {
            Ok(()) => steps.run("docs/scale.md", &mut scale()),
            Err(why) => steps.fail("docs/benchmarks.md", &why),
        };
    }
    steps.finish()
}

/// One benchmark: a process whose figures go to a file of its own.
fn row(name: &str, features: &str, arguments: &[&str], quick: bool, folder: &Path) -> Command {
    let results = folder.join("results.jsonl");
    // What an earlier run left would be counted twice.
    let _ = fs::create_dir_all(folder);
    let _ = fs::remove_file(&results);
    if name == "macro_cost" {
        // A package of its own, without dependencies: it measures the compiler, so nothing of it
        // needs to be fast itself, and no peer is built first.
        return cargo(&["run", "--quiet", "-p", "macro-cost"]);
    }
    let mut command = cargo(&["run", "--quiet", "-p", "benches", "--bin", name]);
    // Whether it works shows in any profile; a quick run takes the one that tests are built in.
    if !quick {
        command.args(["--profile", "bench"]);
    }
    if !features.is_empty() {
        command.args(["--features", features]);
    }
    command.arg("--").args(arguments);
    command.env("BENCH_RESULTS", &results);
    if quick {
        command.env("BENCH_QUICK", "1");
    } else {
        command.env("BENCH_PLOTS", root().join("docs/images/bench"));
    }
    command
}

/// All rows' tables and figures, of the last run of each, in one file each. Of rows that were never
/// run here, those that were saved.
fn gather(folder: &Path, names: &[&str]) -> Result<(), String> {
    let (mut table, mut results) = (String::new(), String::new());
    let saved = |file: &str| fs::read_to_string(root().join(file)).unwrap_or_default();
    let (saved_table, saved_results) =
        (saved("docs/benchmarks.md"), saved("benches/results.jsonl"));
    for name in names {
        let read = |file: &str| fs::read_to_string(folder.join(name).join(file));
        if let Ok(text) = read("table.md") {
            table += &format!("\n## {name}\n\n{}\n", text.trim());
            results += &read("results.jsonl").unwrap_or_default();
        } else {
            let text = section(&saved_table, name).unwrap_or("Not run.");
            table += &format!("\n## {name}\n\n{text}\n");
            let of_row = format!("\"row\":\"{name}\"");
            for line in saved_results.lines().filter(|line| line.contains(&of_row)) {
                results += line;
                results.push('\n');
            }
        }
    }
    let write = |file: &str, text: &str| {
        fs::write(folder.join(file), text).map_err(|error| format!("{file}: {error}"))
    };
    write("table.md", &table)?;
    write("results.jsonl", &results)
}

/// What stands below a row's heading.
fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("\n## {name}\n"))?;
    after.split("\n## ").next().map(str::trim)
}

/// Puts the tables into the docs, below what `benches/benchmarks.md` says of them.
fn publish(folder: &Path) -> Result<(), String> {
    let read = |path: PathBuf| {
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let head = read(root().join("benches/benchmarks.md"))?;
    let lock = read(root().join("Cargo.lock"))?;
    let text = head
        .replace("{{peers}}", &peers(&lock))
        .replace("{{tables}}", read(folder.join("table.md"))?.trim());
    let write = |path: &str, text: &str| {
        fs::write(root().join(path), text).map_err(|error| format!("{path}: {error}"))
    };
    write("docs/benchmarks.md", &text)?;
    write("benches/results.jsonl", &read(folder.join("results.jsonl"))?)
}

/// The peers' versions, out of the lock file.
fn peers(lock: &str) -> String {
    const PEERS: &[&str] = &[
        "axum-tracing-opentelemetry",
        "fastrace",
        "fastrace-axum",
        "logfire",
        "opentelemetry-aws",
        "opentelemetry-instrumentation-tower",
        "opentelemetry-otlp",
        "opentelemetry-proto",
        "opentelemetry_sdk",
        "prost",
        "sentry-tower",
        "serde_json",
        "tower-otel",
        "tracing",
        "tracing-opentelemetry",
        "tracing-subscriber",
    ];
    let mut found = Vec::new();
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            let start = package.find(&format!("\n{name} = \""))? + name.len() + 5;
            package[start..].split('"').next()
        };
        if let (Some(name), Some(version)) = (field("name"), field("version"))
            && PEERS.contains(&name)
        {
            found.push(format!("{name} {version}"));
        }
    }
    found.join(", ")
}

fn scale() -> Command {
    cargo(&["run", "--quiet", "-p", "benches", "--bin", "scale", "--", "docs/scale.md"])
}

/// Runs a command whose output is shown and kept.
pub(crate) fn tee(command: &mut Command, file: &Path) -> std::io::Result<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut kept = fs::File::create(file)?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            writeln!(kept, "{line}")?;
        }
    }
    let passed = child.wait()?.success();
    if !passed {
        fs::remove_file(file)?;
    }
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_saved_row_ends_where_the_next_begins() {
        let text = "# Benchmarks\n\n## core\n\nfirst\n\n## layer\n\nlast\n";
        assert_eq!(section(text, "core"), Some("first"));
        assert_eq!(section(text, "layer"), Some("last"));
        assert_eq!(section(text, "lay"), None);
    }
}
