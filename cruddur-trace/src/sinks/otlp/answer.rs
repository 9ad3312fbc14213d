//! What a backend's answer means: pure. HTTP status and body, gRPC status and details.
//!
//! Follows "OTLP Specification 1.9", sections "OTLP/HTTP Response" and "OTLP/gRPC Response", and
//! google/rpc/{status,error_details}.proto; read 2026-11.

use std::time::Duration;

use crate::pipeline::{Delivered, SendError};
use crate::record::UnixNanos;

/// How much of a backend's message is repeated.
const MAX_MESSAGE: usize = 300;

/// A `200`, or gRPC's `OK`: an `Export…ServiceResponse`, perhaps with a partial success.
pub(super) fn delivered(body: &[u8]) -> Delivered {
    let Some(partial) = field(body, 1).and_then(Wire::bytes) else { return Delivered::default() };
    let rejected = field(partial, 1).and_then(Wire::number).unwrap_or(0);
    let message = field(partial, 2).and_then(Wire::bytes).map(text).filter(|it| !it.is_empty());
    // A negative count (as two's complement) says nothing.
    let rejected = if rejected > i64::MAX as u64 { 0 } else { rejected };
    let message = message.or((rejected > 0).then(|| format!("{rejected} records were rejected")));
    Delivered { rejected, message }
}

/// An HTTP answer other than success. `remedy` says what to look at when access is denied.
pub(super) fn http_error(
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
    now: UnixNanos,
    remedy: &str,
) -> SendError {
    let said = status_message(body).unwrap_or_else(|| text(body));
    let colon = if said.is_empty() { "" } else { ": " };
    let cause = format!("HTTP {status}{colon}{said}");
    match status {
        429 | 502 | 503 | 504 => {
            let after = retry_after.and_then(|value| parse_retry_after(value, now));
            SendError::Retry { after, cause }
        }
        408 => SendError::Retry { after: None, cause },
        413 => SendError::Split { cause },
        401 | 403 => SendError::Refused { cause: format!("{cause}; {remedy}") },
        300..=399 => SendError::Refused {
            cause: format!(
                "{cause}; redirects are not followed: set the endpoint to the new place"
            ),
        },
        404 => SendError::Refused { cause: format!("{cause}; check the endpoint's path") },
        _ => SendError::Refused { cause },
    }
}

/// A gRPC answer other than `OK`; `details` is `grpc-status-details-bin`, decoded.
pub(super) fn grpc_error(code: u32, message: &str, details: &[u8], remedy: &str) -> SendError {
    let (name, retryable) = match code {
        1 => ("CANCELLED", true),
        2 => ("UNKNOWN", false),
        3 => ("INVALID_ARGUMENT", false),
        4 => ("DEADLINE_EXCEEDED", true),
        5 => ("NOT_FOUND", false),
        7 => ("PERMISSION_DENIED", false),
        8 => ("RESOURCE_EXHAUSTED", false),
        10 => ("ABORTED", true),
        11 => ("OUT_OF_RANGE", true),
        12 => ("UNIMPLEMENTED", false),
        13 => ("INTERNAL", false),
        14 => ("UNAVAILABLE", true),
        15 => ("DATA_LOSS", true),
        16 => ("UNAUTHENTICATED", false),
        _ => ("an unknown status", false),
    };
    let cause = format!("gRPC {name} ({code}): {}", text(message.as_bytes()));
    let after = retry_delay(details);
    match code {
        // Only with a RetryInfo does the server say that it will recover.
        8 if after.is_some() => SendError::Retry { after, cause },
        8 | 11 if is_about_size(message) => SendError::Split { cause },
        7 | 16 => SendError::Refused { cause: format!("{cause}; {remedy}") },
        _ if retryable => SendError::Retry { after, cause },
        _ => SendError::Refused { cause },
    }
}

/// Whether a message is over the receiver's limit, which has no code of its own: in the words of
/// grpc-go and gRPC's C core, tonic (as `OUT_OF_RANGE`), grpc-java and grpc-dotnet.
fn is_about_size(message: &str) -> bool {
    let words = [
        "larger than max",
        "message length too large",
        "exceeds maximum size",
        "exceeds the maximum",
    ];
    words.iter().any(|it| message.contains(it))
}

/// Seconds, or an HTTP date.
fn parse_retry_after(value: &str, now: UnixNanos) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = http_date(value)?;
    Some(Duration::from_nanos(then.saturating_mul(1_000_000_000).saturating_sub(now.0)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970 (RFC 9110, the one form senders may use).
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day: u64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut time = parts.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let is_date = (1970..10_000).contains(&year) && (1..=31).contains(&day);
    // A leap second is a sixtieth one.
    let is_time = hour < 24 && minute < 60 && second <= 60;
    if parts.next() != Some("GMT") || !is_date || !is_time {
        return None;
    }
    // Days since 1970 in the proleptic Gregorian calendar; years begin in March.
    let (years, months) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = years / 4 - years / 100 + years / 400;
    let days = years * 365 + leap_days + (153 * months + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// `google.rpc.Status.message`.
fn status_message(body: &[u8]) -> Option<String> {
    let message = field(body, 2).and_then(Wire::bytes)?;
    std::str::from_utf8(message).ok().map(|it| text(it.as_bytes()))
}

/// `google.rpc.RetryInfo.retry_delay` among the details of a `google.rpc.Status`.
fn retry_delay(status: &[u8]) -> Option<Duration> {
    fields(status).filter(|(number, _)| *number == 3).find_map(|(_, any)| {
        let any = any.bytes()?;
        let url = field(any, 1).and_then(Wire::bytes)?;
        if !url.ends_with(b"google.rpc.RetryInfo") {
            return None;
        }
        let delay = field(field(any, 2)?.bytes()?, 1)?.bytes()?;
        let seconds = field(delay, 1).and_then(Wire::number).unwrap_or(0);
        let nanos = field(delay, 2).and_then(Wire::number).unwrap_or(0);
        Some(Duration::new(seconds.min(86_400), u32::try_from(nanos).ok()?))
    })
}

/// Text of a backend, shortened, in one line.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(MAX_MESSAGE).collect::<String>().trim().to_owned()
}

#[derive(Clone, Copy)]
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    const fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) => None,
        }
    }

    const fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Bytes(_) => None,
        }
    }
}

fn field(message: &[u8], number: u64) -> Option<Wire<'_>> {
    fields(message).find(|(found, _)| *found == number).map(|(_, wire)| wire)
}

/// The fields of a message; ends at the first byte that is none.
fn fields(message: &[u8]) -> impl Iterator<Item = (u64, Wire<'_>)> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let tag = take_varint(&mut rest)?;
        let wire = match tag & 7 {
            0 => Wire::Number(take_varint(&mut rest)?),
            1 => Wire::Bytes(take(&mut rest, 8)?),
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).ok()?;
                Wire::Bytes(take(&mut rest, length)?)
            }
            5 => Wire::Bytes(take(&mut rest, 4)?),
            _ => return None,
        };
        Some((tag >> 3, wire))
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
