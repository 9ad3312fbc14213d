//! A plain hyper server.

// recipe
use std::convert::Infallible;

use bytes::Bytes;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::PeerAddr;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // Without a router nobody but the handler knows the route.
    cruddur_trace::set_route("/hello/{name}");
    let name = request.uri().path().rsplit('/').next().unwrap_or("");
    Ok(Response::new(Full::from(format!("hello, {name}"))))
}

async fn serve(listener: TcpListener, layer: ObserveLayer) -> std::io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddr(peer));
                request
            })
            .layer(layer.clone())
            .service(service_fn(hello));
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await
        });
    }
}
// end

#[tokio::test]
async fn a_request_to_a_plain_hyper_server_is_a_span() {
    use cruddur_trace::record::Sampling;
    use cruddur_trace::testing::Capture;

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new().collect_into(capture.collector());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, layer));
    let answer = reqwest::get(format!("http://{address}/hello/bayko")).await.expect("an answer");
    assert_eq!(answer.text().await.expect("text"), "hello, bayko");
    let captured = super::document::captured(&capture, 1).await;
    let span = captured.span("GET /hello/{name}");
    assert_eq!(span.attribute("client.address"), Some(&"127.0.0.1".into()));
}
