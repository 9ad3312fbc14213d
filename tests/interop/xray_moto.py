"""moto as an X-Ray that is not ours: puts segment documents and reads the trace back.

Reads documents as a JSON list on standard input; prints what BatchGetTraces and GetTraceSummaries
give, as JSON.
"""

import json
import sys
from datetime import datetime, timezone

import boto3
from moto import mock_aws

documents = json.load(sys.stdin)
with mock_aws():
    client = boto3.client("xray", region_name="us-east-1", aws_access_key_id="x",
                          aws_secret_access_key="x")
    unprocessed = []
    for start in range(0, len(documents), 50):
        answer = client.put_trace_segments(TraceSegmentDocuments=documents[start:start + 50])
        unprocessed += answer["UnprocessedTraceSegments"]
    ids = sorted({json.loads(document)["trace_id"] for document in documents})
    traces = client.batch_get_traces(TraceIds=ids)["Traces"]
    summaries = client.get_trace_summaries(
        StartTime=datetime.fromtimestamp(0, timezone.utc),
        EndTime=datetime.fromtimestamp(4102444800, timezone.utc))["TraceSummaries"]

print(json.dumps({"unprocessed": unprocessed, "traces": traces, "summaries": summaries},
                 default=str))
