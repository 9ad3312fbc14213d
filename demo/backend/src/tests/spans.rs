//! What a request leaves as telemetry.

use super::*;

/// What a request records, as a tree of names, kinds and what the application says.
async fn tree(path: &str) -> String {
    let mut client = Client::new();
    let captured = cruddur_trace::testing::capture_async(async {
        client.get(path).await;
    });
    let tree = captured.await.tree();
    let short = |line: &str| {
        let end = [" http.", " db."].iter().filter_map(|it| line.find(it)).min();
        line[..end.unwrap_or(line.len())].to_owned()
    };
    tree.lines().map(short).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_home_feed_is_a_span_with_its_queries_under_it() {
    let expected = "\
GET /api/activities/home (server)
  get-activities app.userId=andrewbrown app.result_length=4
    SELECT activities (client)
    SELECT activities (client)";
    assert_eq!(tree("/api/activities/home").await, expected);
}

/// The original opened a second segment in place of a subsegment, and lost the request's own.
#[tokio::test]
async fn notifications_are_a_child_of_the_request() {
    let expected = "\
GET /api/activities/notifications (server)
  home_notifications app.result_length=2
    SELECT activities (client)
    SELECT activities (client)";
    assert_eq!(tree("/api/activities/notifications").await, expected);
}

#[tokio::test]
async fn queries_carry_their_text_and_never_a_value() {
    let mut client = Client::new();
    let captured = cruddur_trace::testing::capture_async(async {
        client.get("/api/activities/search?term=prune+juice").await;
    });
    let captured = captured.await;
    let query = captured.span("SELECT activities");
    let text = |key: &str| query.attribute(key).and_then(|value| value.as_str()).expect("text");
    assert_eq!((text("db.system.name"), text("db.operation.name")), ("sqlite", "SELECT"));
    assert!(text("db.query.text").contains("LIKE '%' || ?2 || '%'"));
    assert!(!text("db.query.text").contains("juice"));
}
