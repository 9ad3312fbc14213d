//! The requests that are compared.

fn request(line: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

pub(super) const PATHS: [&str; 30] = [
    "/ok",
    "/get",
    "/stream",
    "/trailers",
    "/broken",
    "/large",
    "/length",
    "/events",
    "/none",
    "/204",
    "/304",
    "/range",
    "/moved",
    "/500",
    "/cookies",
    "/api/7",
    "/api/7/8",
    "/nowhere",
    "/slow",
    "//ok",
    "/ok//",
    "/./ok",
    "/api/%zz",
    "/api/%ff?%zz=%&&=&;",
    "/ok?",
    "/ok?a=%00",
    "/below/ok",
    "/below/stream",
    "/below/nowhere",
    "/below/api/7",
];

/// All that is asked, and how many requests reach the router with it.
pub(super) fn cases() -> Vec<(&'static str, Vec<u8>, usize)> {
    let plain = |line: &str| request(line, &[], "");
    let raw = |text: &str| text.as_bytes().to_vec();
    let mut cases = Vec::new();
    for path in PATHS {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW"] {
            cases.push(("a path", plain(&format!("{method} {path}")), 1));
        }
    }
    cases.extend([
        ("OPTIONS *", plain("OPTIONS *"), 1),
        ("CONNECT", plain("CONNECT b.example:443"), 1),
        ("absolute form", plain("GET http://b.example:81/ok?x"), 1),
        ("long path", plain(&format!("GET /api/{}", "x".repeat(30_000))), 1),
        ("long header", request("GET /ok", &[&format!("x-long: {}", "x".repeat(200_000))], ""), 1),
        ("many headers", request("GET /ok", &vec!["x-many: 1"; 90], ""), 1),
        (
            "context twice",
            request(
                "GET /ok",
                &[
                    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    "tracestate: a=1",
                    "tracestate: a=1",
                    "baggage: a=1;p",
                    "baggage: a=1",
                    "x-request-id: a b",
                    "x-amzn-trace-id: Root=1;Root=2;Self",
                    "x-amzn-trace-id: ;;;",
                    "b3: 0",
                ],
                "",
            ),
            1,
        ),
        (
            "gzip, please",
            request("GET /large", &["accept-encoding: gzip", "origin: https://o.example"], ""),
            1,
        ),
        (
            "preflight",
            request(
                "OPTIONS /ok",
                &["origin: https://o.example", "access-control-request-method: PUT"],
                "",
            ),
            1,
        ),
        ("trailers, please", request("GET /trailers", &["te: trailers"], ""), 1),
        ("range", request("GET /range", &["range: bytes=0-3"], ""), 1),
        ("a length", request("POST /echo", &["content-length: 5"], "12345"), 1),
        (
            "trailers",
            request(
                "POST /echo",
                &["transfer-encoding: chunked"],
                "5;ext=1\r\n12345\r\n0\r\nx-t: 1\r\n\r\n",
            ),
            1,
        ),
        ("too large", request("POST /echo", &["content-length: 1001"], &"x".repeat(1_001)), 1),
        (
            "continue",
            request("POST /echo", &["expect: 100-continue", "content-length: 2"], "hi"),
            1,
        ),
        (
            "not read",
            request("POST /ignore", &["expect: 100-continue", "content-length: 2"], ""),
            1,
        ),
        ("a bad chunk", request("POST /echo", &["transfer-encoding: chunked"], "zz\r\n"), 1),
        ("HTTP/1.0", raw("GET /ok HTTP/1.0\r\n\r\n"), 1),
        ("HTTP/1.0, a stream", raw("GET /stream HTTP/1.0\r\n\r\n"), 1),
        (
            "HTTP/1.0, kept",
            raw("GET /nowhere HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /ok HTTP/1.0\r\n\r\n"),
            2,
        ),
        ("not a version", raw("GET /ok HTTP/3.9\r\n\r\n"), 0),
        ("not a header", raw("GET /ok HTTP/1.1\r\nno colon\r\n\r\n"), 0),
        (
            "two lengths",
            request("POST /echo", &["content-length: 2", "content-length: 3"], "123"),
            0,
        ),
    ]);
    let mut bytes = b"GET /ok?\xff HTTP/1.1\r\nHost: \xc3\xa9\r\nUser-Agent: \xff\xfe\r\n".to_vec();
    bytes.extend_from_slice(b"baggage: \xff=1\r\nConnection: close\r\n\r\n");
    cases.push(("no UTF-8", bytes, 0));
    let pipelined = ["/ok", "/stream", "/204", "/nowhere", "/trailers"]
        .map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .concat();
    cases.push(("pipelined", [pipelined.into_bytes(), plain("GET /get")].concat(), 6));
    cases
}
