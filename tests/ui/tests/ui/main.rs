//! What the compiler says: one mistake a file.

use std::collections::BTreeMap;
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

/// Where the compiler's words are not the same to the letter, and what differs: lines that are there
/// only without the attribute (`-`) or only with it (`+`).
///
/// A body whose result is looked at runs in a closure, or in an `async` block: nothing else sees what
/// `return` and `?` give. The compiler (1.95) knows some hints for the bodies of functions only: for
/// the lost clone, `self` and the label of the return type, closures and blocks written by hand don't
/// get them either. The error's code and its place are always the same.
const DIFFERENCES: &[(&str, &[&str])] = &[
    // Closures and `async` blocks get no "consider cloning".
    (
        "borrow",
        &[
            "-|",
            "-|",
            "-help: consider cloning the value if the performance cost is acceptable",
            "-6 |     drop(text.clone());",
            "-|              ++++++++",
        ],
    ),
    // An empty body is a function's only.
    (
        "empty",
        &[
            "-|    -      ^^^^^^^^^^ expected `Option<u8>`, found `()`",
            "-|    |",
            "-|    implicitly returns `()` as its body has no tail or `return` expression",
            "+|           ^^^^^^^^^^ expected `Option<u8>`, found `()`",
        ],
    ),
    (
        "semicolon",
        &[
            "-|    -           ^^^^^^^^^^ expected `Option<u8>`, found `()`",
            "-|    |",
            "-|    implicitly returns `()` as its body has no tail or `return` expression",
            "+|                ^^^^^^^^^^ expected `Option<u8>`, found `()`",
        ],
    ),
    // Arguments are bound again, so that they are dropped in their order and inside of the span.
    (
        "immutable",
        &[
            "-error[E0384]: cannot assign to immutable argument `n`",
            "-|     ^^^^^^ cannot assign to immutable argument",
            "+error[E0384]: cannot assign twice to immutable variable `n`",
            "+5 | fn f(n: u8) -> Option<u8> {",
            "+|      - first assignment to `n`",
            "+|     ^^^^^^ cannot assign twice to immutable variable",
        ],
    ),
    (
        "immutable_guarded",
        &[
            "-error[E0384]: cannot assign to immutable argument `n`",
            "-|     ^^^^^^ cannot assign to immutable argument",
            "+5 | fn f(n: u8) {",
            "+error[E0384]: cannot assign twice to immutable variable `n`",
            "+|      - first assignment to `n`",
            "+|     ^^^^^^ cannot assign twice to immutable variable",
        ],
    ),
    (
        "moved_self",
        &[
            "-|",
            "-|",
            "-|              ^^^^^^ move occurs because `self.0` has type `String`, which does not implement the `Copy` trait",
            "-help: consider cloning the value if the performance cost is acceptable",
            "-8 |         Some(self.0.clone())",
            "-|                    ++++++++",
            "+7 |     fn f(&self) -> Option<String> {",
            "+|          ----- move occurs because `self.0` has type `String`, which does not implement the `Copy` trait",
            "+|              ^^^^^^ `self.0` is moved here",
        ],
    ),
    (
        "shared_self",
        &[
            "-|",
            "-|",
            "-|         ^^^^^^^^^^ `self` is a `&` reference, so it cannot be written to",
            "-help: consider changing this to be a mutable reference",
            "-7 |     fn f(&mut self) -> Option<()> {",
            "-|           +++",
            "+|         ^^^^^^^^^^ cannot assign",
        ],
    ),
    // A closure has no written return type to point at, as far as `?` goes.
    (
        "question",
        &[
            "-5 | fn f(text: &str) -> Result<u8, String> {",
            "-|                     ------------------ expected `String` because of this",
        ],
    ),
    (
        "question_on_option",
        &[
            "-error[E0277]: the `?` operator can only be used on `Result`s, not `Option`s, in a function that returns `Result`",
            "+error[E0277]: the `?` operator can only be used on `Result`s, not `Option`s, in a closure that returns `Result`",
        ],
    ),
    // The same place, told by a note instead of a label.
    (
        "tail_in_async",
        &[
            "+|",
            "-|                      ------ expected `String` because of return type",
            "+note: return type inferred to be `String` here",
            "+--> tests/types/tail_in_async.rs:5:22",
            "+|                      ^^^^^^",
        ],
    ),
    // The place is the same, with a note on the attribute.
    (
        "lifetime_in_async",
        &[
            "+...",
            "+4 | #[observe]",
            "+= note: this error originates in the attribute macro `observe` (in Nightly builds, run with -Z macro-backtrace for more info)",
            "+| ---------- in this attribute macro expansion",
        ],
    ),
    (
        "trait_returns",
        &[
            "+11 |     #[observe]",
            "+= note: this error originates in the attribute macro `observe` (in Nightly builds, run with -Z macro-backtrace for more info)",
            "+|     ---------- in this attribute macro expansion",
        ],
    ),
    // One label more or less at the same place.
    (
        "type_of_argument",
        &[
            "+5 | fn g(list: &[u8]) -> Result<Vec<u8>, String> {",
            "+|          ------ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `Iterator::Item` changed to `Result<&u8, &str>` here",
            "+|          `Iterator::Item` is `&u8` here",
            "+|          |",
            "+|      ---- this expression has type `&[u8]`",
            "-|     ---- ------ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `Iterator::Item` changed to `Result<&u8, &str>` here",
            "-|     this expression has type `&[u8]`",
            "-|     |    `Iterator::Item` is `&u8` here",
            "-|     |    |",
        ],
    ),
    (
        "question_in_unit_async",
        &[
            "+5 | async fn h(t: &str) {",
            "+6 |     let n: u8 = t.parse()?;",
            "+error[E0277]: the `?` operator can only be used in an async block that returns `Result` or `Option` (or another type that implements `FromResidual`)",
            "+|                          ^ cannot use the `?` operator in an async block that returns `()`",
            "+|                     - this function should return `Result` or `Option` to accept `?`",
            "-5 |   async fn h(t: &str) {",
            "-6 | |     let n: u8 = t.parse()?;",
            "-7 | |     drop(n);",
            "-8 | | }",
            "-error[E0277]: the `?` operator can only be used in an async function that returns `Result` or `Option` (or another type that implements `FromResidual`)",
            "-|  _____________________-",
            "-| |                          ^ cannot use the `?` operator in an async function that returns `()`",
            "-| |_- this function should return `Result` or `Option` to accept `?`",
        ],
    ),
];

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
        let expected = DIFFERENCES.iter().find(|(case, _)| *case == name);
        let expected = expected.map_or_else(Vec::new, |(_, lines)| {
            sorted(lines.iter().map(ToString::to_string).collect())
        });
        assert_eq!(differences(&plain, &observed), expected, "{name}");
        let source = read(format!("{name}.rs"));
        assert_eq!(source.replace("#[observe]", ""), read(format!("{name}_plain.rs")), "{name}");
        compared += 1;
        equal += usize::from(observed == plain);
    }
    println!("{equal} of {compared} to the letter");
    assert!(compared >= 33, "only {compared} cases");
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
