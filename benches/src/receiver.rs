//! What telemetry is sent to: a process of its own, so that its work is not counted as the sender's.
//! It decodes what comes, counts it, and keeps nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

/// The argument that makes a benchmark's binary the receiver.
pub const ARGUMENT: &str = "receiver";

/// A receiver in a process of its own.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    /// OTLP over HTTP, and Rollbar's items: `127.0.0.1:1234`.
    pub http: String,
    /// OTLP over gRPC.
    pub grpc: String,
    /// X-Ray's daemon.
    pub udp: String,
}

/// What has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    /// Spans by OTLP.
    pub spans: u64,
    /// Bytes of the requests that carried them, as they came over the wire, without headers.
    pub span_bytes: u64,
    /// Log records by OTLP.
    pub logs: u64,
    /// Items for Rollbar.
    pub items: u64,
    /// Datagrams for X-Ray's daemon.
    pub datagrams: u64,
    /// Their bytes.
    pub datagram_bytes: u64,
}

impl Receiver {
    /// Starts one: this very program with [`ARGUMENT`], for which it must call [`receive`].
    #[must_use]
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the receiver starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = || {
            let mut address = String::new();
            output.read_line(&mut address).expect("its address");
            address.trim().to_owned()
        };
        let (http, grpc, udp) = (line(), line(), line());
        child.stdout = Some(output.into_inner());
        Self { child, http, grpc, udp }
    }

    /// What has come; it ends.
    #[must_use]
    pub fn finish(mut self) -> Received {
        drop(self.child.stdin.take());
        let mut text = String::new();
        let mut output = self.child.stdout.take().expect("its output");
        output.read_to_string(&mut text).expect("its counts");
        let _ = self.child.wait();
        let numbers: Vec<u64> =
            text.split_whitespace().map(|it| it.parse().expect("a number")).collect();
        let [spans, span_bytes, logs, items, datagrams, datagram_bytes] = numbers[..] else {
            panic!("six counts, not {text}")
        };
        Received { spans, span_bytes, logs, items, datagrams, datagram_bytes }
    }
}

#[derive(Debug)]
struct Counts([AtomicU64; 6]);

static COUNTS: Counts = Counts([const { AtomicU64::new(0) }; 6]);

impl Counts {
    fn add(&self, index: usize, count: usize) {
        self.0[index].fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// Receives until the standard input ends, then prints what came.
pub fn receive() {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(any).expect("a free port");
    let socket = UdpSocket::bind(any).expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    println!("{}", start_grpc(any));
    println!("{}", socket.local_addr().expect("an address"));
    std::io::stdout().flush().expect("the output");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    std::thread::spawn(move || {
        let mut datagram = vec![0; 1 << 16];
        while let Ok(length) = socket.recv(&mut datagram) {
            COUNTS.add(4, 1);
            COUNTS.add(5, length);
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let counts: Vec<_> = COUNTS.0.iter().map(|it| it.load(Ordering::Relaxed).to_string()).collect();
    println!("{}", counts.join(" "));
}

fn count_spans(request: &ExportTraceServiceRequest) {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    COUNTS.add(0, scopes.map(|scope| scope.spans.len()).sum());
}

/// HTTP/1.1: OTLP by its paths, and anything else as an item for Rollbar.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let (mut length, mut is_gzip) = (0, false);
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = first.clone();
        while line.trim() != "" {
            line.clear();
            reader.read_line(&mut line)?;
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            is_gzip |= header.starts_with("content-encoding: gzip");
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut plain = Vec::new();
        if is_gzip {
            flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut plain)?;
        } else {
            plain = body;
        }
        let mut answer: &[u8] = b"";
        if first.contains("/v1/traces") {
            COUNTS.add(1, length);
            count_spans(&ExportTraceServiceRequest::decode(plain.as_slice()).expect("valid OTLP"));
        } else if first.contains("/v1/logs") {
            let request = ExportLogsServiceRequest::decode(plain.as_slice()).expect("valid OTLP");
            let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
            COUNTS.add(2, scopes.map(|scope| scope.log_records.len()).sum());
        } else {
            COUNTS.add(3, 1);
            answer = br#"{"err":0,"result":{}}"#;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
            if answer.is_empty() { "application/x-protobuf" } else { "application/json" },
            answer.len(),
        );
        stream.write_all(&[head.as_bytes(), answer].concat())?;
    }
}

struct Spans;

#[tonic::async_trait]
impl TraceService for Spans {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        COUNTS.add(1, request.get_ref().encoded_len());
        count_spans(request.get_ref());
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

/// The address of a gRPC server on a thread of its own.
fn start_grpc(any: SocketAddr) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let incoming = tonic::transport::server::TcpIncoming::bind(any).expect("a free port");
            sender.send(incoming.local_addr().expect("an address")).expect("somebody waits");
            let service = TraceServiceServer::new(Spans);
            let server = tonic::transport::Server::builder().add_service(service);
            server.serve_with_incoming(incoming).await.expect("a server");
        });
    });
    receiver.recv().expect("the server starts")
}
