//! What the compiler says: one mistake a file.

mod differences;

use std::collections::BTreeMap;
use std::fs;

use differences::DIFFERENCES;

/// The compiler's words are compared with those on file; `TRYBUILD=overwrite` renews them.
#[test]
fn mistakes_are_told_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
    cases.compile_fail("tests/lints/*.rs");
    cases.compile_fail("tests/types/*.rs");
    cases.pass("tests/pass/*.rs");
}

/// Lines of which there are more in one text than in the other, sorted.
fn differences(plain: &str, observed: &str) -> Vec<String> {
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for line in plain.lines() {
        *counts.entry(line.trim()).or_default() -= 1;
    }
    for line in observed.lines() {
        *counts.entry(line.trim()).or_default() += 1;
    }
    let lines = counts.iter().flat_map(|(line, count)| {
        let sign = if *count < 0 { '-' } else { '+' };
        (0..count.unsigned_abs()).map(move |_| format!("{sign}{line}"))
    });
    sorted(lines.collect())
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}

/// What is told one by one.
fn mistakes(told: &str) -> Vec<&str> {
    told.split("\n\n").filter(|mistake| mistake.starts_with("error")).collect()
}

/// `x_plain.rs` is `x.rs` without the attribute, which leaves an empty line in its place.
#[test]
fn errors_in_a_body_read_as_without_the_attribute() {
    let (mut told, mut equal) = (0, 0);
    for entry in fs::read_dir("tests/types").expect("the folder of cases") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix("_plain.stderr") else { continue };
        let read =
            |file: String| fs::read_to_string(format!("tests/types/{file}")).expect("a file");
        let plain = read(format!("{name}_plain.stderr")).replace("_plain.rs", ".rs");
        let observed = read(format!("{name}.stderr"));
        let expected = DIFFERENCES.iter().find(|(case, _)| *case == name);
        let expected = expected.map_or_else(Vec::new, |(_, lines)| {
            sorted(lines.iter().map(ToString::to_string).collect())
        });
        assert_eq!(differences(&plain, &observed), expected, "{name}");
        let source = read(format!("{name}.rs"));
        assert_eq!(source.replace("#[observe]", ""), read(format!("{name}_plain.rs")), "{name}");
        let observed = mistakes(&observed);
        told += observed.len();
        equal += mistakes(&plain).iter().filter(|mistake| observed.contains(mistake)).count();
    }
    println!("{equal} of {told} mistakes to the letter");
    assert!(told >= 170, "only {told} mistakes");
}

/// The options as the compiler tells them, each in an example of the guide that runs.
#[test]
fn the_guide_shows_every_option() {
    let told = fs::read_to_string("tests/fail/unknown_option_far.stderr").expect("a file");
    let (_, options) = told.split_once("The options are: ").expect("the list");
    let options = options.lines().next().expect("one line").split(", ");
    let options: Vec<&str> = options.map(|option| option.trim_matches('`')).collect();
    assert!(options.len() >= 21, "{options:?}");

    let guide =
        fs::read_to_string("../../cruddur-trace/src/guide/observe.md").expect("the guide's text");
    // Every second part is a block of code; one that is not run says so after its backticks.
    let blocks = guide.split("```").skip(1).step_by(2).filter(|block| block.starts_with('\n'));
    let attributes: Vec<&str> = blocks
        .flat_map(|block| block.split("#[observe(").skip(1))
        .map(|attribute| attribute.split(")]\n").next().unwrap_or_default())
        .collect();
    for option in options {
        let is_shown = attributes.iter().any(|attribute| {
            attribute
                .split(|it: char| !it.is_alphanumeric() && it != '_')
                .any(|word| word == option)
        });
        assert!(is_shown, "no example of `{option}`");
    }
}
