"""An OTLP receiver that looks hard at what it gets: HTTP/protobuf and gRPC, traces, logs and metrics.

Usage: otlp_strict.py [through-rotel]

Prints two ports (its own, or those of rotel, a collector in Rust, that passes on to it what it gets),
receives until its standard input ends, then prints as JSON what came and what is
wrong with it: fields that opentelemetry-proto does not know or calls deprecated, ids, times and lists
that the protocol forbids, and names, types, units and buckets other than those of the semantic
conventions (opentelemetry-semantic-conventions, the constants that every Python instrumentation uses).
"""

import collections
import gzip
import importlib.util
import json
import os
import pkgutil
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import opentelemetry.semconv._incubating.attributes as experimental
import opentelemetry.semconv._incubating.metrics as experimental_metrics
import opentelemetry.semconv.attributes as stable
import opentelemetry.semconv.metrics as stable_metrics
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.semconv.schemas import Schemas

# The conventions' advice for durations in seconds.
SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
# What is ours, and says so by its name.
OURS = re.compile(r"^(app|cruddur|browser)\.|^(log_id|log\.target|log\.module|SampleRate)$")
INTEGERS = {"http.response.status_code", "server.port", "client.port", "network.peer.port",
            "code.line.number", "process.pid", "http.request.resend_count", "rpc.grpc.status_code"}
SPAN = {"server": ["http.request.method", "url.path", "url.scheme"],
        "client": ["http.request.method", "server.address", "server.port", "url.full"]}
RESOURCE = ["service.name", "service.instance.id", "telemetry.sdk.name", "telemetry.sdk.language",
            "telemetry.sdk.version"]

faults, lock = collections.Counter(), threading.Lock()
spans, logs, metrics = [], [], {}


def constants(package):
    """Every name of a package's constants, and whether it is deprecated."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{module.name}")
        with open(module.__file__, encoding="utf-8") as file:
            source = file.read()
        pattern = r'^[A-Z0-9_]+: Final = \(?\s*"([^"]+)"\s*\)?\n"""\n(.*?)"""'
        for name, text in re.findall(pattern, source, re.S | re.M):
            is_deprecated = "eprecated" in text and "in favor of stable" not in text
            found[name] = (is_deprecated, text)
    return found


NAMES = {**constants(experimental), **constants(stable)}
METRICS = {**constants(experimental_metrics), **constants(stable_metrics)}
assert len(NAMES) > 500 and "http.route" in NAMES and len(METRICS) > 100, (len(NAMES), len(METRICS))
SCHEMAS = {schema.value for schema in Schemas}


def fault(text):
    faults[text] += 1


def known(message):
    """No field that the protocol's own definition does not have, or calls deprecated."""
    name = message.DESCRIPTOR.name
    for field in UnknownFieldSet(message):
        fault(f"{name} has an unknown field {field.field_number}")
    for field, value in message.ListFields():
        if field.GetOptions().deprecated:
            fault(f"{name}.{field.name} is deprecated")
        if field.message_type is not None:
            for one in value if hasattr(value, "add") else [value]:
                known(one)


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [value(one) for one in any_value.array_value.values]
    return getattr(any_value, kind)


def attributes(where, pairs):
    found = {}
    for pair in pairs:
        key, got = pair.key, value(pair.value)
        if not key:
            fault(f"{where}: an attribute without a key")
        if key in found:
            fault(f"{where}: {key} twice")
        if isinstance(got, list) and len({type(one) for one in got}) > 1:
            fault(f"{where}: {key} is a list of several types")
        if key in INTEGERS and not isinstance(got, int):
            fault(f"{where}: {key} is no integer")
        if key in NAMES and NAMES[key][0]:
            fault(f"{where}: {key} is deprecated")
        root = key.split(".")[0]
        namespaces = {name.split(".")[0] for name in NAMES}
        template = any(key.startswith(f"{name}.") for name in NAMES)
        if root in namespaces and key not in NAMES and not template and not OURS.match(key):
            fault(f"{where}: {key} is in a namespace of the conventions, and not in them")
        found[key] = got
    return found


def about(message, resource, scopes):
    """The frame that all signals have."""
    found = attributes("resource", resource.attributes)
    for name in RESOURCE:
        if not found.get(name):
            fault(f"resource: {name} is missing")
    for scope in scopes:
        if not scope.scope.name or not scope.scope.version:
            fault("scope: name or version is missing")
        for schema in (message.schema_url, scope.schema_url):
            if schema not in SCHEMAS:
                fault(f"the schema {schema!r} was not published")
    return found


def ids(where, trace_id, span_id):
    if len(trace_id) != 16 or not any(trace_id):
        fault(f"{where}: trace id {trace_id.hex()!r}")
    if len(span_id) != 8 or not any(span_id):
        fault(f"{where}: span id {span_id.hex()!r}")


def take_spans(way, request):
    known(request)
    for resource_spans in request.resource_spans:
        found = about(resource_spans, resource_spans.resource, resource_spans.scope_spans)
        for span in (span for scope in resource_spans.scope_spans for span in scope.spans):
            where = "span"
            ids(where, span.trace_id, span.span_id)
            if span.parent_span_id:
                ids("span's parent", span.trace_id, span.parent_span_id)
            if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
                fault("span: its times")
            if not span.name or span.kind == 0:
                fault("span: name or kind is missing")
            if span.status.message and span.status.code != 2:
                fault("span: a status that is no error has a message")
            for event in span.events:
                attributes("event", event.attributes)
                if not event.name or not event.time_unix_nano:
                    fault("event: name or time is missing")
            for link in span.links:
                ids("link", link.trace_id, link.span_id)
                attributes("link", link.attributes)
            got = attributes(where, span.attributes)
            kind = {2: "server", 3: "client"}.get(span.kind)
            if kind and "http.request.method" in got:
                http(kind, span, got)
            spans.append({
                "way": way, "service": found.get("service.name"), "name": span.name,
                "trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(),
                "parent_id": span.parent_span_id.hex(), "kind": span.kind, "flags": span.flags,
                "start": span.start_time_unix_nano, "end": span.end_time_unix_nano,
                "status": [span.status.code, span.status.message], "attributes": got,
                "events": [[it.name, it.time_unix_nano, attributes("event", it.attributes)]
                           for it in span.events],
                "links": [[it.trace_id.hex(), it.span_id.hex()] for it in span.links],
                "trace_state": span.trace_state,
            })


def http(kind, span, got):
    """Spans of HTTP, by the stable conventions."""
    for name in SPAN[kind]:
        if name not in got:
            fault(f"HTTP {kind} span: {name} is missing")
    status = got.get("http.response.status_code")
    method = "HTTP" if got["http.request.method"] == "_OTHER" else got["http.request.method"]
    low = got.get("http.route") or got.get("url.template")
    if span.name != (f"{method} {low}" if low else method):
        fault(f"HTTP {kind} span: the name {span.name!r}")
    is_error = status is not None and status >= (500 if kind == "server" else 400)
    if is_error and (span.status.code != 2 or "error.type" not in got):
        fault(f"HTTP {kind} span: {status} without an error")
    if span.status.code == 2 and "error.type" not in got:
        fault(f"HTTP {kind} span: an error without error.type")


def take_logs(way, request):
    known(request)
    for resource_logs in request.resource_logs:
        about(resource_logs, resource_logs.resource, resource_logs.scope_logs)
        for record in (record for scope in resource_logs.scope_logs for record in scope.log_records):
            if not record.time_unix_nano or not record.observed_time_unix_nano:
                fault("log: a time is missing")
            if not 1 <= record.severity_number <= 24 or not record.severity_text:
                fault("log: its severity")
            if record.trace_id or record.span_id:
                ids("log", record.trace_id, record.span_id)
            logs.append({
                "way": way, "body": value(record.body), "time": record.time_unix_nano,
                "severity": [record.severity_number, record.severity_text],
                "trace_id": record.trace_id.hex(), "span_id": record.span_id.hex(),
                "flags": record.flags, "attributes": attributes("log", record.attributes),
            })


def take_metrics(way, request):
    known(request)
    for resource_metrics in request.resource_metrics:
        about(resource_metrics, resource_metrics.resource, resource_metrics.scope_metrics)
        for metric in (it for scope in resource_metrics.scope_metrics for it in scope.metrics):
            data = metric.WhichOneof("data")
            where = f"metric {metric.name}"
            _, text = METRICS.get(metric.name, (False, None))
            if text is None and not OURS.match(metric.name):
                fault(f"{where} is not in the conventions")
            if text is not None:
                unit = re.search(r"^Unit: (.*)$", text, re.M)
                kind = re.search(r"^Instrument: (.*)$", text, re.M)
                if unit and unit[1] != metric.unit:
                    fault(f"{where}: the unit {metric.unit!r}, not {unit[1]!r}")
                is_sum = data == "sum"
                is_monotonic = is_sum and metric.sum.is_monotonic
                got = ("counter" if is_monotonic else "updowncounter") if is_sum else data
                if kind and kind[1] != got:
                    fault(f"{where}: a {got}, not a {kind[1]}")
            if getattr(metric, data).aggregation_temporality != 2:
                fault(f"{where} is not cumulative")
            points = getattr(metric, data).data_points
            if not points:
                fault(f"{where} without points")
            sets = [json.dumps(attributes(where, it.attributes), sort_keys=True) for it in points]
            if len(set(sets)) != len(sets):
                fault(f"{where}: two points with the same attributes")
            for point in points:
                if not 0 < point.start_time_unix_nano <= point.time_unix_nano:
                    fault(f"{where}: its times")
                if data == "histogram":
                    if sum(point.bucket_counts) != point.count:
                        fault(f"{where}: its buckets hold another number")
                    if len(point.bucket_counts) != len(point.explicit_bounds) + 1:
                        fault(f"{where}: the number of its buckets")
                    if metric.unit == "s" and list(point.explicit_bounds) != SECONDS:
                        fault(f"{where}: the bounds {list(point.explicit_bounds)}")
                    if metric.name == "http.server.request.duration":
                        got = attributes(where, point.attributes)
                        for name in ("http.request.method", "url.scheme"):
                            if name not in got:
                                fault(f"{where}: {name} is missing")
                    for exemplar in point.exemplars:
                        ids("exemplar", exemplar.trace_id, exemplar.span_id)
            metrics[metric.name] = [way, data, metric.unit]


TAKE = {
    "/v1/traces": (trace_service_pb2.ExportTraceServiceRequest, take_spans),
    "/v1/logs": (logs_service_pb2.ExportLogsServiceRequest, take_logs),
    "/v1/metrics": (metrics_service_pb2.ExportMetricsServiceRequest, take_metrics),
}


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with lock:
            if self.headers["content-type"] != "application/x-protobuf":
                fault(f"the content type {self.headers['content-type']}")
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            kind, take = TAKE[self.path]
            take("http", kind.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def servicer(base, take, answer):
    class Servicer(base):
        def Export(self, request, context):
            with lock:
                take("grpc", request)
            return answer()

    return Servicer()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def rotel(folder, sink):
    """A collector that passes on what it gets: its process and its two ports."""
    ports = [free_port(), free_port()]
    agent = os.path.join(os.path.dirname(importlib.util.find_spec("rotel").origin), "rotel-agent")
    process = subprocess.Popen(
        [agent, "start", "--otlp-http-endpoint", f"127.0.0.1:{ports[0]}",
         "--otlp-grpc-endpoint", f"127.0.0.1:{ports[1]}",
         "--exporter", "otlp", "--otlp-exporter-protocol", "http",
         "--otlp-exporter-endpoint", f"http://127.0.0.1:{sink}",
         "--pid-file", f"{folder}/pid", "--log-file", f"{folder}/log"],
        stdout=subprocess.DEVNULL, stderr=sys.stderr, env={"PATH": os.environ["PATH"]},
    )
    for port in ports:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
    return process, ports


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Http)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rpc = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    for pb2, stubs, name, take in (
        (trace_service_pb2, trace_service_pb2_grpc, "Trace", take_spans),
        (logs_service_pb2, logs_service_pb2_grpc, "Logs", take_logs),
        (metrics_service_pb2, metrics_service_pb2_grpc, "Metrics", take_metrics),
    ):
        base = getattr(stubs, f"{name}ServiceServicer")
        answer = getattr(pb2, f"Export{name}ServiceResponse")
        getattr(stubs, f"add_{name}ServiceServicer_to_server")(servicer(base, take, answer), rpc)
    ports = [server.server_address[1], rpc.add_insecure_port("127.0.0.1:0")]
    rpc.start()
    with tempfile.TemporaryDirectory() as folder:
        collector = None
        if sys.argv[1:] == ["through-rotel"]:
            collector, ports = rotel(folder, ports[0])
        print(*ports, flush=True)
        sys.stdin.read()
        if collector is not None:
            # It sends what it has before it ends.
            collector.terminate()
            collector.wait(20)
    rpc.stop(None)
    with lock:
        print(json.dumps({"faults": faults, "spans": spans, "logs": logs, "metrics": metrics}))


main()
