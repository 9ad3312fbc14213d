"""The official OpenTelemetry exporters into a console: traces, metrics and logs, by HTTP and gRPC.

Usage: otlp_exporters.py <console URL>

Every way sends gzip. Fails where an exporter reports a failure.
"""

import logging
import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

console = sys.argv[1].rstrip("/")
failures = []


class Failures(logging.Handler):
    """The exporters say in their log what they could not send."""

    def emit(self, record):
        if record.name.startswith("opentelemetry") and record.levelno >= logging.WARNING:
            failures.append(record.getMessage())


logging.getLogger().addHandler(Failures())


def send(way, spans, metrics, logs):
    resource = Resource.create({"service.name": f"python-{way}"})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    meters = MeterProvider([PeriodicExportingMetricReader(metrics)], resource=resource)
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    logger = logging.getLogger(f"cruddur.{way}")
    logger.setLevel(logging.INFO)
    logger.addHandler(LoggingHandler(logger_provider=loggers))

    meter = meters.get_meter("cruddur")
    meter.create_counter("python.requests", unit="{request}").add(3, {"way": way})
    meter.create_histogram("python.duration", unit="ms").record(12.5, {"way": way})
    tracer = tracers.get_tracer("cruddur", "1.0")
    with tracer.start_as_current_span("outer", kind=SpanKind.SERVER) as span:
        span.set_attributes({"app.userId": "andrewbrown", "n": 2**60, "half": 0.5, "list": ["a", "b"]})
        with tracer.start_as_current_span("inner") as inner:
            inner.add_event("seen", {"ok": True})
            inner.set_status(Status(StatusCode.ERROR, "no such row"))
            logger.warning("a line by %s", way)
    for provider in (tracers, meters, loggers):
        assert provider.force_flush(), f"{way}: {provider} could not be flushed"
        provider.shutdown()


def http(path):
    return {"endpoint": f"{console}/v1/{path}", "compression": Compression.Gzip}


send("http", HttpSpans(**http("traces")), HttpMetrics(**http("metrics")), HttpLogs(**http("logs")))
by_grpc = {"endpoint": console, "insecure": True, "compression": grpc.Compression.Gzip}
send("grpc", GrpcSpans(**by_grpc), GrpcMetrics(**by_grpc), GrpcLogs(**by_grpc))
if failures:
    sys.exit("\n".join(failures))
print("sent")
