//! The X-Ray daemon, by UDP: one datagram, one document.
//!
//! UDP tells little. Where the kernel does report that nobody listens (at once on the same
//! machine), the document counts as not delivered, and the pipeline tries again; the socket lives
//! on. Names are looked up again after a failure, so a daemon that comes back with another address
//! is found.
//! Source of the header: "Sending trace data to X-Ray", AWS X-Ray developer guide, read 2026-11.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::{Attribute, UnixNanos};

use super::encoder::Encoder;
use super::{Document, HostPort, XraySettings};

/// What stands before the document in each datagram.
pub(crate) const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// Looks the daemon's name up again after this many datagrams even if all went well.
const DATAGRAMS_PER_LOOKUP: u32 = 1_000;

/// The sink for the daemon.
#[derive(Debug)]
pub(crate) struct DaemonSink {
    encoder: Encoder,
    address: HostPort,
    socket: Option<Connected>,
    /// How often nobody listened: the next address of the name is tried each time, since
    /// `localhost` has two and the daemon listens on one.
    failures: usize,
}

#[derive(Debug)]
struct Connected {
    socket: UdpSocket,
    datagrams: u32,
}

impl DaemonSink {
    pub(crate) fn new(settings: &XraySettings, address: HostPort) -> Self {
        Self { encoder: Encoder::new(settings), address, socket: None, failures: 0 }
    }

    async fn send_datagram(&mut self, datagram: &[u8]) -> io::Result<()> {
        let connected = match self.socket.take() {
            Some(known) if known.datagrams < DATAGRAMS_PER_LOOKUP => known,
            _ => connect(&self.address, self.failures).await?,
        };
        let connected = self.socket.insert(connected);
        connected.datagrams += 1;
        let sent = match connected.socket.send(datagram).await {
            // What an earlier datagram met; this one has not been sent yet.
            Err(error) if is_refused(&error) => connected.socket.send(datagram).await,
            other => other,
        };
        let refused = connected.socket.take_error()?.filter(is_refused);
        match (sent, refused) {
            (Ok(_), None) => Ok(()),
            (Err(error), _) | (_, Some(error)) => {
                self.socket = None;
                self.failures = self.failures.wrapping_add(1);
                Err(error)
            }
        }
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

/// A socket to one of the addresses of the name: which one depends on how often it failed.
async fn connect(address: &HostPort, failures: usize) -> io::Result<Connected> {
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await?;
    let found: Vec<SocketAddr> = found.collect();
    let Some(index) = failures.checked_rem(found.len()) else {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    };
    let remote = found[index];
    let local: SocketAddr = match remote {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(remote).await?;
    Ok(Connected { socket, datagrams: 0 })
}

impl Sink for DaemonSink {
    type Request = Document;

    fn name(&self) -> &'static str {
        "xray"
    }

    fn signals(&self) -> Signals {
        Signals { xray_spans: true, ..Signals::default() }
    }

    fn learn(&mut self, found: &[Attribute]) {
        self.encoder.learn(found);
    }

    fn encode(&mut self, batch: Batch, _now: UnixNanos) -> Encoded<Document> {
        let (documents, refused) = self.encoder.encode(&batch);
        let outgoing = |mut document: Document| {
            document.bytes.splice(..0, HEADER.iter().copied());
            Outgoing { records: document.spans, request: document }
        };
        Encoded { requests: documents.into_iter().map(outgoing).collect(), refused }
    }

    async fn send(&mut self, datagram: &Document) -> Result<Delivered, SendError> {
        match self.send_datagram(&datagram.bytes).await {
            Ok(()) => Ok(Delivered::default()),
            Err(error) => {
                let cause =
                    format!("the X-Ray daemon at {} took no datagram: {error}", self.address);
                // EMSGSIZE, as its number differs by system: the datagram will never fit.
                let is_too_long = error.to_string().contains("too long");
                Err(if is_too_long {
                    SendError::Refused { cause }
                } else {
                    SendError::Retry { after: None, cause }
                })
            }
        }
    }
}
