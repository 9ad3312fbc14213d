//! What is recorded with each switch: `cargo test -p switches --features off` and so on; all of them
//! in `cargo xtask test`.

use cruddur_trace::testing;

/// With several of them the least detail wins, as the documentation says.
fn expected() -> &'static [&'static str] {
    if cfg!(feature = "off") {
        &[]
    } else if cfg!(feature = "error") {
        &["at_error"]
    } else if cfg!(feature = "warn") {
        &["at_error", "at_warn"]
    } else if cfg!(feature = "info") {
        &["at_error", "at_warn", "Inside::at_info"]
    } else if cfg!(feature = "debug") {
        &["at_error", "at_warn", "Inside::at_info", "at_debug"]
    } else {
        &["at_error", "at_warn", "Inside::at_info", "at_debug", "at_trace"]
    }
}

#[test]
fn spans_are_made_up_to_the_level_that_is_compiled_in() {
    let captured = testing::capture(|| assert_eq!(switches::at_error(), Some(1)));
    let names: Vec<_> = captured.spans().iter().map(|span| span.name.to_string()).collect();
    assert_eq!(names, expected());
    let computed = usize::try_from(switches::computed()).expect("a small number");
    assert_eq!(computed, expected().len(), "fields of other spans are not computed");
}

#[test]
fn switched_off_a_function_is_what_it_was() {
    let (observed, plain) = switches::future_bytes();
    assert_eq!(observed == plain, cfg!(feature = "off"), "{observed} bytes, plain {plain}");
}
