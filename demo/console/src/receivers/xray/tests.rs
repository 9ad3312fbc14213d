//! The stand-in's own limits and errors, over HTTP and UDP.

use std::net::UdpSocket;

use serde_json::{Value, json};

use crate::{Console, Options};

fn start() -> Console {
    Console::start(Options { port: 0, ..Options::default() }).expect("a free port")
}

async fn call(console: &Console, path: &str, body: &Value) -> (u16, Option<String>, Value) {
    let url = format!("http://{}{path}", console.address());
    let answer = reqwest::Client::new().post(url).body(body.to_string()).send().await;
    let answer = answer.expect("an answer");
    let code = answer.headers().get("x-amzn-errortype");
    let code = code.and_then(|it| it.to_str().ok()).map(str::to_owned);
    (answer.status().as_u16(), code, answer.json().await.expect("JSON"))
}

fn document(id: &str) -> String {
    json!({"id": id, "name": "cruddur-backend", "start_time": 1.5e9, "end_time": 1.5e9 + 1.0,
        "trace_id": "1-59682f00-000000000000000000000001"})
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_come_back_and_bad_ones_are_named() {
    let console = start();
    let documents = json!({"TraceSegmentDocuments": [
        document("000000000000000a"),
        document("000000000000000b").replace("cruddur-backend", "{}"),
        "not json",
    ]});
    let (status, _, answer) = call(&console, "/TraceSegments", &documents).await;
    assert_eq!(status, 200);
    let unprocessed = answer["UnprocessedTraceSegments"].as_array().expect("a list");
    assert_eq!(unprocessed[0]["Id"], "000000000000000b");
    assert_eq!(unprocessed[0]["ErrorCode"], "InvalidName");
    assert_eq!(unprocessed[1].get("Id"), None);
    let ids = json!({"TraceIds": ["1-59682f00-000000000000000000000001",
        "1-59682f00-000000000000000000000002"]});
    let (_, _, answer) = call(&console, "/Traces", &ids).await;
    assert_eq!(answer["Traces"][0]["Segments"][0]["Document"], document("000000000000000a"));
    assert_eq!(answer["UnprocessedTraceIds"][0], "1-59682f00-000000000000000000000002");
    let range = json!({"StartTime": 1.5e9 - 1.0, "EndTime": 1.5e9 + 1.0,
        "FilterExpression": "service(\"cruddur-backend\")"});
    let (_, _, answer) = call(&console, "/TraceSummaries", &range).await;
    assert_eq!(answer["TraceSummaries"][0]["Duration"], 1.0);
    let (status, code, _) = call(&console, "/TraceSegments", &json!({})).await;
    assert_eq!((status, code.as_deref()), (400, Some("InvalidRequestException")));
    let many = json!({"TraceSegmentDocuments": vec!["x"; 51]});
    assert_eq!(call(&console, "/TraceSegments", &many).await.0, 400);
    console.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_need_their_header() {
    let console = start();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let document = document("000000000000000a");
    for text in [format!("{{\"format\":\"json\",\"version\":1}}\n{document}"), document] {
        socket.send_to(text.as_bytes(), console.address()).expect("sent");
    }
    let url = format!("http://{}/api/xray/refused", console.address());
    for _ in 0..100 {
        let answer: Value =
            reqwest::get(&url).await.expect("an answer").json().await.expect("JSON");
        if answer["count"] == 1 {
            assert_eq!(answer["latest"][0]["code"], "InvalidHeader");
            let url = format!(
                "http://{}/api/xray/traces/59682f00000000000000000000000001",
                console.address()
            );
            let trace: Value =
                reqwest::get(&url).await.expect("answer").json().await.expect("JSON");
            assert_eq!(trace["documents"][0]["transport"], "udp");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the datagrams did not arrive");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_rules_have_the_limits_of_the_service() {
    let console = start();
    let group = json!({"GroupName": "Cruddur", "FilterExpression": "service(\"cruddur-backend\")"});
    let (status, _, answer) = call(&console, "/CreateGroup", &group).await;
    assert_eq!((status, &answer["Group"]["GroupName"]), (200, &json!("Cruddur")));
    for bad in [
        group.clone(),
        json!({"GroupName": "x".repeat(33)}),
        json!({"GroupName": "bad", "FilterExpression": "service("}),
        json!({"GroupName": "Default"}),
    ] {
        let (status, code, _) = call(&console, "/CreateGroup", &bad).await;
        assert_eq!((status, code.as_deref()), (400, Some("InvalidRequestException")), "{bad}");
    }
    let rule = json!({"RuleName": "Cruddur", "ResourceARN": "*", "Priority": 9000,
        "FixedRate": 0.1, "ReservoirSize": 5, "ServiceName": "cruddur-backend",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1});
    let create = |rule: &Value| json!({ "SamplingRule": rule });
    for (key, value) in [
        ("FixedRate", json!(1.5)),
        ("Priority", json!(0)),
        ("Priority", json!(10_000)),
        ("Host", json!("h".repeat(65))),
        ("HTTPMethod", json!("PROPPATCH-ED")),
        ("Version", json!(2)),
        ("Attributes", json!({"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"})),
    ] {
        let mut bad = rule.clone();
        bad[key] = value;
        assert_eq!(call(&console, "/CreateSamplingRule", &create(&bad)).await.0, 400, "{bad}");
    }
    assert_eq!(call(&console, "/CreateSamplingRule", &create(&rule)).await.0, 200);
    let statistics = json!({"SamplingStatisticsDocuments": [{"RuleName": "Cruddur",
        "ClientID": "a".repeat(24), "Timestamp": 1.5e9, "RequestCount": 9, "SampledCount": 2,
        "BorrowCount": 1}, {"RuleName": "gone", "ClientID": "a".repeat(24), "Timestamp": 1.5e9,
        "RequestCount": 1, "SampledCount": 0}]});
    let (_, _, answer) = call(&console, "/SamplingTargets", &statistics).await;
    assert_eq!(answer["SamplingTargetDocuments"][0]["ReservoirQuota"], 5);
    assert_eq!(answer["UnprocessedStatistics"][0]["RuleName"], "gone");
    let update = json!({"SamplingRuleUpdate": {"RuleName": "Default", "Host": "x"}});
    assert_eq!(call(&console, "/UpdateSamplingRule", &update).await.0, 400);
    let update = json!({"SamplingRuleUpdate": {"RuleName": "Cruddur", "FixedRate": 0.5}});
    let (_, _, answer) = call(&console, "/UpdateSamplingRule", &update).await;
    assert_eq!(answer["SamplingRuleRecord"]["SamplingRule"]["FixedRate"], 0.5);
    for index in 0..23 {
        let mut rule = rule.clone();
        rule["RuleName"] = json!(format!("rule-{index}"));
        assert_eq!(call(&console, "/CreateSamplingRule", &create(&rule)).await.0, 200);
    }
    let mut rule = rule;
    rule["RuleName"] = json!("one too many");
    let (_, code, _) = call(&console, "/CreateSamplingRule", &create(&rule)).await;
    assert_eq!(code.as_deref(), Some("RuleLimitExceededException"));
    console.stop();
}
