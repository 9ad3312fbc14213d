"""Gives our lines to moto's CloudWatch Logs and reads them back with boto3.

Usage: moto_logs.py <logs_emit binary>. Prints "ok <count>"; a failed assertion is a failed test.
"""

import json
import os
import subprocess
import sys

import boto3
from moto.server import ThreadedMotoServer

COUNT = 12_000

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
os.environ.update(keys, AWS_DEFAULT_REGION="us-east-1")
try:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": endpoint,
        "AWS_CLOUDWATCH_LOG_GROUP": "cruddur",
        "AWS_CLOUDWATCH_LOG_STREAM": "{service_name}/one",
        "AWS_CLOUDWATCH_LOG_RETENTION_DAYS": "14",
        "OTEL_BLRP_MAX_QUEUE_SIZE": "50000",
        "RUST_LOG": "off",
    }
    done = subprocess.run(
        [sys.argv[1], str(COUNT), "2000000"], env=environment, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    logs = boto3.client("logs", endpoint_url=endpoint, region_name="us-east-1")
    messages, token = [], None
    while True:
        extra = {"nextToken": token} if token else {}
        page = logs.get_log_events(
            logGroupName="cruddur", logStreamName="logs-emit/one", startFromHead=True, **extra
        )
        if page["nextForwardToken"] == token:
            break
        messages += [json.loads(event["message"]) for event in page["events"]]
        token = page["nextForwardToken"]
    numbers = [message["n"] for message in messages]
    assert numbers == list(range(COUNT + 1)), (done.stderr, len(numbers), numbers[:5])
    assert messages[-1]["truncated"] is True
    assert messages[-1]["message"].startswith(f"line {COUNT} é")
    group = logs.describe_log_groups()["logGroups"][0]
    assert group["retentionInDays"] == 14, group
    print("ok", len(messages))
finally:
    server.stop()
