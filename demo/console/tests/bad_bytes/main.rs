//! Bad bytes on every receiver of the console, over real sockets: each is refused in the words of the
//! service that it stands in for, memory stays bounded, and the console answers afterwards.

#[path = "../running/mod.rs"]
mod running;
mod sweep;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sweep::*;

#[tokio::test]
async fn otlp_over_http_refuses_in_its_own_words() {
    let sweep = Sweep::start();
    let cut = {
        let mut whole = gzip(span("cut").repeat(50).as_bytes());
        whole.truncate(whole.len() / 2);
        whole
    };
    for path in SIGNALS {
        for bad in [&noise(500)[..], &[0x0a, 0x7f], &[0xff; 20], b"\x0a\x01", &cut] {
            sweep.refuses((path, &[PROTOBUF]), bad, 400, Words::Rpc).await;
            sweep.refuses((path, &[JSON]), bad, 400, Words::RpcJson).await;
        }
        let deep = "[".repeat(100_000);
        let list = br#"{"resourceSpans":{},"resourceLogs":{},"resourceMetrics":{}}"#;
        for bad in [&b""[..], b"{", b"null", b"[]", b"\"", deep.as_bytes(), list] {
            sweep.refuses((path, &[JSON]), bad, 400, Words::RpcJson).await;
        }
        for bad in [&cut[..], b"", b"\x1f\x8b", b"no gzip", &noise(100)] {
            // An empty body is an empty list of members, and so an empty request.
            if bad.is_empty() {
                continue;
            }
            sweep.refuses((path, &[PROTOBUF, GZIP]), bad, 400, Words::Rpc).await;
            sweep.refuses((path, &[JSON, GZIP]), bad, 400, Words::RpcJson).await;
        }
        for encoding in ["br", "zstd", "deflate", "gzip, gzip", "\u{80}"] {
            let encoding = ("content-encoding", encoding);
            sweep.refuses((path, &[PROTOBUF, encoding]), b"", 415, Words::Rpc).await;
        }
        for kind in ["text/plain", "application/xml", "", "application/x-protobufs"] {
            sweep.refuses((path, &[("content-type", kind)]), b"", 415, Words::Rpc).await;
        }
        sweep.refuses((path, &[]), b"", 415, Words::Rpc).await;
        sweep.refuses((path, &[PROTOBUF]), &vec![0; (20 << 20) + 1], 413, Words::Rpc).await;
        let url = format!("{}{path}", sweep.console.url);
        let answer = sweep.client.request(Method::GET, url).header(JSON.0, JSON.1).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().expect("a value"))
        );
        speaks(answer, Words::RpcJson, path).await;
        // What is empty is valid: a request without anything in it.
        let empty = sweep.send(&sweep.client, path, &[PROTOBUF], b"").await;
        assert_eq!((empty.status().as_u16(), empty.bytes().await.expect("a body").len()), (200, 0));
    }
    sweep.answers().await;
}

#[tokio::test]
async fn otlp_over_grpc_refuses_in_its_own_words() {
    let sweep = Sweep::start();
    let zipped = ("grpc-encoding", "gzip");
    for path in CALLS {
        let frames: [&[u8]; 8] = [
            b"",
            &[0, 0, 0, 0],
            &[0, 0, 0, 0, 9, 1],
            &[0, 255, 255, 255, 255, 1],
            &[0, 0, 0, 0, 1, 8, 8],
            &[1, 0, 0, 0, 1, 8],
            &[7, 0, 0, 0, 1, 8],
            &[0, 0, 0, 0, 2, 0x0a, 0x7f],
        ];
        for frame in frames {
            sweep.refuses((path, &[GRPC]), frame, 200, Words::Grpc(3)).await;
        }
        sweep.refuses((path, &[GRPC, zipped]), &[1, 0, 0, 0, 2, 1, 2], 200, Words::Grpc(3)).await;
        let zstd = ("grpc-encoding", "zstd");
        sweep.refuses((path, &[GRPC, zstd]), &[1, 0, 0, 0, 1, 8], 200, Words::Grpc(12)).await;
        let answer = sweep.send(&sweep.client, path, &[JSON], b"{}").await;
        assert_eq!(answer.status(), 415, "another content type is none of gRPC's");
    }
    let unknown = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
    sweep.refuses((unknown, &[GRPC]), &[0; 5], 200, Words::Grpc(12)).await;
    sweep.answers().await;
}

#[tokio::test]
async fn what_grows_when_unpacked_or_decoded_is_refused_in_bounded_memory() {
    let sweep = Sweep::start();
    let before = sweep.console.resident();
    // Gigabytes as zeros; then requests of two bytes an element, just below the unpacked limit.
    let bomb = gzip(&vec![0; 200 << 20]);
    let many = |field: u8| [field << 3 | 2, 0].repeat(39 << 20);
    let attributes = gzip(&within(&[1, 2, 2], many(9)));
    let spans = gzip(&within(&[1, 2], many(2)));
    let records = gzip(&within(&[1, 2], many(2)));
    let metrics = gzip(&within(&[1, 2], many(2)));
    let counts = "0,".repeat(39 << 20);
    let counts = gzip(format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"histogram":{{"dataPoints":[{{"bucketCounts":[{counts}0]}}]}}}}]}}]}}]}}"#).as_bytes());
    let objects = "{},".repeat(25 << 20);
    let objects = gzip(format!(r#"{{"resourceSpans":[{objects}{{}}]}}"#).as_bytes());

    for path in SIGNALS {
        sweep.refuses((path, &[PROTOBUF, GZIP]), &bomb, 413, Words::Rpc).await;
    }
    for body in [&attributes, &spans] {
        sweep.refuses(("/v1/traces", &[PROTOBUF, GZIP]), body, 413, Words::Rpc).await;
    }
    sweep.refuses(("/v1/logs", &[PROTOBUF, GZIP]), &records, 413, Words::Rpc).await;
    sweep.refuses(("/v1/metrics", &[PROTOBUF, GZIP]), &metrics, 413, Words::Rpc).await;
    sweep.refuses(("/v1/metrics", &[JSON, GZIP]), &counts, 413, Words::RpcJson).await;
    sweep.refuses(("/v1/traces", &[JSON, GZIP]), &objects, 413, Words::RpcJson).await;
    let frame = |body: &[u8]| {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&[1], &length[..], body].concat()
    };
    let zipped = [GRPC, ("grpc-encoding", "gzip")];
    for body in [&bomb, &attributes] {
        sweep.refuses((CALLS[0], &zipped), &frame(body), 200, Words::Grpc(8)).await;
    }
    let peak = sweep.console.peak().saturating_sub(before) / 1024;
    println!("{peak} MB at most");
    assert!(peak < 300, "{peak} MB at most");
    sweep.answers().await;
}

#[tokio::test]
async fn x_ray_cloudwatch_rollbar_and_honeycomb_refuse_in_their_own_words() {
    let sweep = Sweep::start();
    let bad: [Vec<u8>; 5] =
        [b"{".to_vec(), b"[]".to_vec(), noise(300), gzip(b"{}"), b"[".repeat(50_000)];

    for bytes in &bad {
        for path in ["/TraceSegments", "/Traces", "/TraceSummaries", "/SamplingTargets"] {
            sweep.refuses((path, &[JSON]), bytes, 400, Words::XRay).await;
        }
    }
    sweep.refuses(("/TraceSegments", &[]), &vec![b' '; (8 << 20) + 1], 413, Words::XRay).await;
    let documents =
        json!({ "TraceSegmentDocuments": ["{", "[]", "\u{0}", "{\"id\":1}", "[[[{}]]]"] });
    let documents = documents.to_string();
    let answer = sweep.send(&sweep.client, "/TraceSegments", &[], documents.as_bytes());
    let answer: Value = answer.await.json().await.expect("JSON");
    assert_eq!(answer["UnprocessedTraceSegments"].as_array().map(Vec::len), Some(4), "{answer}");

    for operation in ["PutLogEvents", "CreateLogGroup", "FilterLogEvents", "NoSuchCall"] {
        let target = format!("Logs_20140328.{operation}");
        let target = ("x-amz-target", target.as_str());
        for bytes in bad.iter().filter(|bytes| **bytes != b"[]") {
            sweep.refuses(("/", &[target, SIGNED]), bytes, 400, Words::Aws).await;
        }
        sweep.refuses(("/", &[target, SIGNED]), b"", 400, Words::Aws).await;
        sweep.refuses(("/", &[target]), b"{}", 400, Words::Aws).await;
        sweep.refuses(("/", &[target, SIGNED]), &vec![b' '; (8 << 20) + 1], 413, Words::Aws).await;
    }
    sweep.refuses(("/", &[("x-amz-target", "nonsense")]), b"{}", 400, Words::Aws).await;
    sweep.refuses(("/", &[]), b"{}", 400, Words::Aws).await;

    let token = ("x-rollbar-access-token", "a");
    for path in ["/api/1/item/", "/api/1/deploy/"] {
        for bytes in bad.iter().filter(|bytes| **bytes != b"[]") {
            sweep.refuses((path, &[token]), bytes, 400, Words::Rollbar).await;
        }
        sweep.refuses((path, &[token]), b"{}", 422, Words::Rollbar).await;
        sweep.refuses((path, &[]), b"{}", 403, Words::Rollbar).await;
        sweep.refuses((path, &[token]), &vec![b'['; 1 << 20], 413, Words::Rollbar).await;
    }

    let key = ("x-honeycomb-team", "hcalk_01jexample");
    for path in ["/1/datasets", "/1/columns/cruddur", "/1/queries/cruddur"] {
        for bytes in &bad {
            let answer = sweep.send(&sweep.client, path, &[key, JSON], bytes).await;
            assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
            speaks(answer, Words::Honeycomb, path).await;
        }
        sweep.refuses((path, &[JSON]), b"{}", 401, Words::Honeycomb).await;
        let too_large = vec![b' '; (2 << 20) + 1];
        sweep.refuses((path, &[key, JSON]), &too_large, 413, Words::Honeycomb).await;
    }
    let kept_for_good = vec![b' '; (64 << 10) + 1];
    sweep.refuses(("/1/datasets", &[key, JSON]), &kept_for_good, 413, Words::Honeycomb).await;
    sweep.answers().await;
}

#[tokio::test]
async fn datagrams_and_raw_bytes_leave_the_console_running() {
    let sweep = Sweep::start();
    let address = sweep.console.url.trim_start_matches("http://").to_owned();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let head = b"{\"format\":\"json\",\"version\":1}\n";
    let datagrams: [Vec<u8>; 7] = [
        Vec::new(),
        b"{}".to_vec(),
        noise(2_000),
        noise(60_000),
        head.to_vec(),
        [&head[..], b"{\"name\":"].concat(),
        [&head[..], &b"[".repeat(60_000)].concat(),
    ];
    for datagram in &datagrams {
        socket.send_to(datagram, &address).expect("it is sent");
    }
    for bytes in [
        noise(4_000),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: -1\r\n\r\n".to_vec(),
    ] {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    let counted = async {
        let url = format!("{}/api/xray/refused", sweep.console.url);
        let answer = sweep.client.get(url).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["count"].as_u64().unwrap_or_default()
    };
    assert!(counted.await > 0, "a datagram that is none is counted");
    sweep.answers().await;
}

#[tokio::test]
async fn rebound_hosts_and_foreign_origins_are_refused_everywhere() {
    let sweep = Sweep::start();
    let target = ("x-amz-target", "Logs_20140328.PutLogEvents");
    let places: [(&str, Headers<'_>, Words, u16); 12] = [
        (SIGNALS[0], &[PROTOBUF], Words::Rpc, 403),
        (SIGNALS[1], &[PROTOBUF], Words::Rpc, 403),
        (SIGNALS[2], &[JSON], Words::RpcJson, 403),
        (CALLS[0], &[GRPC], Words::Grpc(7), 200),
        (CALLS[1], &[GRPC], Words::Grpc(7), 200),
        (CALLS[2], &[GRPC], Words::Grpc(7), 200),
        ("/TraceSegments", &[], Words::XRay, 403),
        ("/GetSamplingRules", &[("x-amz-date", "20261122T000000Z")], Words::XRay, 403),
        ("/", &[target, SIGNED], Words::Aws, 403),
        ("/api/1/item/", &[JSON], Words::Rollbar, 403),
        ("/api/1/deploy/", &[JSON], Words::Rollbar, 403),
        ("/1/datasets", &[JSON], Words::Honeycomb, 403),
    ];
    for (path, headers, words, status) in places {
        for foreign in [
            ("host", "evil.example:4568"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            // Over HTTP/2 the authority is the client's own to write: see the guard's tests.
            if foreign.0 == "host" && matches!(words, Words::Grpc(_)) {
                continue;
            }
            let headers = [headers, &[foreign]].concat();
            sweep.refuses((path, &headers), b"{}", status, words).await;
        }
    }
    sweep.answers().await;
}
