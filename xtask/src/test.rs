//! `cargo xtask test`: everything that CI runs.

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

    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if with_tools {
        match tools::python() {
            Ok(python) => {
                tests.env("CRUDDUR_TEST_PYTHON", python);
            }
            Err(why) => steps.skip("tests with Python", &why),
        }
        match tools::chromium() {
            Ok(chromium) => {
                tests.env("CRUDDUR_TEST_CHROMIUM", chromium);
            }
            Err(why) => steps.skip("tests with Chromium", &why),
        }
        pages(&mut steps);
        if tools::may_install() {
            tests.env("CRUDDUR_TEST_NO_SKIPS", "1");
        }
    }
    steps.run("tests", &mut tests);
    mutants(&mut steps);
    // A workspace of its own, so that nothing else waits for what it depends on.
    let lambda = ["test", "--quiet", "--manifest-path", "examples/lambda/Cargo.toml"];
    steps.run("the recipe for Lambda", &mut cargo(&lambda));
    steps.finish()
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
