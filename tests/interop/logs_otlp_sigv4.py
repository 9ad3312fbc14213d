"""Stands in for CloudWatch Logs' OTLP endpoint, and verifies each signature with botocore.

Usage: logs_otlp_sigv4.py <logs_emit binary>. Prints "ok <records> <requests>"; a failed assertion is
a failed test.
"""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

KEY, SECRET, TOKEN, REGION = "AKIDTEST", "secret/key+1", "a-session-token", "eu-central-1"
COUNT = 12_000
records, faults, made, requests = [], [], {}, []


def verify(handler, body):
    """The signature, computed anew by AWS's own code from what came over the wire."""
    scheme, _, rest = handler.headers["authorization"].partition(" ")
    assert scheme == "AWS4-HMAC-SHA256", scheme
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    key, day, region, service, end = parts["Credential"].split("/")
    assert (key, region, service, end) == (KEY, REGION, "logs", "aws4_request"), parts
    names = parts["SignedHeaders"].split(";")
    assert "host" in names and "x-amz-date" in names, names
    signed = {name: handler.headers[name] for name in names}
    url = f"http://{handler.headers['host']}{handler.path}"
    request = AWSRequest(method="POST", url=url, data=body, headers=signed)
    request.context["timestamp"] = handler.headers["x-amz-date"]
    assert request.context["timestamp"].startswith(day)
    auth = SigV4Auth(Credentials(KEY, SECRET, TOKEN), "logs", REGION)
    canonical = auth.canonical_request(request)
    expected = auth.signature(auth.string_to_sign(request, canonical), request)
    assert parts["Signature"] == expected, canonical
    assert handler.headers["x-amz-security-token"] == TOKEN


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            status, answer = self.answer(body)
        except Exception as error:  # Told at the end: the sender would only try again.
            faults.append(repr(error))
            status, answer = 200, b""
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def answer(self, body):
        verify(self, body)
        target = self.headers.get("x-amz-target")
        if target:
            operation, given = target.split(".")[1], json.loads(body)
            if operation == "CreateLogStream" and "CreateLogGroup" not in made:
                return 400, json.dumps({"__type": "ResourceNotFoundException"}).encode()
            made[operation] = given
            return 200, b"{}"
        assert self.path == "/v1/logs", self.path
        assert self.headers["content-type"] == "application/x-protobuf"
        group, stream = self.headers["x-aws-log-group"], self.headers["x-aws-log-stream"]
        assert (group, stream) == ("cruddur", "logs-emit/one"), (group, stream)
        if "CreateLogStream" not in made:
            return 400, b"The specified log group does not exist."
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert len(body) <= 1_048_576, len(body)
        export = ExportLogsServiceRequest.FromString(body)
        found = [it for of in export.resource_logs for at in of.scope_logs for it in at.log_records]
        assert len(found) <= 10_000, len(found)
        requests.append(len(found))
        records.extend(found)
        return 200, b""

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = {
    "PATH": os.environ["PATH"],
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": TOKEN,
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": f"http://127.0.0.1:{server.server_port}",
    "AWS_CLOUDWATCH_LOG_GROUP": "cruddur",
    "AWS_CLOUDWATCH_LOG_STREAM": "{service_name}/one",
    "AWS_CLOUDWATCH_LOG_RETENTION_DAYS": "14",
    "AWS_CLOUDWATCH_LOG_TAGS": "team=cruddur",
    "CRUDDUR_CLOUDWATCH_TRANSPORT": "otlp",
    "RUST_LOG": "off",
}
done = subprocess.run([sys.argv[1], str(COUNT), "3000000"], env=environment, capture_output=True, text=True, timeout=90)
server.shutdown()
assert done.returncode == 0, done.stderr
assert not faults, (len(faults), faults[0], done.stderr)
assert made["CreateLogGroup"]["tags"] == {"team": "cruddur"}, made
assert made["PutRetentionPolicy"]["retentionInDays"] == 14, made
bodies = [record.body.string_value for record in records]
assert bodies[:-1] == [f"line {n}" for n in range(COUNT)], (done.stderr, len(bodies), bodies[:3])
# A line of 3 MB: shortened, neither refused nor lost.
assert bodies[-1].startswith(f"line {COUNT} é"), (done.stderr, bodies[-1][:40])
assert 900_000 < len(bodies[-1].encode()) <= 1_048_550, len(bodies[-1].encode())
print("ok", len(bodies), len(requests))
