//! docs/recipes.md and the README show what is compiled here; and the recipes that are programs of
//! their own.

use std::process::Command;
use std::time::Duration;

use cruddur_trace::testing::{Capture, Captured};

/// What a capture holds once there are so many spans: servers work on after their answer.
pub(crate) async fn captured(capture: &Capture, count: usize) -> Captured {
    for _ in 0..4_000 {
        let captured = capture.captured();
        if captured.spans().len() >= count {
            return captured;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("no spans came");
}

/// The last one is a package by itself, for the sake of what it depends on; `cargo xtask test` runs it.
const RECIPES: &[&str] = &[
    "tests/recipes/another_service.rs",
    "tests/recipes/tasks.rs",
    "tests/recipes/in_tests.rs",
    "tests/recipes/hyper_server.rs",
    "tests/recipes/tonic_service.rs",
    "tests/recipes/queue.rs",
    "tests/recipes/cron.rs",
    "tests/recipes/command_line.rs",
    "examples/lambda/src/main.rs",
];

/// `UPDATE_DOCS=1` writes the documents' code anew.
#[test]
fn the_documents_show_what_is_compiled() {
    shows("docs/recipes.md", RECIPES);
    shows("README.md", &["tests/recipes/quickstart.rs"]);
}

fn shows(document: &str, files: &[&str]) {
    let workspace = tests::tools::workspace();
    let path = workspace.join(document);
    let before = std::fs::read_to_string(&path).expect("a document");
    let mut after = before.clone();
    for file in files {
        let source = std::fs::read_to_string(workspace.join(file)).expect("a recipe");
        let start = source.find("// recipe\n").expect("a beginning") + "// recipe\n".len();
        let code = &source[start..source.find("// end\n").expect("an end")];
        let mark = format!("<!-- {file} -->\n```rust\n");
        let at = after.find(&mark).unwrap_or_else(|| panic!("no place for {file}")) + mark.len();
        let end = at + after[at..].find("```\n").expect("the block's end");
        after.replace_range(at..end, code);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, after).expect("written");
    } else {
        assert!(
            before == after,
            "{document} is old: UPDATE_DOCS=1 cargo test -p tests --test recipes"
        );
    }
}

#[test]
fn a_command_line_tool_sends_its_trace_before_it_ends() {
    let run = |path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recipe-command-line"));
        command.arg(path).env_clear().env("OTEL_TRACES_EXPORTER", "console");
        command.output().expect("it runs")
    };
    let well = run(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let text = String::from_utf8_lossy(&well.stdout);
    assert!(well.status.success(), "{well:?}");
    assert!(text.contains("import") && text.contains("parse") && text.contains(" lines"), "{text}");
    let failed = run("/no/such/file");
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stdout).contains("import"), "{failed:?}");
}
