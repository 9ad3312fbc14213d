//! tonic over a real socket.

use super::*;

/// A gRPC service whose answer is in the number of spans: 0 is fine, 1 is not found, 2 is broken, and
/// 3 panics.
struct Answers;

#[tonic::async_trait]
impl TraceService for Answers {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        match request.into_inner().resource_spans.len() {
            0 => Ok(tonic::Response::new(ExportTraceServiceResponse::default())),
            1 => Err(tonic::Status::not_found("no such thing")),
            2 => Err(tonic::Status::internal("broken")),
            _ => std::panic::resume_unwind(Box::new("in a call")),
        }
    }
}

fn call(spans: usize) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans::default(); spans] }
}

#[tokio::test]
async fn tonic_over_a_socket() {
    let (rig, layer) = Rig::new();
    let (listener, address) = listener().await;
    let incoming = tokio_stream(listener);
    tokio::spawn(
        tonic::transport::Server::builder()
            .layer(layer)
            .add_service(TraceServiceServer::new(Answers))
            .serve_with_incoming(incoming),
    );
    let origin: http::Uri = format!("http://{address}").parse().expect("a URI");
    let channel = tonic::transport::Endpoint::from(origin.clone()).connect_lazy();
    // The client's side too: tonic tells its layers the host only where the origin is said.
    let channel = ClientLayer::new().propagate_to(["127.0.0.1"]).layer(channel);
    let client = TraceServiceClient::with_origin(channel, origin);

    for (spans, code) in [
        (0, tonic::Code::Ok),
        (1, tonic::Code::NotFound),
        (2, tonic::Code::Internal),
        (3, tonic::Code::Internal),
    ] {
        let mut client = client.clone();
        let (captured, result) = Capture::new(Sampling::ALWAYS)
            .run_async(async move { client.export(call(spans)).await })
            .await;
        let found = result.map_or_else(|status| status.code(), |_| tonic::Code::Ok);
        assert_eq!(found, code, "{spans}");

        let server = rig.spans(1).await.remove(0);
        let is_fault = code == tonic::Code::Internal;
        assert_eq!(server.status != Status::Unset, is_fault, "{spans}: {server:?}");
        assert_eq!(
            server.attribute("rpc.grpc.status_code").and_then(Value::as_i64),
            Some(code as i64),
            "{spans}"
        );
        assert_eq!(text(&server, "rpc.system").as_deref(), Some("grpc"));
        assert_eq!(text(&server, "network.protocol.version").as_deref(), Some("2"));
        assert_eq!(server.outcome == Outcome::Panic, spans == 3);

        let sent: Vec<_> =
            captured.spans().into_iter().filter(|it| it.kind == SpanKind::Client).collect();
        assert_eq!(sent.len(), 1);
        assert_eq!((server.trace_id, server.parent_id), (sent[0].trace_id, Some(sent[0].span_id)));
    }
    assert_eq!(rig.counts().0, 0);
}

/// A listener as a stream, without one more dependency.
fn tokio_stream(
    listener: TcpListener,
) -> impl futures::Stream<Item = Result<TcpStream, std::io::Error>> {
    futures::stream::unfold(listener, |listener| async move {
        let accepted = listener.accept().await.map(|(stream, _)| stream);
        Some((accepted, listener))
    })
}
