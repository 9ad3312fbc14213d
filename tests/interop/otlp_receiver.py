"""An OTLP receiver from opentelemetry-proto and grpcio alone: HTTP/protobuf and gRPC.

Prints its two ports, receives until its standard input ends, then prints every span as JSON.
"""

import gzip
import json
import sys
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as stubs

received = {"http": [], "grpc": []}
lock = threading.Lock()


def value(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


def keep(way, request):
    for resource_spans in request.resource_spans:
        resource = {it.key: value(it.value) for it in resource_spans.resource.attributes}
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                row = {
                    "service": resource["service.name"],
                    "scope": scope_spans.scope.name,
                    "name": span.name,
                    "kind": span.kind,
                    "trace_id": span.trace_id.hex(),
                    "span_id": span.span_id.hex(),
                    "parent_id": span.parent_span_id.hex(),
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "flags": span.flags,
                    "status": span.status.code,
                    "attributes": {it.key: value(it.value) for it in span.attributes
                                   if it.value.WhichOneof("value") != "array_value"},
                    "events": [it.name for it in span.events],
                }
                with lock:
                    received[way].append(row)


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path == "/v1/traces":
            keep("http", service.ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Traces(stubs.TraceServiceServicer):
    def Export(self, request, context):
        keep("grpc", request)
        return service.ExportTraceServiceResponse()


http = ThreadingHTTPServer(("127.0.0.1", 0), Http)
threading.Thread(target=http.serve_forever, daemon=True).start()
rpc = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
stubs.add_TraceServiceServicer_to_server(Traces(), rpc)
rpc_port = rpc.add_insecure_port("127.0.0.1:0")
rpc.start()
print(http.server_address[1], rpc_port, flush=True)
sys.stdin.read()
rpc.stop(None)
print(json.dumps(received))
