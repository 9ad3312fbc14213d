//! The console behind a proxy that fails on order, on a thread whose own events nobody records.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use cruddur_console::{Console, Options};
use serde_json::{Value, json};

/// How the proxy treats puts.
#[derive(Default)]
pub(crate) struct Faults {
    /// So many puts are answered with `ThrottlingException`.
    pub(crate) throttle: AtomicU32,
    /// Everything is answered with 503.
    pub(crate) down: AtomicBool,
    /// Every answer takes so long, in milliseconds.
    pub(crate) slow_millis: AtomicU64,
    /// Puts that hold this word are refused as invalid.
    pub(crate) poison: AtomicBool,
    /// Groups are not made with tags, as without the permission for them.
    pub(crate) refuse_tags: AtomicBool,
    /// Puts that came.
    pub(crate) puts: AtomicU32,
}

pub(crate) struct Services {
    /// The console itself.
    pub(crate) console: SocketAddr,
    /// The console behind the faults.
    pub(crate) proxy: SocketAddr,
    pub(crate) faults: Arc<Faults>,
}

#[derive(Clone)]
struct Proxy {
    client: reqwest::Client,
    console: SocketAddr,
    faults: Arc<Faults>,
}

impl Services {
    /// Starts both; they run until the process ends.
    pub(crate) fn start() -> Self {
        let faults = Arc::new(Faults::default());
        let (ready, is_ready) = mpsc::channel();
        let shared = Arc::clone(&faults);
        std::thread::spawn(move || {
            // What the servers do is not what is tested: their own events must not come back.
            let quiet = tracing::subscriber::NoSubscriber::default();
            let _quiet = tracing::subscriber::set_default(quiet);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let mut options = Options::default();
                options.port = 0;
                let bound = Console::bind(options).await.expect("a free port");
                let console = bound.address();
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let proxy = listener.local_addr().expect("bound");
                let state = Proxy { client: reqwest::Client::new(), console, faults: shared };
                let router = Router::new()
                    .fallback(forward)
                    .layer(axum::extract::DefaultBodyLimit::max(16 << 20))
                    .with_state(state);
                ready.send((console, proxy)).expect("somebody waits");
                let served = axum::serve(listener, router);
                let _ = tokio::join!(bound.serve(std::future::pending()), served.into_future());
            });
        });
        let (console, proxy) = is_ready.recv().expect("the services started");
        Self { console, proxy, faults }
    }

    /// `GET` of the console's API, without any client that emits events.
    pub(crate) fn api(&self, path: &str) -> Value {
        let answer = http(self.console, "GET", path, &[], "");
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:.300}"))
    }

    /// A call of CloudWatch Logs, straight at the console.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> Value {
        let target = format!("Logs_20140328.{operation}");
        let headers = [
            ("x-amz-target", target.as_str()),
            ("content-type", "application/x-amz-json-1.1"),
            ("authorization", "AWS4-HMAC-SHA256 Credential=a/1/us-east-1/logs/aws4_request"),
        ];
        let answer = http(self.console, "POST", "/", &headers, &input.to_string());
        serde_json::from_str(&answer).unwrap_or(Value::Null)
    }

    /// Messages of the group that hold this text.
    pub(crate) fn found(&self, text: &str) -> Vec<Value> {
        let (mut all, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut input =
                json!({ "logGroupName": "cruddur", "filterPattern": format!("\"{text}\"") });
            if !token.is_null() {
                input["nextToken"] = token;
            }
            let page = self.call("FilterLogEvents", &input);
            let messages = page["events"].as_array().into_iter().flatten();
            all.extend(messages.map(|it| {
                serde_json::from_str(it["message"].as_str().unwrap_or("")).expect("JSON")
            }));
            token = page["nextToken"].clone();
            if token.is_null() {
                return all;
            }
        }
    }
}

async fn forward(
    State(proxy): State<Proxy>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let faults = &proxy.faults;
    let slow = faults.slow_millis.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(slow)).await;
    if faults.down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_put = headers.get("x-amz-target").is_some_and(|it| it == "Logs_20140328.PutLogEvents");
    let makes_group =
        headers.get("x-amz-target").is_some_and(|it| it == "Logs_20140328.CreateLogGroup");
    let has_tags = || serde_json::from_slice(&body).is_ok_and(|it: Value| it["tags"].is_object());
    if makes_group && faults.refuse_tags.load(Ordering::SeqCst) && has_tags() {
        return refuse("AccessDeniedException", "not authorized to perform: logs:TagResource");
    }
    if is_put {
        faults.puts.fetch_add(1, Ordering::SeqCst);
        let taken = faults
            .throttle
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if taken.is_ok() {
            return refuse("ThrottlingException", "Rate exceeded");
        }
        if faults.poison.load(Ordering::SeqCst) && body.windows(6).any(|it| it == b"poison") {
            return refuse("InvalidParameterException", "the event is not to our taste");
        }
    }
    let url = format!("http://{}{uri}", proxy.console);
    let mut request = proxy.client.post(url).body(body);
    for name in ["x-amz-target", "content-type", "authorization", "content-encoding"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(answer) => {
            let status = answer.status();
            let kind = answer.headers().get("x-amzn-errortype").cloned();
            let mut response = (status, answer.bytes().await.unwrap_or_default()).into_response();
            if let Some(kind) = kind {
                response.headers_mut().insert("x-amzn-errortype", kind);
            }
            response
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

fn refuse(code: &'static str, message: &str) -> Response {
    let body = json!({ "__type": code, "message": message }).to_string();
    (StatusCode::BAD_REQUEST, [("x-amzn-errortype", code)], body).into_response()
}

/// One request over a connection of its own; gives the body.
fn http(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut stream = TcpStream::connect(to).expect("the console listens");
    let mut head = format!("{method} {path} HTTP/1.0\r\nhost: {to}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).expect("the request goes out");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}

/// Waits until `is_so`, for at most 20 seconds.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
