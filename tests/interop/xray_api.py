"""boto3 as a client of our stand-in: every operation, and the errors that the service names.

Usage: xray_api.py ENDPOINT. Prints how much was checked and what was missing, as JSON.
"""

import json
import sys
import time
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config

client = boto3.client("xray", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="x", aws_secret_access_key="x",
                      config=Config(retries={"max_attempts": 1}, parameter_validation=False))
checks, missing = 0, []


def check(what, is_so):
    global checks
    checks += 1
    if not is_so:
        missing.append(what)


def fails(what, error, call, **arguments):
    """A call that fails with this modelled exception."""
    try:
        call(**arguments)
        check(f"{what} fails", False)
    except getattr(client.exceptions, error) as found:
        check(f"{what} says why", bool(found.response["Error"]["Message"]))


now = time.time()
trace_id = f"1-{int(now):08x}-{1:024x}"
other_id = f"1-{int(now):08x}-{2:024x}"
segment = {"name": "cruddur-backend", "id": "000000000000000a", "trace_id": trace_id,
           "start_time": now, "end_time": now + 0.25, "fault": True, "user": "andrewbrown",
           "origin": "AWS::ECS::Container", "annotations": {"tier": "gold", "n": 3, "ok": True},
           "http": {"request": {"method": "GET", "url": "http://h/a"},
                    "response": {"status": 500}}}
put = client.put_trace_segments(TraceSegmentDocuments=[
    json.dumps(segment), "{", json.dumps({**segment, "id": "000000000000000b", "name": "{}"})])
unprocessed = put["UnprocessedTraceSegments"]
check("two documents are refused", len(unprocessed) == 2)
check("one has no id", [it.get("Id") for it in unprocessed] == [None, "000000000000000b"])
check("all say why", all(it["ErrorCode"] and it["Message"] for it in unprocessed))
fails("too many documents", "InvalidRequestException", client.put_trace_segments,
      TraceSegmentDocuments=["{}"] * 51)

batch = client.batch_get_traces(TraceIds=[trace_id, other_id])
check("the trace comes back", batch["Traces"][0]["Id"] == trace_id)
check("its length", abs(batch["Traces"][0]["Duration"] - 0.25) < 0.01)
document = json.loads(batch["Traces"][0]["Segments"][0]["Document"])
check("the document is as it was sent", document == segment)
check("the other is not there", batch["UnprocessedTraceIds"] == [other_id])
fails("no trace id", "InvalidRequestException", client.batch_get_traces, TraceIds=["x"])

span = {"StartTime": datetime.fromtimestamp(now - 60, timezone.utc),
        "EndTime": datetime.fromtimestamp(now + 60, timezone.utc)}
pages = client.get_paginator("get_trace_summaries").paginate(
    **span, FilterExpression='service("cruddur-backend") { fault } AND annotation.tier = "gold"')
summaries = [it for page in pages for it in page["TraceSummaries"]]
check("the filter selects it", [it["Id"] for it in summaries] == [trace_id])
summary = summaries[0]
check("a summary has its times", isinstance(summary["StartTime"], datetime)
      and abs(summary["Duration"] - 0.25) < 0.01 and summary["HasFault"])
check("and its request", summary["Http"]["HttpStatus"] == 500)
check("and its annotations",
      summary["Annotations"]["n"][0]["AnnotationValue"] == {"NumberValue": 3.0})
check("and where it entered", summary["EntryPoint"]["Name"] == "cruddur-backend"
      and summary["ServiceIds"][0]["Type"] == "AWS::ECS::Container")
check("another filter does not", not client.get_trace_summaries(
    **span, FilterExpression="ok")["TraceSummaries"])
fails("no expression", "InvalidRequestException", client.get_trace_summaries, **span,
      FilterExpression="service(")
fails("too long a range", "InvalidRequestException", client.get_trace_summaries,
      StartTime=span["StartTime"] - timedelta(days=2), EndTime=span["EndTime"])

group = client.create_group(GroupName="Cruddur", FilterExpression='service("cruddur-backend")')
check("a group has an ARN", group["Group"]["GroupARN"].startswith("arn:aws:xray:"))
fails("the same again", "InvalidRequestException", client.create_group, GroupName="Cruddur")
check("groups", [it["GroupName"] for it in client.get_groups()["Groups"]] == ["Default", "Cruddur"])
client.update_group(GroupName="Cruddur", FilterExpression="fault")
check("it changes", client.get_group(GroupName="Cruddur")["Group"]["FilterExpression"] == "fault")
client.delete_group(GroupName="Cruddur")
fails("it is gone", "InvalidRequestException", client.get_group, GroupName="Cruddur")

rule = {"RuleName": "Cruddur", "ResourceARN": "*", "Priority": 9000, "FixedRate": 0.1,
        "ReservoirSize": 5, "ServiceName": "cruddur-backend", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "Version": 1}
created = client.create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]
check("a rule has its times", isinstance(created["CreatedAt"], datetime))
check("and its fields", all(created["SamplingRule"][key] == rule[key] for key in rule))
fails("a rate over 1", "InvalidRequestException", client.update_sampling_rule,
      SamplingRuleUpdate={"RuleName": "Cruddur", "FixedRate": 2})
targets = client.get_sampling_targets(SamplingStatisticsDocuments=[
    {"RuleName": name, "ClientID": "0" * 24, "Timestamp": datetime.now(timezone.utc),
     "RequestCount": 10, "SampledCount": 2, "BorrowCount": 1} for name in ("Cruddur", "none")])
target = targets["SamplingTargetDocuments"][0]
check("a target has a quota", target["ReservoirQuota"] == 5 and target["Interval"] == 10
      and target["ReservoirQuotaTTL"] > datetime.now(timezone.utc))
check("an unknown rule is named", targets["UnprocessedStatistics"][0]["RuleName"] == "none")
statistics = client.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
check("statistics", [(it["RuleName"], it["RequestCount"]) for it in statistics] == [("Cruddur", 10)])
client.delete_sampling_rule(RuleName="Cruddur")
records = client.get_sampling_rules()["SamplingRuleRecords"]
check("Default stays", [it["SamplingRule"]["RuleName"] for it in records] == ["Default"])
client.put_telemetry_records(TelemetryRecords=[{"Timestamp": datetime.now(timezone.utc)}])

print(json.dumps({"checks": checks, "missing": missing}))
