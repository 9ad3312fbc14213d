//! `cargo xtask screenshots`: the documentation's pictures, made anew from a running demo in Chromium.

use std::process::ExitCode;

use crate::step::Steps;
use crate::tools::{self, cargo, command};

/// Where the pictures of `docs/week2.md` go; those of the README and `docs/demo.md` go into the folder
/// above.
const FOLDER: &str = "docs/images/week2";

pub(crate) fn run() -> ExitCode {
    let mut steps = Steps::default();
    let chromium = match tools::chromium() {
        Ok(chromium) => chromium,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    for folder in ["demo/frontend", "tests/browser"] {
        if let Err(why) = tools::npm_packages(folder) {
            eprintln!("{folder}: {why}");
            return ExitCode::FAILURE;
        }
    }
    let mut page = command("npm", &["run", "--silent", "build"]);
    steps.run("the demo's page", page.current_dir(tools::root().join("demo/frontend")));
    let build = ["build", "--quiet", "-p", "tests", "--bin", "cruddur-demo"];
    if steps.run("the demo", &mut cargo(&build)) {
        let binary = tools::target().join("debug/cruddur-demo");
        let mut script = command("node", &["tests/browser/week2.mjs"]);
        script.arg(binary).arg(FOLDER).env("CRUDDUR_TEST_CHROMIUM", chromium);
        steps.run("the pictures", &mut script);
    }
    steps.finish()
}
