//! What the platform says: Lambda's own trace, an ECS task's metadata, X-Ray's rules for OTLP.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::streaming::Daemon;
use super::{WAIT, console, read, request};

const INVOCATION: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_s_spans_are_subsegments_of_lambda_s_segment() {
    let daemon = Daemon::start().await;
    let address = daemon.address();
    let sampled = format!("{INVOCATION};Sampled=1");
    let mut variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", &*address),
        ("AWS_LAMBDA_FUNCTION_NAME", "cruddur"),
        ("CRUDDUR_XRAY_SAMPLER", "central"),
        ("_X_AMZN_TRACE_ID", &*sampled),
    ];
    let told = request(&variables).await;
    let documents = daemon.documents().await;
    assert_eq!(documents.len(), 1, "{told}");
    let subsegment = &documents[0];
    assert_eq!(subsegment["type"], "subsegment", "{subsegment} {told}");
    assert_eq!(subsegment["parent_id"], "53995c3f42cd8ad8");
    assert_eq!(subsegment["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(subsegment["subsegments"][0]["name"], "home_notifications");
    // Lambda decides: what it does not sample is not sent.
    let not = format!("{INVOCATION};Sampled=0");
    variables[3].1 = &not;
    request(&variables).await;
    assert!(daemon.documents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ecs_agent_tells_reaches_every_sink() {
    let agent = Router::new()
        .route("/v4/x", get(|| async { r#"{"Name":"web","DockerId":"d0"}"# }))
        .route("/v4/x/task", get(|| async { r#"{"Family":"cruddur","LaunchType":"FARGATE"}"# }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}/v4/x", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, agent).await });
    let (console, daemon) = (console(), Daemon::start().await);
    let (address, endpoint) = (daemon.address(), format!("http://{}", console.address()));
    let told = request(&[
        ("AWS_XRAY_DAEMON_ADDRESS", &address),
        ("OTEL_TRACES_EXPORTER", "xray,otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("ECS_CONTAINER_METADATA_URI_V4", &base),
        // The agent has a second to answer.
        (WAIT, "1500"),
    ])
    .await;
    let documents = daemon.documents().await;
    assert_eq!(documents[0]["origin"], "AWS::ECS::Fargate", "{told}");
    assert_eq!(documents[0]["aws"]["ecs"]["task_family"], "cruddur");
    let id = documents[0]["trace_id"].as_str().expect("an id");
    let trace = read(&console, &format!("/api/traces/{}", id[2..].replace('-', ""))).await;
    let text = trace.to_string();
    assert!(text.contains("aws.ecs.task.family") && text.contains("aws_ecs"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn x_ray_s_rules_decide_for_otlp_where_the_sampler_says_so() {
    let console = console();
    let base = format!("http://{}", console.address());
    let call = async |path: &str, body: Value| {
        let request = reqwest::Client::new().post(format!("{base}{path}")).body(body.to_string());
        assert_eq!(request.send().await.expect("an answer").status(), 200);
    };
    let argument = format!("endpoint={base},polling_interval=1");
    let variables = [
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*base),
        ("OTEL_TRACES_SAMPLER", "xray"),
        ("OTEL_TRACES_SAMPLER_ARG", &*argument),
        ("CRUDDUR_XRAY_SAMPLER", "central"),
        // The first rules have to be there.
        (WAIT, "1500"),
    ];
    let rule = json!({"SamplingRule": {"RuleName": "none", "Priority": 1, "FixedRate": 0.0,
        "ReservoirSize": 0, "ServiceName": "*", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1}});
    call("/CreateSamplingRule", rule).await;
    let told = request(&variables).await;
    assert_eq!(read(&console, "/api/health").await["spans_received"], 0, "{told}");
    let all = json!({"SamplingRuleUpdate": {"RuleName": "none", "FixedRate": 1.0}});
    call("/UpdateSamplingRule", all).await;
    let told = request(&variables).await;
    assert_eq!(read(&console, "/api/health").await["spans_received"], 3, "{told}");
}
