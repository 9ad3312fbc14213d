//! What is odd about a request: its line, its host, its headers, its body, its connection.

use super::*;

#[tokio::test]
async fn the_request_line() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let cases = [
        ("lower case", plain("get /ok")),
        ("QUERY", plain("QUERY /ok")),
        ("TRACE", plain("TRACE /ok")),
        ("OPTIONS *", plain("OPTIONS *")),
        ("CONNECT", plain("CONNECT b.example:443")),
        ("absolute form", plain("GET http://user:secret@b.example:81/ok?x=1")),
        ("absolute form, https", plain("GET https://b.example/ok")),
        ("percent-encoded", plain("GET /users/%E2%82%AC%2F%00")),
        ("UTF-8 in the path", plain("GET /users/ñ")),
        ("dots", plain("GET /users/../ok")),
        ("double slash", plain("GET //ok")),
        ("empty query", plain("GET /ok?")),
        ("large query", plain(&format!("GET /ok?a={}", "x".repeat(60_000)))),
        ("fragment", plain("GET /ok#part")),
        ("secret in the query", plain("GET /ok?sig=abc&password=abc&a=1")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    lower case: 200 OK
        HTTP /ok Ok http.request.method_original=get url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    QUERY: 200 OK
        QUERY /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    TRACE: 200 OK
        TRACE /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    OPTIONS *: 404 Not Found
        OPTIONS Ok url.path=* url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    CONNECT: 404 Not Found
        CONNECT Ok url.path= url.scheme=http server.address=b.example server.port=443 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    absolute form: 200 OK
        GET /ok Ok url.path=/ok url.query=x=1 url.scheme=http server.address=b.example server.port=81 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    absolute form, https: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=b.example server.port=443 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    percent-encoded: 200 OK
        GET /users/{id} Ok url.path=/users/%E2%82%AC%2F%00 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    UTF-8 in the path: 200 OK
        GET /users/{id} Ok url.path=/users/ñ url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    dots: 404 Not Found
        GET Ok url.path=/users/../ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    double slash: 404 Not Found
        GET Ok url.path=//ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    empty query: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    large query: 200 OK
        GET /ok Ok url.path=/ok url.query=(60002 bytes) url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    fragment: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    secret in the query: 200 OK
        GET /ok Ok url.path=/ok url.query=sig=REDACTED&password=REDACTED&a=1 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn hosts_and_headers() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let mut not_utf8 = b"GET /ok HTTP/1.1\r\nHost: \xff\xfe\r\nUser-Agent: a\xffb\r\n".to_vec();
    not_utf8.extend_from_slice(b"Connection: close\r\n\r\n");
    let cases = [
        ("no host", request("GET /ok", &[])),
        ("empty host", request("GET /ok", &["Host:"])),
        ("two hosts", request("GET /ok", &["Host: a.example", "Host: b.example"])),
        ("a port", request("GET /ok", &["Host: a.example:8080"])),
        ("a bad port", request("GET /ok", &["Host: a.example:99999"])),
        ("IPv4", request("GET /ok", &["Host: 192.0.2.1:8080"])),
        ("IPv6", request("GET /ok", &["Host: [2001:db8::1]"])),
        ("IPv6 and a port", request("GET /ok", &["Host: [2001:db8::1]:8080"])),
        ("user info", request("GET /ok", &["Host: user:secret@a.example:8080"])),
        ("not UTF-8", not_utf8),
        (
            "forwarded",
            request(
                "GET /ok",
                &[
                    "Host: a.example",
                    "X-Forwarded-For: 198.51.100.7, 203.0.113.9",
                    "X-Forwarded-Proto: https",
                    "X-Forwarded-Host: front.example",
                ],
            ),
        ),
        (
            "Forwarded",
            request(
                "GET /ok",
                &[
                    "Host: a.example",
                    "Forwarded: for=\"[2001:db8::7]:1\";proto=https;host=f.example",
                ],
            ),
        ),
        ("two user agents", request("GET /ok", &["Host: a", "User-Agent: x", "User-Agent: y"])),
        ("HTTP/1.0", b"GET /ok HTTP/1.0\r\n\r\n".to_vec()),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    no host: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 http.response.status_code=200
    empty host: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 http.response.status_code=200
    two hosts: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    a port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    a bad port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv4: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=192.0.2.1 server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv6: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=2001:db8::1 server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv6 and a port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=2001:db8::1 server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    user info: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    not UTF-8: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 user_agent.original=a�b http.response.status_code=200
    forwarded: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=front.example server.port=443 client.address=203.0.113.9 version=1.1 http.response.status_code=200
    Forwarded: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=f.example server.port=443 client.address=2001:db8::7 version=1.1 http.response.status_code=200
    two user agents: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a server.port=80 client.address=127.0.0.1 version=1.1 user_agent.original=x http.response.status_code=200
    HTTP/1.0: HTTP/1.0 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.0 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn bodies() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let body = |headers: &[&str], body: &str| {
        let mut all = vec!["Host: a.example"];
        all.extend_from_slice(headers);
        let mut bytes = request("POST /echo", &all);
        bytes.extend_from_slice(body.as_bytes());
        bytes
    };
    let mut ignored = request("POST /ignore", &["Host: a.example", "Content-Length: 5"]);
    ignored.extend_from_slice(b"12345");
    let cases = [
        ("a length", body(&["Content-Length: 5"], "12345")),
        ("no bytes", body(&["Content-Length: 0"], "")),
        ("chunks", body(&["Transfer-Encoding: chunked"], "5\r\n12345\r\n0\r\n\r\n")),
        (
            "trailers",
            body(&["Transfer-Encoding: chunked", "Trailer: X-T"], "2\r\n12\r\n0\r\nX-T: 1\r\n\r\n"),
        ),
        ("100-continue", body(&["Content-Length: 5", "Expect: 100-continue"], "12345")),
        ("not read", ignored),
        ("broken off", body(&["Transfer-Encoding: chunked"], "zz\r\n")),
        ("HEAD", plain("HEAD /get")),
        ("range", request("GET /range", &["Host: a.example", "Range: bytes=0-3"])),
        ("204 with a body", plain("GET /204")),
        ("304 with a body", plain("GET /304")),
        ("empty", plain("GET /empty")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    a length: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    no bytes: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    chunks: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    trailers: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    100-continue: 100 Continue
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    not read: 200 OK
        POST /ignore Ok url.path=/ignore url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    broken off: 400 Bad Request
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=400
    HEAD: 200 OK
        HEAD /get Ok url.path=/get url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    range: 206 Partial Content
        GET /range Ok url.path=/range url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=206
    204 with a body: 204 No Content
        GET /204 Ok url.path=/204 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=204
    304 with a body: 304 Not Modified
        GET /304 Ok url.path=/304 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=304
    empty: 200 OK
        GET /empty Ok url.path=/empty url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn connections_are_used_again() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let keep = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let pipelined = format!(
        "{}{}{}",
        keep("/ok"),
        keep("/nowhere"),
        String::from_utf8(plain("GET /users/7")).expect("text")
    );
    let answer = rig.ask(pipelined.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 3, "{answer}");
    let names: Vec<String> = rig.spans().await.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["GET /ok", "GET", "GET /users/{id}"]);
}
