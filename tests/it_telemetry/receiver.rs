//! An OTLP/HTTP receiver on a thread of its own, decoding with opentelemetry-proto.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;

/// What is looked at of a span.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) trace_id: String,
    tag: Option<String>,
}

impl Received {
    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }
}

type Spans = Arc<Mutex<Vec<Received>>>;

pub(crate) struct Receiver {
    address: SocketAddr,
    spans: Spans,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let spans = Spans::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .fallback(|| async {})
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&spans));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let _ = axum::serve(listener, router).await;
            });
        });
        Self { address, spans }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn spans(&self) -> Vec<Received> {
        self.spans.lock().expect("no panic").clone()
    }
}

async fn take(State(spans): State<Spans>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("valid protobuf");
    let scopes = request.resource_spans.into_iter().flat_map(|it| it.scope_spans);
    let received = scopes.flat_map(|it| it.spans).map(|span| {
        let tag = span.attributes.into_iter().find(|it| it.key == "tag");
        let tag = tag.and_then(|it| it.value?.value).map(|value| match value {
            Value::StringValue(text) => text,
            other => panic!("{other:?}"),
        });
        let trace_id = span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        Received { trace_id, tag }
    });
    let received: Vec<_> = received.collect();
    spans.lock().expect("no panic").extend(received);
}
