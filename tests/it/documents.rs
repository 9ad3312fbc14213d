//! The documents name tests and variables; here it is checked that these are there, and read.

use std::path::{Path, PathBuf};

use cruddur_trace::config::{Support, Variable, variables};
use tests::tools::workspace;

/// Everything in backquotes in the last column of the tables.
fn named(document: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in document.lines().filter(|line| line.starts_with("| ") && line.ends_with('|')) {
        let Some(last) = line.trim_end_matches('|').rsplit('|').next() else { continue };
        names.extend(last.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    names
}

/// The file of a module: `a/b.rs` or `a/b/mod.rs`.
fn file(root: &Path, modules: &[&str]) -> Option<PathBuf> {
    let path = root.join(modules.join("/"));
    [path.with_extension("rs"), path.join("mod.rs")].into_iter().find(|it| it.is_file())
}

/// Whether there is such a test, or a module with tests.
fn exists(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let (root, parts) = match parts[0] {
        "it" => (workspace().join("tests/it"), &parts[1..]),
        "recipes" => (workspace().join("tests/recipes"), &parts[1..]),
        folder @ ("it_http" | "it_disabled") => {
            let main = workspace().join("tests").join(folder).join("main.rs");
            let text = std::fs::read_to_string(main);
            let test = format!("fn {}(", parts.last().copied().unwrap_or_default());
            return text.is_ok_and(|text| text.contains(&test));
        }
        _ => (workspace().join("cruddur-trace/src"), &parts[..]),
    };
    // Tests of a module stand in it, or beside it.
    let texts = |modules: &[&str]| {
        let found = file(&root, modules)?;
        let mut text = std::fs::read_to_string(&found).ok()?;
        let beside = root.join(modules.join("/")).join("tests.rs");
        text.push_str(&std::fs::read_to_string(beside).unwrap_or_default());
        Some(text)
    };
    let as_module =
        texts(parts).is_some_and(|text| text.contains("#[test]") || text.contains("proptest!"));
    let as_test = parts.split_last().is_some_and(|(test, modules)| {
        !modules.is_empty()
            && texts(modules).is_some_and(|text| text.contains(&format!("fn {test}(")))
    });
    as_module || as_test
}

#[test]
fn every_test_that_the_table_of_rules_names_is_there() {
    let document = workspace().join("docs/http.md");
    let document = std::fs::read_to_string(document).expect("docs/http.md");
    let names = named(&document);
    assert!(names.len() > 50, "{}", names.len());
    let missing: Vec<&String> = names.iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
    // The check itself can fail.
    assert!(!exists("it::w3c::no_such_test") && !exists("layer::no_such_module"));
}

/// All code but the table of variables and its tests: what stands before the tests of a file.
fn code(folder: &Path, into: &mut String) {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.ends_with("config/table") {
            code(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            into.push_str(text.split("mod tests {").next().unwrap_or_default());
        }
    }
}

/// Whether code reads the variable: by its name, or by the two parts that it is put together from.
fn is_read(variable: &Variable, code: &str) -> bool {
    let quoted = |name: &str| code.contains(&format!("\"{name}\""));
    let after = |prefix: &str| variable.name.strip_prefix(prefix);
    let otlp = after("OTEL_EXPORTER_OTLP_").map(|rest| {
        let signal = ["TRACES_", "LOGS_", "METRICS_"].iter().find_map(|it| rest.strip_prefix(it));
        signal.unwrap_or(rest)
    });
    let in_parts = otlp.or_else(|| after("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_"));
    quoted(variable.name) || in_parts.is_some_and(quoted)
}

#[test]
fn every_variable_that_is_supported_is_read() {
    let mut text = String::new();
    code(&workspace().join("cruddur-trace/src"), &mut text);
    let supported: Vec<&Variable> =
        variables().filter(|variable| variable.support == Support::Yes).collect();
    assert!(supported.len() > 80, "{}", supported.len());
    let unread: Vec<&str> =
        supported.iter().filter(|it| !is_read(it, &text)).map(|it| it.name).collect();
    assert!(unread.is_empty(), "in the table, and read nowhere: {unread:?}");
    // One that is not supported is not read either, so that the check can fail.
    let refused = variables().find(|it| it.name == "OTEL_CONFIG_FILE").expect("in the table");
    assert!(!is_read(refused, &text));
}
