//! The API by its routes, in process and without a socket.

mod origins;
mod spans;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use cruddur_trace::record::UnixNanos;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::{self, AppState};
use crate::settings::Origin;
use crate::store::{Location, Store};

const FRONTEND: &str = "http://127.0.0.1:3000";

struct Client {
    app: Router,
    cookie: Option<String>,
}

impl Client {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = UnixNanos(now.expect("a clock").as_nanos().try_into().expect("before 2554"));
        let store = Store::open(&Location::Memory, now).expect("a store");
        let frontend = Origin::parse(FRONTEND).expect("an origin");
        Self { app: app::router(AppState::new(store), &frontend, None, None), cookie: None }
    }

    async fn send(&mut self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let answer = self.app.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let body = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (status, _, answer) = self.send(request.body(body).expect("a request")).await;
        (status.as_u16(), answer)
    }

    async fn get(&mut self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    async fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn sign_out(&mut self) {
        self.call(Method::DELETE, "/api/session", None).await;
    }
}

fn messages(activities: &Value) -> Vec<&str> {
    let activities = activities.as_array().expect("an array");
    activities.iter().map(|it| it["message"].as_str().expect("a message")).collect()
}

#[tokio::test]
async fn the_home_feed_has_four_items_for_members_and_three_for_others() {
    let mut client = Client::new();
    let (status, home) = client.get("/api/activities/home").await;
    assert_eq!(status, 200);
    let expected = [
        "I hate CORS!",
        "Cloud is fun!",
        "I am out of prune juice",
        "My dear doctor, I am just simple tailor",
    ];
    assert_eq!(messages(&home), expected);
    let cloud = &home[1];
    assert_eq!(cloud["replies_count"], 1);
    assert_eq!(messages(&cloud["replies"]), ["This post has no honor!"]);
    assert_eq!(cloud["replies"][0]["reply_to_activity_uuid"], cloud["uuid"]);
    assert!(cloud.get("reply_to_activity_uuid").is_none());
    for key in ["uuid", "display_name", "handle", "created_at", "expires_at"] {
        assert!(cloud[key].is_string(), "{key}");
    }
    for key in ["likes_count", "replies_count", "reposts_count"] {
        assert!(cloud[key].is_i64(), "{key}");
    }

    client.sign_out().await;
    assert_eq!(messages(&client.get("/api/activities/home").await.1), expected[1..]);
}

#[tokio::test]
async fn notifications_are_two() {
    let mut client = Client::new();
    let (status, found) = client.get("/api/activities/notifications").await;
    assert_eq!((status, found.as_array().map(Vec::len)), (200, Some(2)));
}

#[tokio::test]
async fn a_profile_needs_a_handle() {
    let mut client = Client::new();
    let (status, found) = client.get("/api/activities/@andrewbrown").await;
    assert_eq!((status, messages(&found)), (200, vec!["Cloud is fun!"]));
    assert_eq!(client.get("/api/activities/@nobody").await, (200, json!([])));
    for path in ["/api/activities/@", "/api/activities/@%20"] {
        assert_eq!(client.get(path).await, (422, json!(["blank_user_handle"])), "{path}");
    }
}

#[tokio::test]
async fn a_search_needs_a_term() {
    let mut client = Client::new();
    let (status, found) = client.get("/api/activities/search?term=cloud").await;
    assert_eq!((status, messages(&found)), (200, vec!["Cloud is fun!"]));
    assert_eq!(client.get("/api/activities/search?term=%25").await, (200, json!([])));
    for path in
        ["/api/activities/search", "/api/activities/search?term=", "/api/activities/search?term=+"]
    {
        assert_eq!(client.get(path).await, (422, json!(["search_term_blank"])), "{path}");
    }
}

#[tokio::test]
async fn a_post_is_checked() {
    let mut client = Client::new();
    let mut check = async |body: Value, codes: Value| {
        assert_eq!(client.post("/api/activities", body.clone()).await, (422, codes), "{body}");
    };
    check(json!({ "message": "hi" }), json!(["ttl_blank"])).await;
    check(json!({ "message": "hi", "ttl": "" }), json!(["ttl_blank"])).await;
    check(json!({ "message": "hi", "ttl": "2-days" }), json!(["ttl_blank"])).await;
    check(json!({ "ttl": "1-day" }), json!(["message_blank"])).await;
    check(json!({ "message": " ", "ttl": "1-day" }), json!(["message_blank"])).await;
    let long = "é".repeat(281);
    check(json!({ "message": long, "ttl": "1-day" }), json!(["message_exceed_max_chars"])).await;
    check(json!({}), json!(["ttl_blank", "message_blank"])).await;

    client.sign_out().await;
    let post = json!({ "message": "hi", "ttl": "1-day" });
    let refused = client.post("/api/activities", post).await;
    assert_eq!(refused, (422, json!(["user_handle_blank"])));
}

#[tokio::test]
async fn a_post_is_stored_for_as_long_as_was_asked() {
    for ttl in ["30-days", "7-days", "3-days", "1-day", "12-hours", "3-hours", "1-hour"] {
        let mut client = Client::new();
        let message = "é".repeat(280);
        let (status, posted) =
            client.post("/api/activities", json!({ "message": message, "ttl": ttl })).await;
        assert_eq!((status, &posted["handle"]), (200, &json!("andrewbrown")), "{ttl}");
        assert_eq!(posted["display_name"], "Andrew Brown");
        assert!(posted["expires_at"].as_str() > posted["created_at"].as_str());
        let home = client.get("/api/activities/home").await.1;
        assert_eq!(home[0], posted);
    }
}

/// The original raised a `NameError` here.
#[tokio::test]
async fn one_activity_is_shown_with_its_replies() {
    let mut client = Client::new();
    let home = client.get("/api/activities/home").await.1;
    let path = format!("/api/activities/{}", home[1]["uuid"].as_str().expect("a uuid"));
    assert_eq!(client.get(&path).await, (200, home[1].clone()));
    let missing = client.get("/api/activities/00000000-0000-4000-8000-000000000000").await;
    assert_eq!(missing, (404, json!(["activity_not_found"])));
}

/// The original's error path raised a `NameError`.
#[tokio::test]
async fn a_reply_is_checked_and_stored() {
    let mut client = Client::new();
    let home = client.get("/api/activities/home").await.1;
    let uuid = home[1]["uuid"].as_str().expect("a uuid");
    let path = format!("/api/activities/{uuid}/reply");
    let mut check = async |body: Value, codes: Value| {
        assert_eq!(client.post(&path, body.clone()).await, (422, codes), "{body}");
    };
    check(json!({}), json!(["message_blank"])).await;
    check(json!({ "message": "" }), json!(["message_blank"])).await;
    check(json!({ "message": "x".repeat(1025) }), json!(["message_exceed_max_chars"])).await;

    let (status, reply) = client.post(&path, json!({ "message": "x".repeat(1024) })).await;
    assert_eq!((status, &reply["reply_to_activity_uuid"]), (200, &json!(uuid)));
    let shown = client.get(&format!("/api/activities/{uuid}")).await.1;
    assert_eq!(shown["replies_count"], 2);
    assert_eq!(shown["replies"][1], reply);

    let nothing = client.post("/api/activities/none/reply", json!({ "message": "hi" })).await;
    assert_eq!(nothing, (404, json!(["activity_not_found"])));
    client.sign_out().await;
    let refused = client.post(&path, json!({ "message": "hi" })).await;
    assert_eq!(refused, (422, json!(["user_handle_blank"])));
}

#[tokio::test]
async fn messages_go_between_two_users() {
    let mut client = Client::new();
    let (status, groups) = client.get("/api/message_groups").await;
    assert_eq!(status, 200);
    let handles: Vec<_> =
        groups.as_array().expect("an array").iter().map(|it| it["handle"].clone()).collect();
    assert_eq!(handles, ["garek", "worf"]);
    for key in ["uuid", "display_name", "created_at"] {
        assert!(groups[0][key].is_string(), "{key}");
    }

    let sent = json!({ "user_receiver_handle": "worf", "message": "Then try a reboot." });
    let (status, sent) = client.post("/api/messages", sent).await;
    assert_eq!((status, &sent["handle"]), (200, &json!("andrewbrown")));
    for path in ["/api/messages/@worf", "/api/messages/@andrewbrown?user_reciever_handle=worf"] {
        let (status, found) = client.get(path).await;
        assert_eq!((status, messages(&found).len(), &found[2]), (200, 3, &sent), "{path}");
    }
}

#[tokio::test]
async fn a_message_is_checked() {
    let mut client = Client::new();
    let mut check = async |body: Value, codes: Value| {
        assert_eq!(client.post("/api/messages", body.clone()).await, (422, codes), "{body}");
    };
    check(json!({ "message": "hi" }), json!(["user_reciever_handle_blank"])).await;
    check(json!({ "user_receiver_handle": "worf" }), json!(["message_blank"])).await;
    let long = json!({ "user_receiver_handle": "worf", "message": "x".repeat(1025) });
    check(long, json!(["message_exceed_max_chars"])).await;
    client.sign_out().await;
    let message = json!({ "user_receiver_handle": "worf", "message": "hi" });
    let refused = client.post("/api/messages", message).await;
    assert_eq!(refused, (422, json!(["user_sender_handle_blank"])));
}

#[tokio::test]
async fn the_user_is_who_signed_in() {
    let mut client = Client::new();
    assert_eq!(client.get("/api/session").await.1["handle"], "andrewbrown");
    let first = client.cookie.clone().expect("a session was started");
    assert_eq!(client.get("/api/session").await.1["display_name"], "Andrew Brown");
    assert_eq!(client.cookie.as_ref(), Some(&first));

    let (status, signed_in) = client.post("/api/session", json!({ "handle": "worf" })).await;
    assert_eq!((status, &signed_in["display_name"]), (200, &json!("Worf")));
    assert_ne!(client.cookie.as_ref(), Some(&first), "a session id is never reused");
    let posted =
        client.post("/api/activities", json!({ "message": "Qapla'", "ttl": "1-day" })).await;
    assert_eq!(posted.1["handle"], "worf");

    client.sign_out().await;
    assert_eq!(client.get("/api/session").await.1["handle"], Value::Null);
    let check = json!({ "handle": "q" });
    assert_eq!(client.post("/api/session", check).await, (422, json!(["user_handle_unknown"])));
    assert_eq!(client.post("/api/session", json!({})).await, (422, json!(["user_handle_blank"])));
    assert_eq!(client.get("/api/users").await.1.as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn the_service_is_up() {
    let answer = Client::new().get("/api/health-check").await;
    assert_eq!(answer, (200, json!({ "success": true, "ver": 1 })));
}

#[tokio::test]
async fn what_is_not_there_is_observed_as_well() {
    let request = Request::get("/nowhere").body(Body::empty()).expect("a request");
    let (status, headers, _) = Client::new().send(request).await;
    assert_eq!(status, 404);
    assert!(headers.contains_key("x-request-id"), "{headers:?}");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_in_the_same_form() {
    let request = |kind: &str, body: &'static str| {
        let request = Request::post("/api/activities").header(header::CONTENT_TYPE, kind);
        request.body(Body::from(body)).expect("a request")
    };
    let mut client = Client::new();
    let mut check = async |kind: &str, body: &'static str, status: u16| {
        let (found, _, answer) = client.send(request(kind, body)).await;
        assert_eq!((found.as_u16(), answer), (status, json!(["body_invalid"])), "{kind} {body}");
    };
    check("application/json", "{", 400).await;
    check("application/json", r#"{"message": 5}"#, 422).await;
    // A form of another site can't post: what is not JSON needs no preflight.
    check("text/plain", "{}", 415).await;
}
