//! Whether a segment document is one that X-Ray documents: every field, its type and its limits.
//!
//! Written from the developer guide alone and sharing nothing with any encoder, so that it can
//! also judge them: the tests of `cruddur-trace` compile this very file.
//! Source: "AWS X-Ray segment documents", AWS X-Ray developer guide, read 2026-11.

use serde_json::{Map, Value};

/// Largest document, in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 65_536;

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The service's word for it.
    pub(crate) code: &'static str,
    /// What is wrong, and where.
    pub(crate) message: String,
}

/// The document, and the fields in it that are not documented (the service ignores them).
#[derive(Debug)]
pub(crate) struct Valid {
    /// The whole document.
    pub(crate) document: Map<String, Value>,
    /// Paths of unknown fields.
    pub(crate) unknown: Vec<String>,
}

type Checked = Result<(), Invalid>;

/// Reads and checks one document.
///
/// # Errors
///
/// The first rule that it breaks.
pub(crate) fn validate(bytes: &[u8]) -> Result<Valid, Invalid> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        let message = format!("document of {} bytes; at most {MAX_DOCUMENT_BYTES}", bytes.len());
        return Err(Invalid { code: "SegmentTooLarge", message });
    }
    let parsed = serde_json::from_slice(bytes);
    let Ok(Value::Object(document)) = parsed else {
        let message = "the document is no JSON object".to_owned();
        return Err(Invalid { code: "ParseError", message });
    };
    let mut check = Check { unknown: Vec::new() };
    let kind = if document.contains_key("type") { Kind::Independent } else { Kind::Segment };
    check.part(&document, kind, "")?;
    Ok(Valid { document, unknown: check.unknown })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Segment,
    Independent,
    Nested,
}

struct Check {
    unknown: Vec<String>,
}

fn fail<T>(code: &'static str, path: &str, what: &str) -> Result<T, Invalid> {
    Err(Invalid { code, message: format!("{path}: {what}") })
}

fn hex(value: &Value, digits: usize) -> bool {
    value.as_str().is_some_and(|text| {
        text.len() == digits
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// `1-{8 hex}-{24 hex}`.
pub(crate) fn is_trace_id(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), ["1", epoch, unique]
        if hex(&Value::from(*epoch), 8) && hex(&Value::from(*unique), 24))
}

fn is_name(text: &str) -> bool {
    let allowed = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || "_.:/%&#=+-@".contains(letter)
    };
    (1..=200).contains(&text.chars().count()) && text.chars().all(allowed)
}

impl Check {
    fn part(&mut self, part: &Map<String, Value>, kind: Kind, path: &str) -> Checked {
        let at = |key: &str| format!("{path}/{key}");
        for required in ["name", "id", "start_time"] {
            if !part.contains_key(required) {
                return fail("MissingField", &at(required), "is required");
            }
        }
        let is_segment = kind == Kind::Segment;
        let mut needed: Vec<&str> = Vec::new();
        if kind != Kind::Nested {
            needed.push("trace_id");
        }
        if kind == Kind::Independent {
            needed.push("parent_id");
        }
        if let Some(missing) = needed.iter().find(|key| !part.contains_key(**key)) {
            return fail("MissingField", &at(missing), "is required");
        }
        let ends = part.contains_key("end_time");
        let runs = part.get("in_progress") == Some(&Value::Bool(true));
        if ends == runs {
            return fail("InvalidTime", path, "either `end_time` or `in_progress: true`");
        }
        for (key, value) in part {
            let at = at(key);
            match key.as_str() {
                // A field without a value is no field: AWS's SDK for Node.js sends some.
                _ if value.is_null() => self.unknown.push(at),
                "name" => self.name(value, &at)?,
                "id" | "parent_id" if hex(value, 16) => {}
                "id" | "parent_id" => return fail("InvalidId", &at, "not 16 hexadecimal digits"),
                "trace_id" if is_trace_id(value) => {}
                "trace_id" => return fail("InvalidTraceId", &at, "not `1-8 hex-24 hex`"),
                "start_time" | "end_time" => time(value, &at)?,
                "in_progress" | "error" | "throttle" | "fault" => boolean(value, &at)?,
                "type" if value == "subsegment" && kind != Kind::Segment => {}
                // `local` is not documented, but AWS's own SDKs send it.
                "namespace"
                    if !is_segment && (value == "aws" || value == "remote" || value == "local") => {
                }
                "type" | "namespace" => return fail("InvalidField", &at, "has no such value here"),
                "http" => self.http(value, is_segment, &at)?,
                "cause" => self.cause(value, &at)?,
                "annotations" => annotations(value, &at)?,
                "metadata" => metadata(value, &at)?,
                "user" | "origin" | "resource_arn" if is_segment => text(value, 250, &at)?,
                "service" if is_segment => {
                    for (key, value) in object(value, &at)? {
                        text(value, 1_024, &format!("{at}/{key}"))?;
                    }
                }
                "aws" => self.aws(value, is_segment, &at)?,
                "sql" if !is_segment => self.sql(value, &at)?,
                "precursor_ids" => {
                    if !list(value, &at)?.iter().all(|id| hex(id, 16)) {
                        return fail("InvalidId", &at, "not all 16 hexadecimal digits");
                    }
                }
                "links" => self.links(value, &at)?,
                "subsegments" => {
                    for (index, nested) in list(value, &at)?.iter().enumerate() {
                        let at = format!("{at}/{index}");
                        self.part(object(nested, &at)?, Kind::Nested, &at)?;
                    }
                }
                _ => self.unknown.push(at),
            }
        }
        let number = |key: &str| part.get(key).and_then(Value::as_f64);
        if let (Some(start), Some(end)) = (number("start_time"), number("end_time"))
            && end < start
        {
            return fail("InvalidTime", path, "it ends before it starts");
        }
        if part.get("throttle") == Some(&Value::Bool(true))
            && part.get("error") != Some(&Value::Bool(true))
        {
            return fail("InvalidField", path, "`throttle` without `error`");
        }
        Ok(())
    }

    fn name(&self, value: &Value, at: &str) -> Checked {
        match value.as_str() {
            Some(name) if is_name(name) => Ok(()),
            _ => fail("InvalidName", at, "1 to 200 letters, digits, blanks and _.:/%&#=+-@"),
        }
    }

    fn http(&mut self, value: &Value, is_segment: bool, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "request" => {
                    for (key, value) in object(value, &at)? {
                        let at = format!("{at}/{key}");
                        match key.as_str() {
                            "method" | "url" | "user_agent" | "client_ip" => text(value, 250, &at)?,
                            "x_forwarded_for" if is_segment => boolean(value, &at)?,
                            "traced" if !is_segment => boolean(value, &at)?,
                            _ => self.unknown.push(at),
                        }
                    }
                }
                "response" => {
                    for (key, value) in object(value, &at)? {
                        let at = format!("{at}/{key}");
                        match key.as_str() {
                            "status" | "content_length" if value.is_u64() => {}
                            "status" | "content_length" => {
                                return fail("InvalidField", &at, "not a whole number");
                            }
                            _ => self.unknown.push(at),
                        }
                    }
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn cause(&mut self, value: &Value, at: &str) -> Checked {
        if value.is_string() {
            return if hex(value, 16) { Ok(()) } else { fail("InvalidId", at, "no exception id") };
        }
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "working_directory" => text(value, 4_096, &at)?,
                "paths" => {
                    for path in list(value, &at)? {
                        text(path, 4_096, &at)?;
                    }
                }
                "exceptions" => {
                    for (index, exception) in list(value, &at)?.iter().enumerate() {
                        let at = format!("{at}/{index}");
                        self.exception(object(exception, &at)?, &at)?;
                    }
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn exception(&mut self, exception: &Map<String, Value>, at: &str) -> Checked {
        if !exception.get("id").is_some_and(|id| hex(id, 16)) {
            return fail("InvalidId", at, "an exception needs an id of 16 hexadecimal digits");
        }
        for (key, value) in exception {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "id" => {}
                _ if value.is_null() => self.unknown.push(at),
                "cause" if hex(value, 16) => {}
                "message" | "type" => text(value, usize::MAX, &at)?,
                "remote" => boolean(value, &at)?,
                "truncated" | "skipped" if value.is_u64() => {}
                "stack" => {
                    for (index, frame) in list(value, &at)?.iter().enumerate() {
                        for (key, value) in object(frame, &at)? {
                            let at = format!("{at}/{index}/{key}");
                            match key.as_str() {
                                _ if value.is_null() => self.unknown.push(at),
                                "path" | "label" => text(value, usize::MAX, &at)?,
                                "line" if value.is_u64() => {}
                                "line" => return fail("InvalidField", &at, "not a whole number"),
                                _ => self.unknown.push(at),
                            }
                        }
                    }
                }
                "cause" | "truncated" | "skipped" => {
                    return fail("InvalidField", &at, "of the wrong type");
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn aws(&mut self, value: &Value, is_segment: bool, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "account_id" | "operation" | "region" | "request_id" | "table_name"
                | "queue_url" | "resource_names" => text(value, 1_024, &at)?,
                "retries" if value.is_u64() => {}
                "table_names" => {
                    for name in list(value, &at)? {
                        text(name, 1_024, &at)?;
                    }
                }
                "ecs" | "ec2" | "eks" | "elastic_beanstalk" | "xray" if is_segment => {
                    object(value, &at)?;
                }
                "cloudwatch_logs" if is_segment => {
                    for entry in list(value, &at)? {
                        for (key, value) in object(entry, &at)? {
                            let at = format!("{at}/{key}");
                            match key.as_str() {
                                "log_group" | "arn" => text(value, 2_048, &at)?,
                                _ => self.unknown.push(at),
                            }
                        }
                    }
                }
                "retries" => return fail("InvalidField", &at, "not a whole number"),
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn sql(&mut self, value: &Value, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "sanitized_query" => text(value, usize::MAX, &at)?,
                "connection_string" | "url" | "database_type" | "database_version"
                | "driver_version" | "user" | "preparation" => text(value, 250, &at)?,
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn links(&mut self, value: &Value, at: &str) -> Checked {
        for (index, link) in list(value, at)?.iter().enumerate() {
            let at = format!("{at}/{index}");
            let link = object(link, &at)?;
            if !link.get("trace_id").is_some_and(is_trace_id)
                || !link.get("id").is_some_and(|id| hex(id, 16))
            {
                return fail("InvalidId", &at, "a link needs a trace id and an id");
            }
            for (key, value) in link {
                match key.as_str() {
                    "trace_id" | "id" => {}
                    "attributes" => drop(object(value, &at)?),
                    _ => self.unknown.push(format!("{at}/{key}")),
                }
            }
        }
        Ok(())
    }
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, Invalid> {
    value.as_object().map_or_else(|| fail("InvalidField", at, "not an object"), Ok)
}

fn list<'a>(value: &'a Value, at: &str) -> Result<&'a Vec<Value>, Invalid> {
    value.as_array().map_or_else(|| fail("InvalidField", at, "not a list"), Ok)
}

fn boolean(value: &Value, at: &str) -> Checked {
    if value.is_boolean() { Ok(()) } else { fail("InvalidField", at, "not a boolean") }
}

fn text(value: &Value, max_chars: usize, at: &str) -> Checked {
    match value.as_str() {
        Some(text) if text.chars().count() <= max_chars => Ok(()),
        Some(_) => fail("InvalidField", at, "too long"),
        None => fail("InvalidField", at, "not text"),
    }
}

fn time(value: &Value, at: &str) -> Checked {
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 && seconds.is_finite() => Ok(()),
        _ => fail("InvalidTime", at, "not seconds since the epoch"),
    }
}

fn annotations(value: &Value, at: &str) -> Checked {
    let annotations = object(value, at)?;
    if annotations.len() > 50 {
        return fail("InvalidAnnotation", at, "more than 50");
    }
    for (key, value) in annotations {
        let at = format!("{at}/{key}");
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !(1..=500).contains(&key.len()) || !key.bytes().all(is_word) {
            return fail("InvalidAnnotation", &at, "the key is not [A-Za-z0-9_]{1,500}");
        }
        match value {
            Value::String(_) => text(value, 1_000, &at)?,
            Value::Number(_) | Value::Bool(_) => {}
            _ => return fail("InvalidAnnotation", &at, "neither text, number nor boolean"),
        }
    }
    Ok(())
}

fn metadata(value: &Value, at: &str) -> Checked {
    for (namespace, entries) in object(value, at)? {
        let at = format!("{at}/{namespace}");
        if namespace.starts_with("AWS.") {
            return fail("InvalidMetadata", &at, "`AWS.` is reserved");
        }
        let reserved = object(entries, &at)?.keys().find(|key| key.starts_with("AWS."));
        if let Some(key) = reserved {
            return fail("InvalidMetadata", &format!("{at}/{key}"), "`AWS.` is reserved");
        }
    }
    Ok(())
}
