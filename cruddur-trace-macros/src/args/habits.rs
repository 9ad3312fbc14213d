//! What somebody types who knows another attribute of this kind, and what is written here instead.

use syn::LitStr;
use syn::parse::ParseStream;

/// Options of other crates' attributes.
const OTHERS: &[(&str, &str)] = &[
    ("ret", RESULTS),
    ("skip_all", ARGUMENTS),
    ("skip_self", ARGUMENTS),
    ("skip_args", ARGUMENTS),
    ("follows_from", "spans that this one follows from are `links = [..]`"),
    ("properties", ATTRIBUTES),
    ("attributes", ATTRIBUTES),
    ("tags", ATTRIBUTES),
    ("short_name", "a span has the function's name alone anyway: leave it out"),
    ("enter_on_poll", "one span covers all polls of a future: leave it out"),
    ("span_name", NAME),
    ("op", NAME),
];

const ARGUMENTS: &str = "arguments are recorded only where `fields(..)` names them: leave it out";
const ATTRIBUTES: &str = "attributes are `fields(key = value)`";
const NAME: &str = "the span's name is `name = \"..\"`";
const RESULTS: &str = "results are not recorded, but their length is: leave it out, and use \
                       `cruddur_trace::set_attribute` in the body for what should be seen";

/// What to write instead of an option that is another crate's.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    OTHERS.iter().find(|(other, _)| *other == name).map(|(_, advice)| *advice)
}

/// What to write instead of something that is no option at all.
pub(super) fn instead_of_value(input: ParseStream<'_>) -> Option<String> {
    if input.peek(LitStr) {
        let text = input.fork().parse::<LitStr>().map(|text| text.value()).unwrap_or_default();
        return Some(format!("the span's name is written `name = {text:?}`"));
    }
    if input.peek(syn::Token![%]) || input.peek(syn::Token![?]) {
        return Some("attributes of the span go into `fields(..)`".to_owned());
    }
    None
}

/// What is wrong with an option that has no `= value`.
pub(super) fn needs_value(name: &str) -> String {
    let example = match name {
        "name" => "\"get-user\"",
        "target" => "\"payments\"",
        "level" => "debug",
        "kind" => "client",
        "parent" => "context",
        "links" => "[context]",
        "ok_if" => "Result::is_ok",
        "error_if" => "|result| ..",
        "report_if" => "|error| ..",
        "capture" => "message",
        "crate" => "my::path",
        "err" => {
            return "an `Err` is recorded by itself: leave `err` out, or say how it is shown: \
                    `err = Debug`"
                .to_owned();
        }
        "result_length" => return LENGTH.to_owned(),
        _ => "off",
    };
    format!("this option needs a value: `{name} = {example}`")
}

/// What is wrong with a flag that has a value.
pub(super) fn needs_no_value(name: &str, is_list: bool) -> String {
    if name == "skip" && is_list {
        return "`skip` leaves a whole function alone; arguments are recorded only where `fields(..)` \
                names them: leave it out"
            .to_owned();
    }
    format!("this option takes no value: write `{name}` alone, or leave it out")
}

/// A length can only be switched off or computed.
pub(super) const LENGTH: &str = "a length is recorded by itself where the result has one: leave \
                                 `result_length` out, or give `off` or a function of the result";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::NAMES;

    #[test]
    fn no_option_of_ours_is_another_crates() {
        for (name, advice) in OTHERS {
            assert!(!NAMES.contains(name), "{name}");
            assert!(!advice.ends_with('.'), "{advice}");
        }
    }
}
