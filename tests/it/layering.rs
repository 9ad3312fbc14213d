//! ARCHITECTURE.md's table of modules is true: it names them all, from the ground up, and nothing
//! imports what stands above it.

use std::collections::BTreeSet;
use std::path::Path;

use tests::tools::workspace;

/// What ARCHITECTURE.md says of the one pair that know each other.
const BUT: (&str, &str) = ("span", "errors");

/// The modules of the table, the lowest first.
fn order() -> Vec<String> {
    let document = workspace().join("ARCHITECTURE.md");
    let document = std::fs::read_to_string(document).expect("ARCHITECTURE.md");
    let table = document.split("| Module |").nth(1).expect("the table of modules");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| {
        let first = row.split('|').nth(1).unwrap_or_default();
        first.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// Names that follow `crate::` in code, tests left out.
fn imports(text: &str) -> BTreeSet<&str> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let after = lines.flat_map(|line| line.split("crate::").skip(1));
    after
        .map(|rest| {
            let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
            rest.split(|it| !is_part(it)).next().unwrap_or_default()
        })
        .collect()
}

/// Every source of a module, its tests left out, with what it imports.
fn check(module: &str, path: &Path, order: &[String], upward: &mut Vec<String>) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if name == "tests" || name == "fixtures" {
        return;
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder of sources").flatten() {
            check(module, &entry.path(), order, upward);
        }
        return;
    }
    let text = std::fs::read_to_string(path).expect("a source");
    let rank = |name: &str| order.iter().position(|it| it == name);
    for imported in imports(&text) {
        if rank(imported) > rank(module) && (module, imported) != BUT {
            upward.push(format!("{}: crate::{imported}", path.display()));
        }
    }
}

#[test]
fn nothing_imports_what_stands_above_it() {
    let order = order();
    let sources = workspace().join("cruddur-trace/src");
    let mut upward = Vec::new();
    let mut known = BTreeSet::new();
    for entry in std::fs::read_dir(&sources).expect("the sources").flatten() {
        let path = entry.path();
        let module = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // The face of the crate, and a chapter of its documentation.
        if module == "lib" || module == "guide" {
            continue;
        }
        check(&module, &path, &order, &mut upward);
        known.insert(module);
    }
    assert_eq!(order.iter().cloned().collect::<BTreeSet<_>>(), known, "the table names them all");
    assert!(upward.is_empty(), "imported from below: {upward:#?}");
    // The check itself can fail.
    let mut upside_down = order.clone();
    upside_down.reverse();
    check("record", &sources.join("record"), &order, &mut upward);
    assert!(upward.is_empty());
    check("pipeline", &sources.join("pipeline"), &upside_down, &mut upward);
    assert!(!upward.is_empty());
}
