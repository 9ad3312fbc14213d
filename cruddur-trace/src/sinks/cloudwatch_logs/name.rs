//! Names of groups and streams, and tags: what the service allows, and templates. Pure.
//!
//! Source of the limits: AWS API reference, `CreateLogGroup`, `CreateLogStream`,
//! `PutRetentionPolicy` and `TagResource`, read 2026-11.

use std::fmt;

/// Days that a group may keep its events.
const RETENTION_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Most tags of a group.
const MAX_TAGS: usize = 50;

/// Longest name of a group or a stream, in characters.
const MAX_NAME: usize = 512;

/// What the placeholders of a stream's template stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    /// `{machine_name}`.
    pub(crate) machine_name: String,
    /// `{program_name}`.
    pub(crate) program_name: String,
    /// `{process_id}`.
    pub(crate) process_id: u32,
    /// `{service_name}`.
    pub(crate) service_name: String,
}

/// A setting that the service would refuse; the text says why, without the setting's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidName(String);

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidName {}

/// A group's name as it is, if the service allows it.
pub(crate) fn group_name(name: &str) -> Result<String, InvalidName> {
    let allowed = |it: char| it.is_ascii_alphanumeric() || "._-/#".contains(it);
    if let Some(bad) = name.chars().find(|it| !allowed(*it)) {
        return Err(InvalidName(format!(
            "a log group's name consists of letters, digits and `. _ - / #`; it has {bad:?}"
        )));
    }
    if name.starts_with("aws/") {
        return Err(InvalidName("a log group's name must not begin with `aws/`".to_owned()));
    }
    check_length(name, "group")
}

/// A stream's name from its template: `{machine_name}/{program_name}/{process_id}` and
/// `{service_name}` are filled in; what a value must not contain there becomes `-`.
pub(crate) fn stream_name(template: &str, process: &Process) -> Result<String, InvalidName> {
    let (mut name, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((placeholder, after)) = after.split_once('}') else {
            return Err(InvalidName("a `{` has no `}`".to_owned()));
        };
        let value = match placeholder {
            "machine_name" => process.machine_name.clone(),
            "program_name" => process.program_name.clone(),
            "process_id" => process.process_id.to_string(),
            "service_name" => process.service_name.clone(),
            _ => {
                return Err(InvalidName(format!(
                    "`{{{placeholder}}}` is none of `{{machine_name}}`, `{{program_name}}`, \
                     `{{process_id}}`, `{{service_name}}`"
                )));
            }
        };
        name.push_str(before);
        name.push_str(&value.replace([':', '*'], "-"));
        rest = after;
    }
    name.push_str(rest);
    if name.contains([':', '*']) {
        return Err(InvalidName("a log stream's name must not contain `:` or `*`".to_owned()));
    }
    check_length(&name, "stream")
}

/// Days of retention, if the service allows that number.
pub(crate) fn retention_days(text: &str) -> Result<i32, InvalidName> {
    let days = text.parse().ok().filter(|days| RETENTION_DAYS.contains(days));
    days.ok_or_else(|| {
        let allowed = RETENTION_DAYS.map(|it| it.to_string()).join(", ");
        InvalidName(format!("CloudWatch Logs keeps events for one of {allowed} days"))
    })
}

/// Tags, if the service allows them: at most 50, keys of 1 to 128 characters that don't begin with
/// `aws:`, values of at most 256.
pub(crate) fn tags(tags: &[(String, String)]) -> Result<Vec<(String, String)>, InvalidName> {
    if tags.len() > MAX_TAGS {
        return Err(InvalidName(format!("a log group has at most {MAX_TAGS} tags")));
    }
    let allowed = |it: char| it.is_alphanumeric() || it.is_whitespace() || "_.:/=+-@".contains(it);
    for (key, value) in tags {
        let long = |text: &str, max: usize| text.chars().count() > max;
        if key.is_empty() || long(key, 128) || long(value, 256) {
            return Err(InvalidName(format!(
                "a tag's key has 1 to 128 characters and its value at most 256; not so {key:?}"
            )));
        }
        if key.starts_with("aws:") {
            return Err(InvalidName("tags that begin with `aws:` belong to AWS".to_owned()));
        }
        if let Some(bad) = key.chars().chain(value.chars()).find(|it| !allowed(*it)) {
            return Err(InvalidName(format!(
                "a tag consists of letters, digits, blanks and `_ . : / = + - @`; {key:?} has \
                 {bad:?}"
            )));
        }
    }
    Ok(tags.to_vec())
}

fn check_length(name: &str, what: &str) -> Result<String, InvalidName> {
    match name.chars().count() {
        1..=MAX_NAME => Ok(name.to_owned()),
        length => Err(InvalidName(format!(
            "a log {what}'s name has 1 to {MAX_NAME} characters; it has {length}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_as_the_service_allows() {
        let check = |name: &str, ok: bool| assert_eq!(group_name(name).is_ok(), ok, "{name:.20}");
        check("cruddur", true);
        check("/aws/ecs/cruddur-backend_1.2#x", true);
        check("aws/x", false);
        check("", false);
        check("a b", false);
        check("grüße", false);
        check(&"x".repeat(512), true);
        check(&"x".repeat(513), false);
    }

    #[test]
    fn templates_of_streams_are_filled_in() {
        let process = Process {
            machine_name: "host:1".to_owned(),
            program_name: "demo".to_owned(),
            process_id: 42,
            service_name: "cruddur*backend".to_owned(),
        };
        let check = |template: &str, expected: Option<&str>| {
            assert_eq!(stream_name(template, &process).ok().as_deref(), expected, "{template}");
        };
        check("{machine_name}/{program_name}/{process_id}", Some("host-1/demo/42"));
        check("{service_name}", Some("cruddur-backend"));
        check("plain", Some("plain"));
        check("a:b", None);
        check("{logger_name}", None);
        check("{machine_name", None);
        check("", None);
    }

    #[test]
    fn tags_are_as_the_service_allows() {
        let check = |key: &str, value: &str, ok: bool| {
            let pair = (key.to_owned(), value.to_owned());
            assert_eq!(tags(&[pair]).is_ok(), ok, "{key:.20}={value:.20}");
        };
        check("team", "cruddur", true);
        check("Kosten stelle", "ä/7:+=@._-", true);
        check("team", "", true);
        check("", "x", false);
        check("aws:x", "y", false);
        check("a*b", "y", false);
        check("a", "b\"", false);
        check(&"x".repeat(128), &"y".repeat(256), true);
        check(&"x".repeat(129), "", false);
        check("x", &"y".repeat(257), false);
        let many = |count: usize| -> Vec<_> {
            (0..count).map(|n| (n.to_string(), String::new())).collect()
        };
        assert!(tags(&many(50)).is_ok() && tags(&many(51)).is_err());
    }

    #[test]
    fn retention_is_one_of_the_allowed_numbers() {
        let check = |text: &str, ok: bool| assert_eq!(retention_days(text).is_ok(), ok, "{text}");
        check("1", true);
        check("3653", true);
        check("2", false);
        check("0", false);
        check("forever", false);
    }
}
