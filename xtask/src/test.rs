//! `cargo xtask test`: everything that CI runs.

use std::iter;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::step::Steps;
use crate::tools::{self, cargo, command};

/// Features of `cruddur-trace` that are checked alone.
const FEATURES: &[&str] = &[
    "otlp", "tower", "tracing", "axum", "xray", "aws", "rollbar", "sentry", "relay", "otel",
    "reqwest", "setup", "mirror", "off",
];

/// Folders with npm packages and the scripts that are run in them.
const NPM: &[(&str, &[&str])] =
    &[("demo/frontend", &["typecheck", "test", "build", "size"]), ("tests/browser", &[])];

pub(crate) fn run(with_tools: bool) -> ExitCode {
    let mut steps = Steps::default();
    steps.run("formatting", &mut cargo(&["fmt", "--all", "--check"]));
    steps.run(
        "lints",
        &mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    );
    features(&mut steps);
    switches(&mut steps);
    let documentation = ["doc", "--workspace", "--no-deps", "--quiet"];
    steps.run("documentation", cargo(&documentation).env("RUSTDOCFLAGS", "-D warnings"));
    licences(&mut steps);

    let mut variables = Vec::new();
    if with_tools {
        match tools::python() {
            Ok(python) => variables.push(("CRUDDUR_TEST_PYTHON", python)),
            Err(why) => steps.skip("tests with Python", &why),
        }
        match tools::chromium() {
            Ok(chromium) => variables.push(("CRUDDUR_TEST_CHROMIUM", chromium)),
            Err(why) => steps.skip("tests with Chromium", &why),
        }
        pages(&mut steps);
        if tools::may_install() {
            variables.push(("CRUDDUR_TEST_NO_SKIPS", PathBuf::from("1")));
        }
    }
    tests(&mut steps, &variables);
    mutants(&mut steps);
    // A workspace of its own, so that nothing else waits for what it depends on.
    let lambda = ["test", "--quiet", "--manifest-path", "examples/lambda/Cargo.toml"];
    steps.run("the recipe for Lambda", &mut cargo(&lambda));
    steps.finish()
}

/// All tests; the targets in which one failed are run once more, alone. A browser, other languages'
/// programs and a hundred servers run beside each other here, and what failed once and never again
/// is to be seen in the summary, not to be hunted by whoever changes something else.
fn tests(steps: &mut Steps, variables: &[(&str, PathBuf)]) {
    let name = "tests";
    let mut failed = Vec::new();
    let mut all = cargo(&["test", "--workspace", "--no-fail-fast"]);
    all.envs(variables.iter().map(|(name, value)| (name, value)));
    if steps.listen(name, &mut all, |line| failed.extend(failed_target(line).map(str::to_owned))) {
        return;
    }
    let passes_alone = |target: &String| {
        let arguments: Vec<&str> = iter::once("test").chain(target.split(' ')).collect();
        let mut again = cargo(&arguments);
        again.envs(variables.iter().map(|(name, value)| (name, value)));
        steps.run(&format!("{name} again: {target}"), &mut again)
    };
    if !failed.is_empty() && failed.iter().all(passes_alone) {
        steps.excuse(name);
    }
}

/// What cargo says to run again: `-p tests --test it`.
fn failed_target(line: &str) -> Option<&str> {
    line.strip_prefix("error: test failed, to rerun pass `")?.strip_suffix('`')
}

fn features(steps: &mut Steps) {
    let clippy = ["clippy", "--quiet", "-p", "cruddur-trace", "--no-default-features"];
    let mut check = |name: &str, features: &[&str]| {
        let arguments = [&clippy, features, &["--", "-D", "warnings"]].concat();
        steps.run(name, &mut cargo(&arguments));
    };
    check("no features", &[]);
    for feature in FEATURES {
        check(&format!("feature {feature}"), &["--features", feature]);
    }
    // As `cargo test` in the package's own folder has them.
    let tests = ["clippy", "--quiet", "-p", "cruddur-trace", "--tests", "--", "-D", "warnings"];
    steps.run("the default features' tests", &mut cargo(&tests));
}

/// What the features that switch spans off leave: each in a build of its own, since features add up.
fn switches(steps: &mut Steps) {
    for switch in ["off", "error", "warn", "info", "debug"] {
        let arguments = ["test", "--quiet", "-p", "switches", "--features", switch];
        steps.run(&format!("spans with the switch {switch}"), &mut cargo(&arguments));
    }
}

/// The corpus must see the macro broken on purpose.
fn mutants(steps: &mut Steps) {
    let name = "mutants of the macro";
    if tools::answers("python3", &["--version"]) {
        steps.run(name, &mut command("python3", &["tests/corpus/mutate.py", "--fast"]));
    } else {
        steps.skip(name, "python3 is missing");
    }
}

fn licences(steps: &mut Steps) {
    match tools::cargo_deny() {
        Ok(()) => {
            let arguments = ["deny", "--offline", "check", "licenses", "bans", "sources"];
            steps.run("licences and sources", &mut cargo(&arguments));
        }
        Err(why) => steps.skip("licences and sources", &why),
    }
}

fn pages(steps: &mut Steps) {
    for (folder, scripts) in NPM {
        if !tools::root().join(folder).join("package-lock.json").exists() {
            continue;
        }
        if let Err(why) = tools::npm_packages(folder) {
            steps.skip(folder, &why);
            continue;
        }
        for script in *scripts {
            let mut npm = command("npm", &["run", "--silent", script]);
            steps.run(&format!("{folder}: {script}"), npm.current_dir(tools::root().join(folder)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::failed_target;

    #[test]
    fn cargo_says_what_to_run_again() {
        let check = |line: &str, target: Option<&str>| assert_eq!(failed_target(line), target);
        check("error: test failed, to rerun pass `-p tests --test it`", Some("-p tests --test it"));
        check(
            "error: test failed, to rerun pass `-p cruddur-trace --lib`",
            Some("-p cruddur-trace --lib"),
        );
        check("error: could not compile `tests` (test \"it\") due to 1 previous error", None);
        check("error: 1 target failed:", None);
    }
}
