use serde_json::json;

use super::*;
use crate::store::log_groups::LogStream;

const NOW: i64 = 1_795_363_200_000;

#[expect(clippy::needless_pass_by_value, reason = "every caller makes it in place")]
fn run(groups: &mut LogGroups, operation: &str, input: Value) -> Result<Value, &'static str> {
    let mut call = Call { groups, now_millis: NOW, lines: Vec::new() };
    let answer = call.run(operation, input.to_string().as_bytes());
    answer.map(Option::unwrap_or_default).map_err(|failure| failure.code)
}

fn with_stream() -> LogGroups {
    let mut groups = LogGroups::default();
    let group = json!({ "logGroupName": "g", "tags": { "team": "a" } });
    run(&mut groups, "CreateLogGroup", group).expect("a new group");
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    run(&mut groups, "CreateLogStream", stream).expect("a new stream");
    groups
}

fn put(groups: &mut LogGroups, events: &[(i64, &str)]) -> Result<Value, &'static str> {
    let events: Vec<_> = events
        .iter()
        .map(|(offset, message)| json!({ "timestamp": NOW + offset, "message": message }))
        .collect();
    run(
        groups,
        "PutLogEvents",
        json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events }),
    )
}

#[test]
fn what_exists_and_what_is_missing_is_told_apart() {
    let mut groups = with_stream();
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    let exists = Err("ResourceAlreadyExistsException");
    let missing = Err("ResourceNotFoundException");
    assert_eq!(run(&mut groups, "CreateLogGroup", json!({ "logGroupName": "g" })), exists);
    assert_eq!(run(&mut groups, "CreateLogStream", stream.clone()), exists);
    assert_eq!(run(&mut groups, "DeleteLogStream", stream), Ok(Value::Null));
    assert_eq!(put(&mut groups, &[(0, "x")]), missing);
    assert_eq!(run(&mut groups, "DeleteLogGroup", json!({ "logGroupName": "g" })), Ok(Value::Null));
    assert_eq!(put(&mut groups, &[(0, "x")]), missing);
    assert_eq!(run(&mut groups, "DeleteLogGroup", json!({ "logGroupName": "g" })), missing);
    assert_eq!(run(&mut groups, "Dance", json!({})), Err("UnknownOperationException"));
    assert_eq!(run(&mut groups, "CreateLogGroup", json!({})), Err("InvalidParameterException"));
    let number = json!({ "logGroupName": 7 });
    assert_eq!(run(&mut groups, "CreateLogGroup", number), Err("SerializationException"));
}

#[test]
fn groups_and_streams_are_bounded() {
    let mut groups = with_stream();
    let group = |number: usize| json!({ "logGroupName": format!("g{number}") });
    let full = Err("LimitExceededException");
    for number in 1..1_000 {
        run(&mut groups, "CreateLogGroup", group(number)).expect("room");
    }
    assert_eq!(run(&mut groups, "CreateLogGroup", group(1_000)), full);
    let exists = Err("ResourceAlreadyExistsException");
    assert_eq!(run(&mut groups, "CreateLogGroup", group(1)), exists, "what is there is told first");
    let many = (1..20_000).map(|it| (format!("s{it}"), LogStream::default()));
    groups.group_mut("g").expect("a group").streams.extend(many);
    let stream = json!({ "logGroupName": "g1", "logStreamName": "s" });
    assert_eq!(run(&mut groups, "CreateLogStream", stream), full);
}

#[test]
fn retention_and_tags_are_kept() {
    let mut groups = with_stream();
    let set = |days: i32| json!({ "logGroupName": "g", "retentionInDays": days });
    assert_eq!(run(&mut groups, "PutRetentionPolicy", set(2)), Err("InvalidParameterException"));
    run(&mut groups, "PutRetentionPolicy", set(7)).expect("a valid retention");
    let arn = group_arn("g");
    let tags = json!({ "resourceArn": arn, "tags": { "stage": "x" } });
    run(&mut groups, "TagResource", tags).expect("valid tags");
    let listed = run(&mut groups, "ListTagsForResource", json!({ "resourceArn": arn }));
    assert_eq!(listed, Ok(json!({ "tags": { "team": "a", "stage": "x" } })));
    let described = run(&mut groups, "DescribeLogGroups", json!({ "logGroupNamePrefix": "g" }));
    assert_eq!(described.expect("groups")["logGroups"][0]["retentionInDays"], 7);
}

#[test]
fn events_out_of_range_are_refused_one_by_one() {
    let mut groups = with_stream();
    let day = 86_400_000;
    let answer = put(&mut groups, &[(-15 * day, "old"), (-14 * day, "edge")]).expect("taken");
    assert_eq!(answer["rejectedLogEventsInfo"], json!({ "tooOldLogEventEndIndex": 1 }));
    let answer = put(&mut groups, &[(0, "now"), (7_200_001, "new")]).expect("taken");
    assert_eq!(answer["rejectedLogEventsInfo"], json!({ "tooNewLogEventStartIndex": 1 }));
    let all = json!({ "logGroupName": "g", "logStreamName": "s", "startFromHead": true });
    let events = run(&mut groups, "GetLogEvents", all).expect("events");
    assert_eq!(events["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(events["events"][1]["message"], "now");
}

#[test]
fn events_are_read_page_by_page_in_both_directions() {
    let mut groups = with_stream();
    let messages: Vec<String> = (0..25).map(|n| n.to_string()).collect();
    let events: Vec<_> = (0..).zip(&messages).map(|(n, text)| (n, text.as_str())).collect();
    put(&mut groups, &events).expect("taken");
    let mut page = |extra: Value| {
        let mut input = json!({ "logGroupName": "g", "logStreamName": "s", "limit": 10 });
        for (key, value) in extra.as_object().expect("fields") {
            input[key] = value.clone();
        }
        let page = run(&mut groups, "GetLogEvents", input).expect("a page");
        let texts = page["events"].as_array().expect("events").iter();
        let texts: Vec<_> =
            texts.map(|it| it["message"].as_str().unwrap_or("").to_owned()).collect();
        (texts, page)
    };
    let (first, answer) = page(json!({ "startFromHead": true }));
    assert_eq!((first.len(), first[0].as_str()), (10, "0"));
    let (second, _) = page(json!({ "nextToken": answer["nextForwardToken"] }));
    assert_eq!((second.len(), second[0].as_str()), (10, "10"));
    let (latest, answer) = page(json!({}));
    assert_eq!((latest.len(), latest[9].as_str()), (10, "24"));
    let (before, _) = page(json!({ "nextToken": answer["nextBackwardToken"] }));
    assert_eq!((before.len(), before[9].as_str()), (10, "14"));
}

#[test]
fn events_are_found_by_pattern_over_streams() {
    let mut groups = with_stream();
    run(&mut groups, "CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "t" }))
        .expect("a second stream");
    put(&mut groups, &[(0, r#"{"level":"INFO"}"#), (1, r#"{"level":"ERROR"}"#)]).expect("taken");
    let find = |groups: &mut LogGroups, pattern: &str| {
        let input = json!({ "logGroupName": "g", "filterPattern": pattern });
        let found = run(groups, "FilterLogEvents", input)?;
        Ok(found["events"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(find(&mut groups, "{ $.level = \"ERROR\" }"), Ok(1));
    assert_eq!(find(&mut groups, "level"), Ok(2));
    assert_eq!(find(&mut groups, "{ $.level"), Err("InvalidParameterException"));
}

#[test]
fn unsigned_calls_are_refused() {
    let of = |value: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(header::AUTHORIZATION, value.parse().expect("a header value"));
        }
        signed(&headers).err().map(|failure| failure.code)
    };
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/logs/aws4_request";
    assert_eq!(of(None), Some("MissingAuthenticationTokenException"));
    assert_eq!(of(Some("Bearer x")), Some("IncompleteSignatureException"));
    assert_eq!(
        of(Some("AWS4-HMAC-SHA256 Credential=A/1/r/xray/aws4_request")),
        Some("InvalidSignatureException")
    );
    assert_eq!(of(Some(scope)), None);
}
