"""Calls every operation of the console's CloudWatch Logs with AWS's own client, as anyone would.

Usage: boto3_logs.py <endpoint>. Prints "ok <calls>"; a failed assertion is a failed test. What is
expected is what the service's model and its documentation say (botocore, read 2026-11).
"""

import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Without the client's own checks: the service has to do its part.
client = boto3.client(
    "logs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
)
MISSING, EXISTS = "ResourceNotFoundException", "ResourceAlreadyExistsException"
INVALID, TAGS = "InvalidParameterException", "TooManyTagsException"
HOUR, DAY = 3_600_000, 86_400_000
calls = 0


def call(name, **parameters):
    global calls
    calls += 1
    return getattr(client, name)(**parameters)


def refused(code, name, **parameters):
    try:
        answer = call(name, **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (name, parameters.keys(), error)
        assert error.response["Error"]["Message"], name
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
        # Where the model has the error, the client knows it by its class.
        if code in (MISSING, EXISTS, INVALID, TAGS):
            assert isinstance(error, getattr(client.exceptions, code)), type(error)
        return
    raise AssertionError((name, {key: str(value)[:80] for key, value in parameters.items()}, answer))


def groups():
    for name in ("", "a b", "aws/x", "g" * 513, "ä", "a:b"):
        refused(INVALID, "create_log_group", logGroupName=name)
    refused(INVALID, "create_log_group")
    for name in ("cruddur", "g" * 512, "A.-_/#9", "Cruddur/other"):
        call("create_log_group", logGroupName=name, tags={"team": "a"})
    refused(EXISTS, "create_log_group", logGroupName="cruddur")
    found = call("describe_log_groups")["logGroups"]
    assert {it["logGroupName"] for it in found} >= {"cruddur", "A.-_/#9"}, found
    names = lambda **by: [it["logGroupName"] for it in call("describe_log_groups", **by)["logGroups"]]
    assert names(logGroupNamePrefix="crud") == ["cruddur"]
    # The search counts cases, and a prefix goes without it.
    assert names(logGroupNamePattern="uddur/") == ["Cruddur/other"]
    assert names(logGroupNamePattern="cruddur") == ["cruddur"]
    refused(INVALID, "describe_log_groups", logGroupNamePrefix="c", logGroupNamePattern="c")
    assert names(logGroupIdentifiers=["cruddur"]) == ["cruddur"]
    for limit in (0, 51):
        refused(INVALID, "describe_log_groups", limit=limit)
    pages = client.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    assert len([it for page in pages for it in page["logGroups"]]) == len(found)

    for days in (0, -1, 2, 31, 3654):
        refused(INVALID, "put_retention_policy", logGroupName="cruddur", retentionInDays=days)
    refused(MISSING, "put_retention_policy", logGroupName="nobody", retentionInDays=7)
    valid = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
    for days in valid:
        call("put_retention_policy", logGroupName="cruddur", retentionInDays=days)
    group = call("describe_log_groups", logGroupNamePrefix="cruddur")["logGroups"][0]
    assert group["retentionInDays"] == 3653, group
    assert abs(group["creationTime"] - time.time() * 1000) < HOUR, group
    assert group["arn"] == group["logGroupArn"] + ":*", group
    for arn in (group["arn"], group["logGroupArn"]):
        assert names(logGroupIdentifiers=[arn]) == ["cruddur"]
        assert call("describe_log_streams", logGroupIdentifier=arn)["logStreams"] == []
    call("delete_retention_policy", logGroupName="cruddur")
    group = call("describe_log_groups", logGroupNamePrefix="cruddur")["logGroups"][0]
    assert "retentionInDays" not in group, group
    return group["logGroupArn"]


def tags(arn):
    call("tag_resource", resourceArn=arn, tags={"stage": "dev", "team": "b"})
    listed = lambda: call("list_tags_for_resource", resourceArn=arn)["tags"]
    assert listed() == {"stage": "dev", "team": "b"}
    call("untag_resource", resourceArn=arn, tagKeys=["stage", "nobody"])
    assert listed() == {"team": "b"}
    refused(TAGS, "tag_resource", resourceArn=arn, tags={f"k{n}": "" for n in range(50)})
    refused(INVALID, "tag_resource", resourceArn=arn, tags={f"k{n}": "" for n in range(51)})
    refused(INVALID, "create_log_group", logGroupName="tags", tags={f"k{n}": "" for n in range(51)})
    for bad in ({}, {"aws:x": "y"}, {"k" * 129: "v"}, {"k": "v" * 257}, {"": "v"}, {"k": "a;b"}):
        refused(INVALID, "tag_resource", resourceArn=arn, tags=bad)
    refused(INVALID, "tag_resource", resourceArn="cruddur", tags={"a": "b"})
    nobody = arn.replace("cruddur", "nobody")
    refused(MISSING, "tag_resource", resourceArn=nobody, tags={"a": "b"})
    refused(MISSING, "untag_resource", resourceArn=nobody, tagKeys=["a"])
    refused(MISSING, "list_tags_for_resource", resourceArn=nobody)
    assert listed() == {"team": "b"}, "what is refused changes nothing"


def streams():
    of = lambda name: {"logGroupName": "cruddur", "logStreamName": name}
    for name in ("", "a:b", "a*b", "s" * 513):
        refused(INVALID, "create_log_stream", **of(name))
    refused(MISSING, "create_log_stream", logGroupName="nobody", logStreamName="s")
    for name in ("one", "two", "web/1 [ä] $LATEST", "s" * 512, "short-lived"):
        call("create_log_stream", **of(name))
    refused(EXISTS, "create_log_stream", **of("one"))
    call("delete_log_stream", **of("short-lived"))
    refused(MISSING, "delete_log_stream", **of("short-lived"))
    describe = lambda **by: [it["logStreamName"] for it in call("describe_log_streams", **by)["logStreams"]]
    assert describe(logGroupName="cruddur") == ["one", "s" * 512, "two", "web/1 [ä] $LATEST"]
    assert describe(logGroupIdentifier="cruddur", logStreamNamePrefix="t") == ["two"]
    assert describe(logGroupName="cruddur", descending=True, limit=1) == ["web/1 [ä] $LATEST"]
    refused(INVALID, "describe_log_streams", logGroupName="cruddur", orderBy="Size")
    refused(INVALID, "describe_log_streams", logGroupName="cruddur", orderBy="LastEventTime", logStreamNamePrefix="t")
    refused(INVALID, "describe_log_streams")
    refused(INVALID, "describe_log_streams", logGroupName="cruddur", logGroupIdentifier="cruddur")
    refused(MISSING, "describe_log_streams", logGroupName="nobody")


def puts():
    now = int(time.time() * 1000)
    at = {"logGroupName": "cruddur", "logStreamName": "one"}
    event = lambda offset=0, message="x": {"timestamp": now + offset, "message": message}
    put = lambda events, **more: call("put_log_events", **{**at, **more}, logEvents=events)
    no = lambda code, events, **more: refused(code, "put_log_events", **{**at, **more}, logEvents=events)
    no(MISSING, [event()], logStreamName="nobody")
    no(MISSING, [event()], logGroupName="nobody")
    no(INVALID, [])
    no(INVALID, [event(message="")])
    no(INVALID, [{"message": "no time"}])
    no(INVALID, [{"timestamp": -1, "message": "x"}])
    no(INVALID, [event()] * 10_001)
    no(INVALID, [event(message="x" * 1_048_551)])
    no(INVALID, [event(message="é" * 524_276)])
    no(INVALID, [event(message="x" * 524_262), event(message="x" * 524_263)])
    no(INVALID, [event(1), event(0)])
    no(INVALID, [event(-DAY - 1), event()])
    assert call("get_log_events", **at)["events"] == [], "what is refused is not kept"

    # Right at the limits; a token of old times is ignored.
    limits = {"logStreamName": "s" * 512, "sequenceToken": "of old times"}
    assert "rejectedLogEventsInfo" not in put([event()] * 10_000, **limits)
    put([event(message="x" * 1_048_550)], **limits)
    put([event(message="é" * 524_275)], **limits)
    put([event(-DAY), event()], **limits)

    # Times out of range are refused one by one: old ends are exclusive, the new start is inclusive.
    times = {"logStreamName": "two"}
    info = lambda events: put(events, **times)["rejectedLogEventsInfo"]
    assert info([event(-14 * DAY - 2 * HOUR), event(-14 * DAY - HOUR), event(-14 * DAY + HOUR)]) == {"tooOldLogEventEndIndex": 2}
    assert info([event(), event(2 * HOUR + 60_000)]) == {"tooNewLogEventStartIndex": 1}
    assert info([event(3 * HOUR)]) == {"tooNewLogEventStartIndex": 0}
    call("put_retention_policy", logGroupName="cruddur", retentionInDays=1)
    assert info([event(-DAY - HOUR), event(-HOUR)]) == {"expiredLogEventEndIndex": 1}
    call("delete_retention_policy", logGroupName="cruddur")
    kept = call("get_log_events", logGroupName="cruddur", **times, startFromHead=True)["events"]
    assert [it["timestamp"] - now for it in kept] == [-14 * DAY + HOUR, -HOUR, 0], kept

    # A faulty entity is refused alone.
    entity = lambda **keys: {"keyAttributes": keys}
    assert "rejectedEntityInfo" not in put([event()], entity=entity(Type="Service", Name="a", Environment="b"), **times)
    for reason, faulty in (
        ("InvalidTypeValue", entity(Type="Thing", Name="a")),
        ("InvalidKeyAttributes", entity(Type="Service", Nom="a")),
    ):
        assert put([event()], entity=faulty, **times)["rejectedEntityInfo"]["errorType"] == reason
    return now


def reads(now):
    at = {"logGroupName": "cruddur", "logStreamName": "one"}
    lines = [
        {"level": ["INFO", "WARN", "ERROR"][n % 3], "message": f"line {n} of home activities", "n": n, "user": {"name": f"u{n % 2}"}, "slow": n > 20}
        for n in range(25)
    ]
    events = [{"timestamp": now + n, "message": json.dumps(line)} for n, line in enumerate(lines)]
    call("put_log_events", **at, logEvents=events)
    number = lambda page: [json.loads(it["message"])["n"] for it in page["events"]]

    # Forwards and backwards, until the token stays the same.
    seen, token = [], None
    while True:
        page = call("get_log_events", **at, startFromHead=True, limit=10, **({"nextToken": token} if token else {}))
        if page["nextForwardToken"] == token:
            break
        seen, token = seen + number(page), page["nextForwardToken"]
    assert seen == list(range(25)), seen
    page = call("get_log_events", **at, limit=10)
    assert number(page) == list(range(15, 25))
    assert number(call("get_log_events", **at, limit=10, nextToken=page["nextBackwardToken"])) == list(range(5, 15))
    # Here the end is exclusive; in FilterLogEvents it is not.
    between = {"startTime": now + 3, "endTime": now + 5}
    assert number(call("get_log_events", **at, **between)) == [3, 4]
    one = {"logGroupName": "cruddur", "logStreamNames": ["one"]}
    assert number(call("filter_log_events", **one, **between)) == [3, 4, 5]
    # A page holds 1 MiB, and at least one event, in both directions.
    big = call("get_log_events", logGroupName="cruddur", logStreamName="s" * 512)["events"]
    assert sum(len(it["message"].encode()) for it in big) <= 1_048_576 and big, len(big)
    for name, by in (("get_log_events", at), ("filter_log_events", one)):
        for limit in (0, 10_001):
            refused(INVALID, name, **by, limit=limit)
        refused(INVALID, name, **by, nextToken="made up")
    refused(MISSING, "get_log_events", logGroupName="cruddur", logStreamName="nobody")
    refused(MISSING, "filter_log_events", logGroupName="nobody")
    refused(INVALID, "filter_log_events", **one, logStreamNamePrefix="o")
    refused(INVALID, "filter_log_events", **one, filterPattern="x" * 1_025)

    def found(pattern, **more):
        pages = client.get_paginator("filter_log_events").paginate(**one, filterPattern=pattern, **more)
        return [n for page in pages for n in number(page)]

    every = range(25)
    errors, warns = [n for n in every if n % 3 == 2], [n for n in every if n % 3 == 1]
    assert found("") == list(every)
    assert found("", PaginationConfig={"PageSize": 7}) == list(every)
    assert found("ERROR") == errors and found("error") == [], "cases count"
    assert found("ERROR home") == errors
    assert found("?ERROR ?WARN") == sorted(errors + warns)
    assert found("home -ERROR -WARN") == [n for n in every if n % 3 == 0]
    assert found('"line 7 of home"') == [7] and found('"home of"') == []
    assert found('{ $.level = "ERROR" }') == errors
    assert found("{ $.level = ERR* }") == errors
    assert found('{ $.level != "INFO" && $.n >= 20 }') == [20, 22, 23]
    assert found('{ ($.n < 2 || $.n > 23) && $.user.name = "u0" }') == [0, 24]
    assert found("{ $.slow IS TRUE }") == [21, 22, 23, 24]
    assert found("{ $.nobody NOT EXISTS }") == list(every) and found("{ $.n NOT EXISTS }") == []
    assert found("{ $.n = 1.2e1 }") == [12]
    for pattern in ("service/api", "level=ERROR", "-a.b", "%ERROR%", "[a, b]", "{ $.n = ", "{ n = 1 }", '"open', "{ $.n == 1 }", "{ $.n ~ 1 }"):
        refused(INVALID, "filter_log_events", **one, filterPattern=pattern)
    latest = call("filter_log_events", **one, startFromHead=False, limit=3)
    assert number(latest) == [24, 23, 22], number(latest)
    assert number(call("filter_log_events", **one, limit=2, nextToken=latest["nextToken"])) == [21, 20]
    first = call("filter_log_events", **one, limit=1)["events"][0]
    assert first["logStreamName"] == "one" and first["eventId"] and first["ingestionTime"] >= now - HOUR
    by_time = call("describe_log_streams", logGroupName="cruddur", orderBy="LastEventTime", descending=True)
    stream = by_time["logStreams"][0]
    assert (stream["logStreamName"], stream["lastEventTimestamp"]) == ("one", now + 24), stream


arn = groups()
tags(arn)
streams()
reads(puts())
call("delete_log_group", logGroupName="cruddur")
refused(MISSING, "delete_log_group", logGroupName="cruddur")
print("ok", calls)
