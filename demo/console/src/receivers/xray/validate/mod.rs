//! Whether a segment document is one that X-Ray documents: every field, its type and its limits.
//!
//! Written from the developer guide alone and sharing nothing with any encoder, so that it can
//! also judge them: the tests of `cruddur-trace` compile these very files.
//! Source: "AWS X-Ray segment documents", AWS X-Ray developer guide, read 2026-11.

mod blocks;
mod values;

use serde_json::{Map, Value};

pub(crate) use values::is_trace_id;
use values::{annotations, boolean, hex, is_name, list, metadata, object, text, time};

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
}
