"""moto's server as an X-Ray that is not ours: our own API sink sends to it, boto3 reads back.

Usage: xray_moto_server.py VARIABLE PROGRAM: starts PROGRAM with VARIABLE set, which sends one request's
trace. Prints what boto3 finds, as JSON.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timezone

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true"}
try:
    environment = {
        **os.environ, **keys, sys.argv[1]: "1", "AWS_ENDPOINT_URL_XRAY": endpoint,
        "OTEL_TRACES_EXPORTER": "xray", "CRUDDUR_XRAY_SAMPLER": "always",
    }
    done = subprocess.run([sys.argv[2], "sender", "--exact", "--nocapture"], env=environment,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    client = boto3.client("xray", endpoint_url=endpoint, region_name="us-east-1",
                          aws_access_key_id="test", aws_secret_access_key="test")
    summaries = client.get_trace_summaries(
        StartTime=datetime.fromtimestamp(0, timezone.utc),
        EndTime=datetime.fromtimestamp(4102444800, timezone.utc))["TraceSummaries"]
    traces = client.batch_get_traces(TraceIds=[it["Id"] for it in summaries])["Traces"]
    document = json.loads(traces[0]["Segments"][0]["Document"]) if traces else None
    print(json.dumps({"traces": len(traces), "document": document,
                      "delivery": done.stdout + done.stderr}))
finally:
    server.stop()
