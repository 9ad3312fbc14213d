//! The documents name tests; here it is checked that these are there.

use std::path::{Path, PathBuf};

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
        "it_http" => {
            let text = std::fs::read_to_string(workspace().join("tests/it_http/main.rs"));
            let test = format!("fn {}(", parts.last().copied().unwrap_or_default());
            return text.is_ok_and(|text| text.contains(&test));
        }
        _ => (workspace().join("cruddur-trace/src"), &parts[..]),
    };
    // Tests of a module stand in it, or beside it.
    let texts = |modules: &[&str]| {
        let found = file(&root, modules)?;
        let mut text = std::fs::read_to_string(&found).ok()?;
        let beside = found.with_file_name(format!(
            "{}_tests.rs",
            found.file_stem().unwrap_or_default().to_string_lossy()
        ));
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
