//! tonic, server and client.

use opentelemetry_proto::tonic::collector::trace::v1 as collector;

use collector::trace_service_client::TraceServiceClient as GreeterClient;
use collector::trace_service_server::TraceServiceServer as GreeterServer;
use collector::{
    ExportTraceServiceRequest as HelloRequest, ExportTraceServiceResponse as HelloReply,
    trace_service_server::TraceService as Greeter,
};

// recipe
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::{ClientLayer, ClientService};
use futures::Stream;
use tokio::net::TcpStream;
use tonic::transport::{Channel, Endpoint, Server};
use tower::Layer as _;

async fn serve(
    incoming: impl Stream<Item = std::io::Result<TcpStream>>,
    layer: ObserveLayer,
    greeter: impl Greeter,
) -> Result<(), tonic::transport::Error> {
    // The status is read from the trailers; a panic becomes `grpc-status: 13`.
    let server = Server::builder().layer(layer).add_service(GreeterServer::new(greeter));
    server.serve_with_incoming(incoming).await
}

fn connect(origin: &http::Uri) -> GreeterClient<ClientService<Channel>> {
    let channel = Endpoint::from(origin.clone()).connect_lazy();
    let layer = ClientLayer::new().propagate_to(origin.host());
    // The origin is said, so that the layer knows which host the call goes to.
    GreeterClient::with_origin(layer.layer(channel), origin.clone())
}
// end

struct Polite;

#[tonic::async_trait]
impl Greeter for Polite {
    async fn export(
        &self,
        _: tonic::Request<HelloRequest>,
    ) -> Result<tonic::Response<HelloReply>, tonic::Status> {
        Ok(tonic::Response::new(HelloReply::default()))
    }
}

#[tokio::test]
async fn a_call_is_a_client_span_and_a_server_span() {
    use cruddur_trace::record::{Sampling, SpanKind};
    use cruddur_trace::testing::Capture;

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new().collect_into(capture.collector());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let incoming = futures::stream::unfold(listener, |listener| async move {
        let accepted = listener.accept().await.map(|(stream, _)| stream);
        Some((accepted, listener))
    });
    tokio::spawn(serve(incoming, layer, Polite));
    let origin: http::Uri = format!("http://{address}").parse().expect("a URI");
    let (caller, result) = Capture::new(Sampling::ALWAYS)
        .run_async(async { connect(&origin).export(HelloRequest::default()).await })
        .await;
    result.expect("a reply");
    let sent = caller.spans().into_iter().find(|span| span.kind == SpanKind::Client);
    let sent = sent.expect("a client span").clone();
    let captured = super::document::captured(&capture, 1).await;
    let server = captured.spans()[0].clone();
    assert_eq!((server.trace_id, server.parent_id), (sent.trace_id, Some(sent.span_id)));
    assert_eq!(server.attribute("rpc.grpc.status_code"), Some(&0.into()));
}
