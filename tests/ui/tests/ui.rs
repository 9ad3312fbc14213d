//! What the compiler says: one mistake a file.

use std::fs;

/// The compiler's words are compared with those on file; `TRYBUILD=overwrite` renews them.
#[test]
fn mistakes_are_told_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
    cases.compile_fail("tests/lints/*.rs");
    cases.compile_fail("tests/types/*.rs");
    cases.pass("tests/pass/*.rs");
}

/// What an error says, where, and what it points at: without the hints of the compiler, some of which
/// it gives for a function and not for a closure.
fn essence(text: &str) -> Vec<&str> {
    let is_essence = |line: &&str| {
        line.starts_with("error") || line.trim_start().starts_with("--> ") || line.contains('^')
    };
    let mut kept: Vec<&str> = text.lines().filter(is_essence).collect();
    // Places of notes are no part of it.
    kept.retain(|line| !line.contains("note:"));
    kept
}

/// `x_plain.rs` is `x.rs` without the attribute, which leaves an empty line in its place.
#[test]
fn errors_in_a_body_read_as_without_the_attribute() {
    let mut compared = 0;
    let mut equal = 0;
    for entry in fs::read_dir("tests/types").expect("the folder of cases") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix("_plain.stderr") else { continue };
        let read =
            |file: String| fs::read_to_string(format!("tests/types/{file}")).expect("a file");
        let plain = read(format!("{name}_plain.stderr")).replace("_plain.rs", ".rs");
        let observed = read(format!("{name}.stderr"));
        let begins = observed.split("\nnote: return type inferred").next().expect("a start");
        assert!(
            essence(&observed) == essence(&plain) || essence(begins) == essence(&plain),
            "{name}:\n{observed}\nwithout the attribute:\n{plain}"
        );
        let source = read(format!("{name}.rs"));
        assert_eq!(source.replace("#[observe]", ""), read(format!("{name}_plain.rs")), "{name}");
        compared += 1;
        equal += usize::from(observed == plain);
    }
    println!("{equal} of {compared} to the letter");
    assert!(compared >= 7, "only {compared} cases");
}
