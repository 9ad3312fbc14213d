"""The X-Ray SDK for Python as a client of our stand-in: the daemon's UDP and TCP protocols.

Usage: xray_sdk.py HOST:PORT. Prints what it sampled and reported, as JSON.
"""

import json
import os
import sys

os.environ["AWS_XRAY_DAEMON_ADDRESS"] = sys.argv[1]
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from aws_xray_sdk.core import xray_recorder  # noqa: E402

xray_recorder.configure(service="cruddur-backend", context_missing="LOG_ERROR")
sampler = xray_recorder.sampler
# Its pollers sleep for seconds; their work is done here at once instead.
sampler._started = True
sampler._rule_poller._refresh_cache()

request = {"host": "localhost", "method": "GET", "path": "/api/activities/home",
           "service": "cruddur-backend"}
decisions = [sampler.should_trace(dict(request)) for _ in range(200)]
reported = [
    {"rule": rule.name, "requests": rule.request_count, "sampled": rule.sampled_count,
     "borrowed": rule.borrow_count}
    for rule in sampler._cache.rules if rule.ever_matched()
]
sampler._target_poller._do_work()
quotas = {rule.name: rule.reservoir.quota for rule in sampler._cache.rules}

segment = xray_recorder.begin_segment("cruddur-backend", sampling=1)
segment.put_http_meta("url", "http://localhost:4567/api/activities/notifications")
segment.put_http_meta("method", "GET")
segment.put_http_meta("status", 200)
segment.put_annotation("tier", "gold")
subsegment = xray_recorder.begin_subsegment("home_notifications")
subsegment.put_metadata("app.now", "2026-11-22T16:00:00Z")
subsegment.put_metadata("res.length", 2)
try:
    raise ValueError("told, and caught")
except ValueError as error:
    import traceback
    subsegment.add_exception(error, traceback.extract_stack())
xray_recorder.end_subsegment()
trace_id = segment.trace_id
xray_recorder.end_segment()

print(json.dumps({
    "trace_id": trace_id,
    "rules": [rule.name for rule in sampler._cache.rules],
    "sampled": sum(1 for it in decisions if it),
    "reported": reported,
    "quotas": quotas,
}))
