//! A backend by script, over a real socket, and the settings that lead to it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::StreamBody;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

use crate::config::{Compression, OtlpSignal, Protocol, Secret};
use crate::sinks::otlp::OtlpSettings;

/// What the server says next; the last answer holds for ever.
#[derive(Clone, Debug)]
pub(super) enum Say {
    Ok,
    Partial(i64),
    Status(u16, Option<&'static str>),
    Grpc(u32, &'static str, Option<&'static str>),
    Hang,
    /// 200, and a body without an end.
    Endless,
    /// The status, and a body that begins and never goes on.
    Stall(u16),
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) script: Arc<Mutex<VecDeque<Say>>>,
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
    pub(super) is_grpc: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) spans: u64,
    pub(super) at: Instant,
}

impl Server {
    pub(super) fn start(is_grpc: bool, script: &[Say]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            script: Arc::new(Mutex::new(script.iter().cloned().collect())),
            seen: Arc::default(),
            is_grpc,
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let _ = axum::serve(listener, router).await;
            });
        });
        server
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let message = if server.is_grpc {
        assert_eq!(u32::from_be_bytes(body[1..5].try_into().expect("4")) as usize, body.len() - 5);
        plain(&body[5..], body[0] == 1)
    } else {
        plain(&body, head.headers.get("content-encoding").is_some_and(|it| it == "gzip"))
    };
    let spans = if head.uri.path().contains("race") {
        let request = ExportTraceServiceRequest::decode(&message[..]).expect("valid protobuf");
        let scopes = request.resource_spans.iter().flat_map(|it| &it.scope_spans);
        scopes.map(|it| it.spans.len() as u64).sum()
    } else {
        0
    };
    let (path, headers) = (head.uri.path().to_owned(), head.headers);
    server.seen.lock().expect("no panic").push(Seen { path, headers, spans, at: Instant::now() });
    let say = {
        let mut script = server.script.lock().expect("no panic");
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
    };
    let partial = |rejected_spans| {
        let error_message = "too old".to_owned();
        let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    };
    match say.expect("a script") {
        Say::Ok if server.is_grpc => grpc(0, "", None, Vec::new()),
        Say::Partial(rejected) if server.is_grpc => grpc(0, "", None, partial(rejected)),
        Say::Ok => Response::new(Body::empty()),
        Say::Partial(rejected) => Response::new(Body::from(partial(rejected))),
        Say::Grpc(code, message, details) => grpc(code, message, details, Vec::new()),
        Say::Status(status, retry_after) => {
            let mut response = Response::new(Body::from("scripted"));
            *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            if let Some(value) = retry_after {
                response.headers_mut().insert("retry-after", HeaderValue::from_static(value));
            }
            response
        }
        Say::Hang => std::future::pending().await,
        Say::Stall(status) => {
            let first = bytes::Bytes::from_static(b"scripted");
            let begins = futures::stream::iter([Ok::<_, std::convert::Infallible>(first)]);
            let body = futures::StreamExt::chain(begins, futures::stream::pending());
            let mut response = Response::new(Body::from_stream(body));
            *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            response
        }
        Say::Endless => {
            let zeros = futures::stream::repeat_with(|| {
                Ok::<_, std::convert::Infallible>(bytes::Bytes::from_static(&[0; 4_096]))
            });
            Response::new(Body::from_stream(zeros))
        }
    }
}

fn plain(body: &[u8], is_gzip: bool) -> Vec<u8> {
    if !is_gzip {
        return body.to_vec();
    }
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body), &mut out).expect("gzip");
    out
}

/// Status in the trailers, after the message.
fn grpc(code: u32, message: &str, details: Option<&'static str>, body: Vec<u8>) -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(code));
    trailers.insert("grpc-message", HeaderValue::try_from(message).expect("ascii"));
    if let Some(details) = details {
        let name = HeaderName::from_static("grpc-status-details-bin");
        trailers.insert(name, HeaderValue::from_static(details));
    }
    let mut framed = vec![0];
    framed.extend((body.len() as u32).to_be_bytes());
    framed.extend(body);
    let frames = [
        Ok::<_, std::convert::Infallible>(http_body::Frame::data(framed.into())),
        Ok(http_body::Frame::trailers(trailers)),
    ];
    let mut response = Response::new(Body::new(StreamBody::new(futures::stream::iter(frames))));
    let content_type = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", content_type);
    response
}

pub(super) fn signal(url: String, protocol: Protocol, header: (&str, &str)) -> OtlpSignal {
    OtlpSignal {
        url,
        protocol,
        headers: vec![(header.0.to_owned(), Secret::new(header.1))],
        timeout: Duration::from_millis(700),
        compression: Compression::None,
        tls: crate::config::TlsFiles::default(),
    }
}

pub(super) fn settings(server: &Server) -> OtlpSettings {
    let url = format!("http://{}", server.address);
    let mut settings = OtlpSettings::tee("otlp", &url);
    let header = ("x-test", "own");
    settings.traces = Some(match server.is_grpc {
        true => signal(url, Protocol::Grpc, header),
        false => signal(format!("{url}/v1/traces"), Protocol::HttpProtobuf, header),
    });
    settings
}
