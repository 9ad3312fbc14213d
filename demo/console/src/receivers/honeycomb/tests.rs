//! The stand-in over a real socket: permissions, errors, and the query from its creation to its data.

use serde_json::{Value, json};

use super::datasets::slug;
use crate::{Console, Options};

const CONFIG: &str = "hcxlk_local0123456789";
const INGEST: &str = "hcxik_local0123456789";

struct Bench(Console);

impl Bench {
    fn start() -> Self {
        Self(Console::start(Options { port: 0, ..Options::default() }).expect("a free port"))
    }

    async fn call(&self, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.0.address());
        let method = method.parse().expect("a method");
        let mut request = reqwest::Client::new().request(method, url);
        if !key.is_empty() {
            request = request.header("x-honeycomb-team", key);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str, key: &str) -> (u16, Value) {
        self.call("GET", path, key, &Value::Null).await
    }

    async fn post(&self, path: &str, key: &str, body: Value) -> (u16, Value) {
        self.call("POST", path, key, &body).await
    }

    async fn spans(&self, key: &str) -> u16 {
        let now = crate::time::now();
        let span = |id: u8, ms: u64, user: &str| {
            json!({"traceId": "0a".repeat(16), "spanId": format!("{id:016x}"), "name": "GET /",
                "startTimeUnixNano": (now - 2_000_000_000).to_string(),
                "endTimeUnixNano": (now - 2_000_000_000 + ms * 1_000_000).to_string(),
                "attributes": [{"key": "app.userId", "value": {"stringValue": user}}]})
        };
        let spans = [span(1, 10, "worf"), span(2, 30, "worf"), span(3, 50, "andrewbrown")];
        let service = json!([{"key": "service.name", "value": {"stringValue": "cruddur-backend"}}]);
        let sent = json!({"resourceSpans": [{"resource": {"attributes": service},
            "scopeSpans": [{"spans": spans}]}]});
        self.post("/v1/traces", key, sent).await.0
    }
}

#[test]
fn slugs() {
    let check = |name: &str, expected: &str| assert_eq!(slug(name), expected, "{name}");
    check("cruddur-backend", "cruddur-backend");
    check("My Service!", "my-service");
    check("__all__", "__all__");
    check("äöü", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_told_apart_by_its_form_or_by_what_was_said() {
    let bench = Bench::start();
    let check = async |key: &str, status: u16, kind: &str, may: &[&str]| {
        let (found, answer) = bench.get("/1/auth", key).await;
        assert_eq!(found, status, "{key}: {answer}");
        assert!(answer["type"].as_str().is_some_and(|it| it.ends_with(kind)), "{answer}");
        for name in may {
            assert_eq!(answer["api_key_access"][*name], true, "{key}: {name}");
        }
    };
    check(INGEST, 200, "ingest", &["events", "createDatasets"]).await;
    check(CONFIG, 200, "configuration", &["queries", "columns", "createDatasets"]).await;
    check("0123456789abcdefABCDEF", 200, "configuration", &["columns"]).await;
    check("0123456789abcdef0123456789abcdef", 200, "configuration", &["events"]).await;
    check("hcxmk_local", 401, "unauthenticated", &[]).await;
    check("hcxik_invalid", 401, "unauthenticated", &[]).await;
    check("", 401, "unauthenticated", &[]).await;
    let (_, ingest) = bench.get("/1/auth", INGEST).await;
    assert_eq!(ingest["api_key_access"]["queries"], false);

    let told = json!({"key": CONFIG, "type": "configuration", "access": ["events", "queries"]});
    assert_eq!(bench.post("/api/honeycomb/keys", "", told).await.0, 204);
    assert_eq!(bench.get("/1/auth", CONFIG).await.1["api_key_access"]["columns"], false);
    let (status, answer) = bench.get("/1/datasets", CONFIG).await;
    assert_eq!((status, &answer["status"]), (403, &json!(403)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_taken_under_a_key_that_may_send_them() {
    let bench = Bench::start();
    assert_eq!(bench.spans(INGEST).await, 200);
    assert_eq!(bench.spans("").await, 200);
    assert_eq!(bench.spans("hcxik_invalid").await, 401);
    let told = json!({"key": CONFIG, "access": ["queries"]});
    assert_eq!(bench.post("/api/honeycomb/keys", "", told).await.0, 204);
    assert_eq!(bench.spans(CONFIG).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_and_columns_are_those_of_spans_and_those_that_were_made() {
    let bench = Bench::start();
    let make = json!({"name": "Cruddur Frontend"});
    let (status, made) = bench.post("/1/datasets", INGEST, make.clone()).await;
    assert_eq!((status, &made["slug"]), (201, &json!("cruddur-frontend")));
    assert_eq!(bench.post("/1/datasets", CONFIG, make).await.0, 200);
    assert_eq!(bench.post("/1/datasets", CONFIG, json!({"name": ""})).await.0, 422);
    bench.spans(INGEST).await;
    let (_, list) = bench.get("/1/datasets", CONFIG).await;
    let slugs: Vec<_> =
        list.as_array().expect("a list").iter().map(|it| it["slug"].clone()).collect();
    assert_eq!(slugs, ["cruddur-backend", "cruddur-frontend"]);
    assert_eq!(bench.get("/1/datasets/nothing", CONFIG).await.0, 404);

    let columns = "/1/columns/cruddur-frontend";
    let column = json!({"key_name": "app.userId", "type": "string"});
    assert_eq!(bench.post(columns, INGEST, column.clone()).await.0, 403);
    assert_eq!(bench.post(columns, CONFIG, column.clone()).await.0, 201);
    assert_eq!(bench.post(columns, CONFIG, column).await.0, 409);
    let bad = json!({"key_name": "x", "type": "text"});
    assert_eq!(bench.post(columns, CONFIG, bad).await.0, 422);
    let (_, found) = bench.get("/1/columns/cruddur-backend?key_name=app.userId", CONFIG).await;
    assert_eq!((&found["key_name"], &found["type"]), (&json!("app.userId"), &json!("string")));
    let path =
        format!("{columns}/{}", bench.get(columns, CONFIG).await.1[0]["id"].as_str().unwrap());
    let change = json!({"description": "who", "type": "string"});
    let (status, changed) = bench.call("PUT", &path, CONFIG, &change).await;
    assert_eq!((status, &changed["description"]), (200, &json!("who")));
    assert_eq!(bench.get("/1/columns/nothing", CONFIG).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_made_named_run_and_read() {
    let bench = Bench::start();
    bench.spans(INGEST).await;
    let spec = json!({"calculations": [{"op": "AVG", "column": "duration_ms"}],
        "breakdowns": ["app.userId"], "filters": [{"column": "app.userId", "op": "exists"}],
        "orders": [{"op": "AVG", "column": "duration_ms", "order": "descending"}],
        "limit": 100, "time_range": 7200});
    let queries = "/1/queries/cruddur-backend";
    let (status, query) = bench.post(queries, CONFIG, spec.clone()).await;
    assert_eq!((status, &query["time_range"]), (200, &json!(7200)), "{query}");
    let id = query["id"].as_str().expect("an id").to_owned();
    assert_eq!(bench.post(queries, CONFIG, spec.clone()).await.1["id"], query["id"]);
    assert_eq!(bench.get(&format!("{queries}/{id}"), CONFIG).await.1["id"], query["id"]);
    assert_eq!(bench.post(queries, INGEST, spec).await.0, 403);
    let (status, problem) = bench.post(queries, CONFIG, json!({"limit": 0})).await;
    assert_eq!((status, &problem["type_detail"][0]["field"]), (422, &json!("limit")));

    let annotations = "/1/query_annotations/cruddur-backend";
    let name = json!({"name": "Average latency", "query_id": id});
    let (status, named) = bench.post(annotations, CONFIG, name).await;
    assert_eq!((status, &named["query_id"]), (201, &query["id"]));
    assert_eq!(bench.get(annotations, CONFIG).await.1.as_array().map(Vec::len), Some(1));
    let unknown = json!({"name": "x", "query_id": "nothing"});
    assert_eq!(bench.post(annotations, CONFIG, unknown).await.0, 422);

    let results = "/1/query_results/cruddur-backend";
    let (status, asked) = bench.post(results, CONFIG, json!({"query_id": id})).await;
    assert_eq!((status, &asked["complete"]), (201, &json!(false)), "{asked}");
    let path = format!("{results}/{}", asked["id"].as_str().expect("an id"));
    let (_, done) = bench.get(&path, CONFIG).await;
    assert_eq!(done["complete"], true);
    assert_eq!(
        done["data"]["results"],
        json!([{"data": {"app.userId": "andrewbrown", "AVG(duration_ms)": 50.0}},
            {"data": {"app.userId": "worf", "AVG(duration_ms)": 20.0}}])
    );
    assert!(done["data"]["series"][0]["time"].is_string(), "{done}");
    assert_eq!(bench.post(results, CONFIG, json!({"query_id": "nothing"})).await.0, 404);

    let link = done["links"]["query_url"].as_str().expect("a link");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let opened = client.build().expect("a client").get(link).send().await.expect("an answer");
    let to = opened.headers()["location"].to_str().expect("text").to_owned();
    assert_eq!(opened.status(), 303);
    assert!(to.starts_with("/tab/query?op=AVG&column=duration%5Fms&by=app%2EuserId"), "{to}");
}
