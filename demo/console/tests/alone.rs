//! `cruddur-console` as a program of its own: what it prints, how it fails, how it ends, and a million
//! spans through it.

mod running;

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use running::{Running, command};
use serde_json::Value;

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        command(variables).args(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

#[test]
fn help_says_what_there_is_and_a_mistake_what_is_wrong() {
    let (code, out, err) = run(&["--help"], &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    for name in ["CONSOLE_HOST", "CONSOLE_PORT", "CONSOLE_ALLOWED_HOSTS", "CONSOLE_MAX_TRACES"] {
        assert!(out.contains(name), "{out}");
    }
    let (code, out, _) = run(&["--version"], &[]);
    assert_eq!((code, out.trim()), (0, concat!("cruddur-console ", env!("CARGO_PKG_VERSION"))));
    let (code, out, err) = run(&["--prot", "1"], &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("\"--prot\" is not an option") && err.contains("CONSOLE_PORT"), "{err}");
}

#[test]
fn a_setting_that_cannot_be_used_is_named_with_a_remedy() {
    let check = |name: &str, value: &str, remedy: &str| {
        let (code, out, err) = run(&[], &[(name, value)]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(name) && err.contains(value) && err.contains(remedy), "{err}");
    };
    check("CONSOLE_PORT", "http", "0 to 65535");
    check("CONSOLE_HOST", "everywhere", "127.0.0.1");
    check("CONSOLE_ALLOWED_HOSTS", "*.example", "exact host names");
    check("CONSOLE_MAX_MEMORY_MB", "lots", "megabytes");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let (code, out, err) = run(&[], &[("CONSOLE_PORT", &port)]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains(&format!("CONSOLE_PORT={port} is in use")) && err.contains("free port"));
}

#[cfg(unix)]
#[test]
fn it_ends_well_at_ctrl_c_and_at_sigterm() {
    for signal in ["-INT", "-TERM"] {
        let mut console = Running::start(&[]);
        for says in
            ["OTEL_EXPORTER_OTLP_ENDPOINT=", "AWS_XRAY_DAEMON_ADDRESS=", "ROLLBAR_ENDPOINT="]
        {
            assert!(
                console.printed.iter().any(|line| line.contains(says)),
                "{:?}",
                console.printed
            );
        }
        let id = console.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = console.child.try_wait().expect("a child") {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{signal}: {status}");
    }
}

#[test]
fn whoever_opens_it_to_others_is_warned() {
    let mut console = Running::start(&[("CONSOLE_HOST", "0.0.0.0")]);
    let _ = console.child.kill();
    let mut said = String::new();
    let mut stderr = console.child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("UTF-8");
    assert!(said.contains("warning") && said.contains("CONSOLE_HOST=0.0.0.0"), "{said}");
}

const TRACES_A_REQUEST: u32 = 1_000;
const SPANS_A_TRACE: u8 = 10;
const REQUESTS: u32 = 100;
const BOUND_MB: u64 = 64;
/// What a list may take, by the project's own aim.
const LIST: Duration = Duration::from_millis(50);

/// A million spans, of which a small part finds room: memory stays, and the list is quick.
#[tokio::test]
async fn a_million_spans_leave_memory_in_its_bound_and_the_list_quick() {
    let bound = BOUND_MB.to_string();
    let console = Running::start(&[("CONSOLE_MAX_MEMORY_MB", &bound)]);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let idle = console.resident();
    let (mut body, places) = template();
    let mut half = 0;
    for turn in 0..REQUESTS {
        if turn == REQUESTS / 2 {
            half = console.resident();
        }
        for (number, at) in (0_u32..).zip(&places) {
            let trace = turn * TRACES_A_REQUEST + number / u32::from(SPANS_A_TRACE);
            body[*at..at + 4].copy_from_slice(&trace.to_be_bytes());
        }
        let request = client.post(format!("{}/v1/traces", console.url)).body(body.clone());
        let answer = request.header("content-type", "application/x-protobuf").send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
    }

    let ask = async |path: &str| {
        let answer = client.get(format!("{}{path}", console.url)).send().await.expect("an answer");
        answer.bytes().await.expect("a body")
    };
    let health: Value = serde_json::from_slice(&ask("/api/health").await).expect("JSON");
    assert_eq!(health["spans_received"], 1_000_000);
    assert!(health["bytes"].as_u64() <= health["max_bytes"].as_u64(), "{health}");
    assert!(health["traces"].as_u64() > Some(1_000), "{health}");
    // The bound is for what is kept; on top come a request of 10,000 spans on its way, and what the
    // allocator holds in pieces. None of it grows with what has passed through.
    let grown = (console.resident() - idle) / 1024;
    let later = console.resident().saturating_sub(half) / 1024;
    assert!(grown < 2 * BOUND_MB + 64, "{grown} MB more than when idle; the bound is {bound} MB");
    // Half a million spans that stayed would be hundreds; the allocator alone may hold dozens.
    assert!(later < BOUND_MB, "{later} MB more in the second half");

    let mut quickest = Duration::MAX;
    let mut listed = 0;
    for _ in 0..20 {
        let started = Instant::now();
        let body = ask("/api/traces?limit=10000").await;
        quickest = quickest.min(started.elapsed());
        listed = body.windows(8).filter(|window| window == b"trace_id").count();
    }
    println!(
        "{grown} MB ({later} of them in the second half) for a bound of {bound} MB; {listed} traces listed in {quickest:?}"
    );
    assert!(listed > 1_000, "{listed}");
    assert!(quickest < LIST, "the list took {quickest:?}");
}

/// A request of 10,000 spans, and where the last four bytes of each trace id stand in it.
fn template() -> (Vec<u8>, Vec<usize>) {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    const MARK: [u8; 12] = *b"a-trace's-id";
    let text = |key: &str, value: &str| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) }),
        ..KeyValue::default()
    };
    let span = |trace: u32, number: u8| Span {
        trace_id: [&MARK[..], &trace.to_be_bytes()].concat(),
        span_id: vec![number + 1; 8],
        parent_span_id: if number == 0 { Vec::new() } else { vec![number; 8] },
        name: "get-activities".to_owned(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000 + u64::from(number),
        end_time_unix_nano: 1_700_000_000_001_000_000,
        attributes: vec![
            text("app.userId", "andrewbrown"),
            text("app.now", "2026-11-22T17:06:19.500Z"),
            text("http.route", "/api/activities/home"),
        ],
        ..Span::default()
    };
    let spans = (0..TRACES_A_REQUEST)
        .flat_map(|trace| (0..SPANS_A_TRACE).map(move |number| (trace, number)))
        .map(|(trace, number)| span(trace, number));
    let resource = Resource {
        attributes: vec![text("service.name", "cruddur-backend")],
        ..Resource::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let body = request.encode_to_vec();
    let found = body.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    let places = found.map(|(at, _)| at + MARK.len()).collect();
    (body, places)
}
