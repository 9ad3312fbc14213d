"""OTLP over TLS and through proxies, with a certificate authority of our own.

Usage: otlp_tls.py <logs_emit binary>. Prints "ok <cases>"; a failed assertion is a failed test.
"""

import datetime
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

COUNT = 5
KEY, PASSWORD = "a-key-of-the-backend", "a-password-of-the-proxy"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["x-key"] == KEY
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            self.server.records += sum(len(scope.log_records) for scope in resource.scope_logs)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    records = 0

    def __init__(self, certificate, clients=None):
        super().__init__(("127.0.0.1", 0), Receiver)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        # In the thread of each connection, so that a failed handshake holds up no other.
        self.context = context
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request_thread(self, request, address):
        try:
            request = self.context.wrap_socket(request, server_side=True)
        except OSError:
            return request.close()
        super().process_request_thread(request, address)

    def handle_error(self, *_):
        pass


class Proxy(threading.Thread):
    """CONNECT, with a password if one is given; `hangs` accepts and says nothing."""

    def __init__(self, credentials=None, hangs=False):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.credentials, self.hangs, self.asked = credentials, hangs, 0
        self.start()

    def run(self):
        while True:
            threading.Thread(target=self.one, args=self.listener.accept()[:1], daemon=True).start()

    def one(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096) or b"\r\n\r\n"
        self.asked += 1
        if self.hangs:
            client.recv(1)
            return
        if self.credentials is not None and self.credentials not in head:
            client.sendall(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n")
            client.close()
            return
        host, port = head.split(b" ")[1].rsplit(b":", 1)
        server = socket.create_connection((host.decode(), int(port)))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        pump(client, server)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            end.close()


def emit(url, **variables):
    environment = {
        "PATH": os.environ["PATH"],
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={KEY}",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
        "OTEL_METRICS_EXPORTER": "none",
        "CRUDDUR_LOG_FORMAT": "none",
        # After the first failure: what matters here is why.
        "CRUDDUR_RETRY_MAX_ELAPSED": "1ms",
        **variables,
    }
    done = subprocess.run([sys.argv[1], str(COUNT)], env=environment, capture_output=True, text=True,
                          timeout=60)
    said = done.stdout + done.stderr
    assert KEY not in said and PASSWORD not in said, said
    return done, said


cases = 0


def arrives(server, **variables):
    global cases
    cases += 1
    before = server.records
    done, said = emit(f"https://localhost:{server.server_port}", **variables)
    assert done.returncode == 0 and f"otlp: {COUNT} sent" in said, said
    assert server.records - before == COUNT, (server.records, before)


def is_lost(server, *words, **variables):
    """Every record is counted, and the reason is said."""
    global cases
    cases += 1
    before = server.records
    done, said = emit(f"https://localhost:{server.server_port}", **variables)
    assert done.returncode == 0 and f"{COUNT} lost (retries_exhausted {COUNT})" in said, said
    assert server.records == before, said
    assert all(word in said for word in words), (words, said)


def is_refused(*words, **variables):
    """At start-up, in one line."""
    global cases
    cases += 1
    done, said = emit("https://localhost:1", **variables)
    assert done.returncode == 1 and all(word in said for word in words), said


with tempfile.TemporaryDirectory() as folder:
    def save(name, *blobs):
        path = os.path.join(folder, name)
        for index, blob in enumerate(blobs):
            blob.write_to_path(path, append=index > 0)
        return path

    ca, other = trustme.CA(), trustme.CA()
    trusted, untrusted = save("ca.pem", ca.cert_pem), save("other.pem", other.cert_pem)

    def server_pem(name, *names, **times):
        leaf = ca.issue_cert(*names, **times)
        return save(name, leaf.private_key_and_cert_chain_pem)

    def client_pem(name, authority):
        leaf = authority.issue_cert("client@example.org")
        return {
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": save(f"{name}.pem", leaf.cert_chain_pems[0]),
            "OTEL_EXPORTER_OTLP_CLIENT_KEY": save(f"{name}.key", leaf.private_key_pem),
        }

    good = Server(server_pem("good", "localhost"))
    year = datetime.datetime(2020, 1, 1)
    expired = Server(server_pem("expired", "localhost", not_before=year,
                                not_after=datetime.datetime(2021, 1, 1)))
    elsewhere = Server(server_pem("elsewhere", "example.org"))
    mutual = Server(server_pem("mutual", "localhost"), clients=trusted)
    trust = {"OTEL_EXPORTER_OTLP_CERTIFICATE": trusted}

    arrives(good, **trust)
    arrives(good, SSL_CERT_FILE=trusted)
    is_lost(good, "UnknownIssuer", "OTEL_EXPORTER_OTLP_CERTIFICATE")
    is_lost(good, "UnknownIssuer", OTEL_EXPORTER_OTLP_CERTIFICATE=untrusted)
    is_lost(expired, "certificate expired", **trust)
    is_lost(elsewhere, "not valid for name \"localhost\"", **trust)

    ours, theirs = client_pem("ours", ca), client_pem("theirs", other)
    arrives(mutual, **trust, **ours)
    is_lost(mutual, "CertificateRequired", **trust)
    is_lost(mutual, "UnknownCA", **trust, **theirs)
    mixed = {**ours, "OTEL_EXPORTER_OTLP_CLIENT_KEY": theirs["OTEL_EXPORTER_OTLP_CLIENT_KEY"]}
    is_refused("KeyMismatch", **trust, **mixed)
    is_refused("can't be read", OTEL_EXPORTER_OTLP_CERTIFICATE=os.path.join(folder, "none"))
    is_refused("no certificates", OTEL_EXPORTER_OTLP_CERTIFICATE=__file__)
    is_refused("CLIENT_KEY", OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=trusted)

    proxy, hanging = Proxy(), Proxy(hangs=True)
    # `Proxy-Authorization: Basic`, of "user" and the password.
    guarded = Proxy(credentials=b"dXNlcjphLXBhc3N3b3JkLW9mLXRoZS1wcm94eQ==")
    through = lambda it, user="": {"HTTPS_PROXY": f"http://{user}127.0.0.1:{it.port}"}
    arrives(good, **trust, **through(proxy))
    assert proxy.asked == 1, proxy.asked
    arrives(good, **trust, **through(proxy), NO_PROXY="localhost")
    assert proxy.asked == 1, proxy.asked
    arrives(good, **trust, **through(guarded, f"user:{PASSWORD}@"))
    is_lost(good, "proxy authorization required", **trust, **through(guarded, f"user:no{PASSWORD}@"))
    is_lost(good, "timed out", **trust, **through(hanging, f"user:{PASSWORD}@"),
            OTEL_EXPORTER_OTLP_LOGS_TIMEOUT="500")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://user:{PASSWORD}@127.0.0.1:{closed.getsockname()[1]}"
    is_lost(good, "by its proxy (HTTPS_PROXY): Connection refused", **trust, HTTPS_PROXY=nobody)

print("ok", cases)
