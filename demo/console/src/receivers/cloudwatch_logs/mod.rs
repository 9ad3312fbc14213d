//! A stand-in for CloudWatch Logs: AWS JSON 1.1 with every limit that the service enforces.
//!
//! `limits` says what is refused, `write` and `read` are the operations; `crate::filter_pattern` is
//! the language of `FilterLogEvents`. Requests must be signed for `logs` (the form is checked, not
//! the signature).
//! Each event also becomes a line of the Logs tab (`store::logs`).

mod error;
mod limits;
mod read;
mod write;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Shared;
use crate::store::lock;
use crate::store::log_groups::LogGroups;
use crate::store::log_line::LogLine;
use error::Failure;

/// What stands before the point in the `X-Amz-Target` of every call.
pub(crate) const SERVICE: &str = "Logs_20140328";

/// Largest request: a full batch whose every byte is escaped, and room for the rest.
pub(crate) const MAX_REQUEST_BYTES: usize = 8 << 20;

/// The region and account of every ARN here.
const ARN_PREFIX: &str = "arn:aws:logs:us-east-1:000000000000:log-group:";

/// Answers a call of AWS JSON 1.1 whose target is `Logs_20140328.<operation>`.
pub(crate) fn answer(app: &Shared, operation: &str, headers: &HeaderMap, body: &Bytes) -> Response {
    let now_millis = i64::try_from(crate::time::now() / 1_000_000).unwrap_or(i64::MAX);
    let called = signed(headers).and_then(|()| {
        let mut groups = lock(&app.store.log_groups);
        let mut call = Call { groups: &mut groups, now_millis, lines: Vec::new() };
        let answer = call.run(operation, body)?;
        Ok((answer, call.lines))
    });
    match called {
        Ok((answer, lines)) => {
            if !lines.is_empty() {
                app.store.logs.add_lines(lines);
                app.live.changed("logs");
            }
            let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
            (content_type, answer.map_or_else(String::new, |it| it.to_string())).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// Whether the request is signed for this service.
fn signed(headers: &HeaderMap) -> Result<(), Failure> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let message = match authorization {
        None => ("MissingAuthenticationTokenException", "Missing Authentication Token"),
        Some(text) if !text.starts_with("AWS4-HMAC-SHA256 Credential=") => (
            "IncompleteSignatureException",
            "the Authorization header is not of Signature Version 4",
        ),
        Some(text) if !text.contains("/logs/aws4_request") => {
            ("InvalidSignatureException", "Credential should be scoped to correct service: 'logs'")
        }
        Some(_) => return Ok(()),
    };
    Err(Failure { code: message.0, message: message.1.to_owned() })
}

/// One call: what it works on.
struct Call<'a> {
    groups: &'a mut LogGroups,
    now_millis: i64,
    /// What was put, for the Logs tab.
    lines: Vec<LogLine>,
}

/// What an operation answers; `None` is an empty body.
type Answer = Result<Option<Value>, Failure>;

impl Call<'_> {
    fn run(&mut self, operation: &str, body: &[u8]) -> Answer {
        match operation {
            "CreateLogGroup" => self.create_log_group(&parsed(body)?),
            "CreateLogStream" => self.create_log_stream(&parsed(body)?),
            "DeleteLogGroup" => self.delete_log_group(&parsed(body)?),
            "DeleteLogStream" => self.delete_log_stream(&parsed(body)?),
            "PutLogEvents" => self.put_log_events(parsed(body)?),
            "PutRetentionPolicy" => self.put_retention_policy(&parsed(body)?),
            "DeleteRetentionPolicy" => self.delete_retention_policy(&parsed(body)?),
            "TagResource" => self.tag_resource(parsed(body)?),
            "UntagResource" => self.untag_resource(&parsed(body)?),
            "ListTagsForResource" => self.list_tags_for_resource(&parsed(body)?),
            "DescribeLogGroups" => self.describe_log_groups(&parsed(body)?),
            "DescribeLogStreams" => self.describe_log_streams(&parsed(body)?),
            "GetLogEvents" => self.get_log_events(&parsed(body)?),
            "FilterLogEvents" => self.filter_log_events(&parsed(body)?),
            _ => Err(Failure {
                code: "UnknownOperationException",
                message: format!("the stand-in does not know {operation}"),
            }),
        }
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        // A member of a wrong type can't be read at all; one that is not there is validated.
        if message.starts_with("missing field") {
            return Failure::invalid(format!("1 validation error detected: {message}"));
        }
        Failure { code: "SerializationException", message }
    })
}

fn group_arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}")
}

#[cfg(test)]
mod tests;
