use super::*;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use proptest::prelude::*;
use prost::Message as _;

const NOW: UnixNanos = UnixNanos(784_111_777_000_000_000);

fn retry_after(status: u16, value: &str) -> Option<Option<u64>> {
    match http_error(status, Some(value), b"", NOW, "") {
        SendError::Retry { after, .. } => Some(after.map(|it| it.as_secs())),
        _ => None,
    }
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    assert_eq!(retry_after(429, "7"), Some(Some(7)));
    assert_eq!(retry_after(503, "Sun, 06 Nov 1994 08:49:47 GMT"), Some(Some(10)));
    assert_eq!(retry_after(503, "Sun, 06 Nov 1994 08:49:00 GMT"), Some(Some(0)));
    assert_eq!(retry_after(503, "soon"), Some(None));
    assert_eq!(retry_after(400, "7"), None);
}

#[test]
fn dates_are_those_of_the_calendar() {
    let check = |text: &str, expected: Option<u64>| assert_eq!(http_date(text), expected, "{text}");
    check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
    check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
    check("Tue, 29 Feb 2000 12:00:00 GMT", Some(951_825_600));
    check("Sun, 22 Nov 2026 16:00:00 GMT", Some(1_795_363_200));
    check("Sunday, 06-Nov-94 08:49:37 GMT", None);
    check("Sun, 06 Nov 1994 08:49:37 CET", None);
    check("Sun, 06 Nov 1994 18446744073709551615:00:00 GMT", None);
    check("Sun, 06 Nov 1994 00:18446744073709551615:00 GMT", None);
    check("Sun, 06 Nov 1994 23:59:18446744073709551615 GMT", None);
}

#[test]
fn a_partial_success_is_read() {
    let partial = |rejected_spans, error_message: &str| {
        let error_message = error_message.to_owned();
        let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
        let delivered = delivered(&ExportTraceServiceResponse { partial_success }.encode_to_vec());
        (delivered.rejected, delivered.message)
    };
    assert_eq!(partial(0, ""), (0, None));
    assert_eq!(partial(3, "too old"), (3, Some("too old".to_owned())));
    assert_eq!(partial(0, "a warning"), (0, Some("a warning".to_owned())));
    assert_eq!(partial(2, ""), (2, Some("2 records were rejected".to_owned())));
    assert_eq!(partial(-1, "").0, 0);
    assert_eq!(delivered(b"").rejected, 0);
}

#[test]
fn each_status_has_one_meaning() {
    let kind = |status| match http_error(status, None, b"", NOW, "") {
        SendError::Retry { .. } => "retry",
        SendError::Split { .. } => "split",
        SendError::Refused { .. } => "refused",
    };
    for (status, expected) in [
        (307, "refused"),
        (400, "refused"),
        (401, "refused"),
        (404, "refused"),
        (408, "retry"),
        (413, "split"),
        (429, "retry"),
        (500, "refused"),
        (502, "retry"),
        (503, "retry"),
        (504, "retry"),
    ] {
        assert_eq!(kind(status), expected, "{status}");
    }
}

#[test]
fn access_denied_names_the_remedy() {
    let error = http_error(401, None, b"unknown API key", NOW, "check HONEYCOMB_API_KEY");
    let SendError::Refused { cause } = error else { panic!("{error:?}") };
    assert_eq!(cause, "HTTP 401: unknown API key; check HONEYCOMB_API_KEY");
}

/// `google.rpc.Status` by the field numbers of its proto file.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<AnyMessage>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AnyMessage {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[test]
fn an_exhausted_resource_is_tried_again_only_with_a_retry_info() {
    let delay = Delay { seconds: 2, nanos: 500_000_000 };
    let info = RetryInfo { retry_delay: Some(delay) }.encode_to_vec();
    let other = AnyMessage { type_url: "x/google.rpc.Help".to_owned(), value: vec![1] };
    let info =
        AnyMessage { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info };
    let status = Status { code: 8, message: "slow down".to_owned(), details: vec![other, info] };
    match grpc_error(8, "slow down", &status.encode_to_vec(), "") {
        SendError::Retry { after, .. } => assert_eq!(after, Some(Duration::from_millis(2_500))),
        other => panic!("{other:?}"),
    }
    assert!(matches!(grpc_error(8, "quota", b"", ""), SendError::Refused { .. }));
    for (code, large) in [
        (8, "grpc: received message larger than max (5 vs. 4)"),
        (8, "SERVER: Received message larger than max (113409 vs. 20000)"),
        (11, "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes"),
        (8, "gRPC message exceeds maximum size 4194304: 5000000"),
        (8, "Received message exceeds the maximum configured message size."),
    ] {
        assert!(matches!(grpc_error(code, large, b"", ""), SendError::Split { .. }), "{large}");
    }
    assert!(matches!(grpc_error(11, "", b"", ""), SendError::Retry { .. }));
    assert!(matches!(grpc_error(14, "", b"", ""), SendError::Retry { after: None, .. }));
    assert!(matches!(grpc_error(3, "", b"", ""), SendError::Refused { .. }));
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(body: Vec<u8>, header: String) {
        let _ = delivered(&body);
        let _ = grpc_error(8, &header, &body, "");
        let _ = http_error(503, Some(&header), &body, NOW, "");
    }
}
