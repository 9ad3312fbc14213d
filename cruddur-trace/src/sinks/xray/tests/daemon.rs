//! Faults 10 and 11 of the other exporter: a daemon that is stopped, comes back, or has a name.

use std::sync::Arc;

use tokio::net::UdpSocket;

use super::*;
use crate::pipeline::{Batch, SendError, Sink};
use crate::sinks::xray::{DaemonSink, HostPort};

fn batch(spans: Vec<SpanRecord>) -> Batch {
    let fragment = Fragment::new(trace_id(), spans, Sampling::ALWAYS);
    Batch { fragments: vec![Arc::new(fragment)], ..Batch::default() }
}

fn address(host: &str, port: u16) -> HostPort {
    HostPort { host: host.to_owned(), port }
}

async fn receive(daemon: &UdpSocket) -> Json {
    let mut buffer = vec![0; 65_536];
    let (len, _) = daemon.recv_from(&mut buffer).await.expect("a datagram");
    let (header, document) = buffer[..len].split_at(30);
    assert_eq!(header, b"{\"format\":\"json\",\"version\":1}\n");
    checked(document)
}

#[tokio::test]
async fn a_document_goes_to_a_daemon_by_name_by_v4_and_by_v6() {
    for (bind, host) in
        [("127.0.0.1:0", "localhost"), ("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1")]
    {
        let Ok(daemon) = UdpSocket::bind(bind).await else {
            println!("SKIPPED {host}: no such address on this machine");
            continue;
        };
        let port = daemon.local_addr().expect("bound").port();
        let mut sink = DaemonSink::new(&settings(), address(host, port));
        let mut encoded = sink.encode(batch(vec![server(&[])]), UnixNanos(0));
        let request = encoded.requests.remove(0);
        assert_eq!(request.records, 1);
        // `localhost` may be ::1 first, where nobody listens: the next attempt finds the other.
        if sink.send(&request.request).await.is_err() {
            sink.send(&request.request).await.expect("sent");
        }
        assert_eq!(receive(&daemon).await["name"], "cruddur-backend");
    }
}

#[tokio::test]
async fn a_stopped_daemon_is_told_and_a_restarted_one_found() {
    let daemon = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let local = daemon.local_addr().expect("bound");
    let mut sink = DaemonSink::new(&settings(), address("127.0.0.1", local.port()));
    let request = sink.encode(batch(vec![server(&[])]), UnixNanos(0)).requests.remove(0).request;
    sink.send(&request).await.expect("sent");
    receive(&daemon).await;
    drop(daemon);
    let mut refused = 0;
    for _ in 0..5 {
        match sink.send(&request).await {
            Err(SendError::Retry { cause, .. }) => {
                assert!(cause.contains("127.0.0.1"), "{cause}");
                refused += 1;
            }
            Ok(_) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    // The kernel tells at once on the same machine.
    assert_eq!(refused, 5);
    let daemon = UdpSocket::bind(local).await.expect("the port is still free");
    sink.send(&request).await.expect("sent");
    receive(&daemon).await;
}

#[tokio::test]
async fn a_name_that_no_one_has_is_no_abort() {
    let mut sink = DaemonSink::new(&settings(), address("no-such-daemon.invalid", 2000));
    let request = sink.encode(batch(vec![server(&[])]), UnixNanos(0)).requests.remove(0).request;
    assert!(matches!(sink.send(&request).await, Err(SendError::Retry { .. })));
}

#[tokio::test]
async fn the_largest_document_fits_into_a_datagram() {
    let daemon = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let port = daemon.local_addr().expect("bound").port();
    let mut sink = DaemonSink::new(&settings(), address("127.0.0.1", port));
    let steps = (2..900).map(|id| span(id, Some(1), "a step with a rather long name for a span"));
    let spans: Vec<SpanRecord> = std::iter::once(server(&[])).chain(steps).collect();
    let encoded = sink.encode(batch(spans), UnixNanos(0));
    let largest = encoded.requests.iter().map(|it| it.request.bytes.len()).max().expect("some");
    assert!((60_000..=65_507).contains(&largest), "{largest}");
    for request in &encoded.requests {
        sink.send(&request.request).await.expect("sent");
        receive(&daemon).await;
    }
}
