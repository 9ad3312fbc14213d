//! The translator as a `SpanExporter`: documents to the daemon by UDP.
//!
//! The SDK exports on a thread of its own without a runtime, so the socket here is a blocking one;
//! sending a datagram does not wait.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{ToSocketAddrs, UdpSocket};
use std::sync::{Mutex, PoisonError};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::convert;
use crate::record::{Fragment, Resource, Sampling};
use crate::sinks::xray::daemon::HEADER;
use crate::sinks::xray::{DaemonAddress, HostPort, Translator, XraySettings, documents};

/// Sends finished spans to the X-Ray daemon as segment documents.
///
/// A batch that holds a whole request becomes one segment with nested subsegments; what finishes
/// later becomes subsegments of their own. A document that the daemon did not take is counted in
/// the error of its batch, and never ends the export of the others.
#[derive(Debug)]
pub struct XrayExporter {
    settings: XraySettings,
    translator: Translator,
    address: HostPort,
    socket: Mutex<Option<UdpSocket>>,
}

/// The text is no daemon address.
#[derive(Clone, Debug)]
pub struct DaemonAddressError {
    what: String,
}

impl fmt::Display for DaemonAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for DaemonAddressError {}

/// Reads an address as `AWS_XRAY_DAEMON_ADDRESS` has it.
pub(super) fn daemon(address: &str) -> Result<DaemonAddress, DaemonAddressError> {
    address.parse().map_err(|error| DaemonAddressError { what: format!("{error}") })
}

impl XrayExporter {
    /// An exporter to the daemon at `host:port`, or `tcp:host:port udp:host:port`.
    ///
    /// # Errors
    ///
    /// If the address is neither.
    pub fn new(daemon_address: &str) -> Result<Self, DaemonAddressError> {
        let settings = XraySettings::new(Resource::default());
        Ok(Self {
            translator: Translator::new(&settings),
            settings,
            address: daemon(daemon_address)?.udp,
            socket: Mutex::new(None),
        })
    }

    /// Names segments in place of the resource's `service.name`.
    #[must_use]
    pub fn segment_name(mut self, name: impl Into<String>) -> Self {
        self.settings.segment_name = Some(name.into());
        self.translator = Translator::new(&self.settings);
        self
    }

    /// Attributes that become annotations, which X-Ray indexes; `*` stands for all. Default:
    /// `app.userId` and `http.route`.
    #[must_use]
    pub fn indexed(mut self, keys: impl IntoIterator<Item = String>) -> Self {
        self.settings.indexed = keys.into_iter().collect();
        self.translator = Translator::new(&self.settings);
        self
    }

    /// Log groups that hold the service's logs: the console shows them beside the trace.
    #[must_use]
    pub fn log_groups(mut self, groups: impl IntoIterator<Item = String>) -> Self {
        self.settings.log_groups = groups.into_iter().collect();
        self.translator = Translator::new(&self.settings);
        self
    }

    /// The segment documents of these spans, for a transport of your own; and how many spans could
    /// not be translated.
    #[must_use]
    pub fn documents(&self, batch: Vec<SpanData>) -> (Vec<Vec<u8>>, u64) {
        let mut traces: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut refused = 0;
        for span in batch {
            match convert::record(span) {
                Some(record) => traces.entry(record.trace_id).or_default().push(record),
                None => refused += 1,
            }
        }
        let fragment = |(id, spans)| Fragment::new(id, spans, Sampling::ALWAYS);
        let fragments: Vec<Fragment> = traces.into_iter().map(fragment).collect();
        let max_bytes = self.settings.max_document_bytes;
        let (found, too_large) = documents(&self.translator, &fragments, max_bytes);
        (found.into_iter().map(|it| it.bytes).collect(), refused + too_large)
    }

    fn send(&self, document: &[u8]) -> io::Result<()> {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        let connected = match socket.take() {
            Some(connected) => connected,
            None => connect(&self.address)?,
        };
        let datagram = [HEADER, document].concat();
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        match connected.send(&datagram) {
            // What an earlier datagram met.
            Err(error) if refused(&error) => connected.send(&datagram).map(drop)?,
            sent => sent.map(drop)?,
        }
        match connected.take_error()? {
            // The name is looked up anew next time.
            Some(error) => Err(error),
            None => {
                *socket = Some(connected);
                Ok(())
            }
        }
    }
}

fn connect(address: &HostPort) -> io::Result<UdpSocket> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    // IPv4 first: that is where the daemon listens unless told otherwise.
    let mut found: Vec<_> = (address.host.as_str(), address.port).to_socket_addrs()?.collect();
    found.sort_by_key(std::net::SocketAddr::is_ipv6);
    for remote in found {
        let local = if remote.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        match UdpSocket::bind(local).and_then(|it| it.connect(remote).map(|()| it)) {
            Ok(socket) => return Ok(socket),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl SpanExporter for XrayExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (documents, mut lost) = self.documents(batch);
        let mut cause = String::from("a span is too large or has no id");
        for document in documents {
            if let Err(error) = self.send(&document) {
                lost += 1;
                cause = format!("the X-Ray daemon at {} took no datagram: {error}", self.address);
            }
        }
        if lost == 0 {
            return Ok(());
        }
        Err(OTelSdkError::InternalFailure(format!("{lost} X-Ray documents were lost: {cause}")))
    }

    fn set_resource(&mut self, resource: &opentelemetry_sdk::Resource) {
        self.settings.resource = convert::resource(resource);
        self.translator = Translator::new(&self.settings);
    }
}
