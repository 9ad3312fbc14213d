//! Long traces: the open segment is shown as in progress, and what is finished leaves early.

use std::time::Duration;

use serde_json::Value;
use tokio::net::UdpSocket;

use super::{PATH, request};

/// A daemon that keeps what it gets.
pub(crate) struct Daemon {
    socket: UdpSocket,
}

impl Daemon {
    pub(crate) async fn start() -> Self {
        Self { socket: UdpSocket::bind("127.0.0.1:0").await.expect("a free port") }
    }

    pub(crate) fn address(&self) -> String {
        self.socket.local_addr().expect("bound").to_string()
    }

    /// What has come, in its order.
    pub(crate) async fn documents(&self) -> Vec<Value> {
        let mut found = Vec::new();
        let mut buffer = vec![0; 65_536];
        let wait = Duration::from_millis(200);
        while let Ok(Ok(length)) = tokio::time::timeout(wait, self.socket.recv(&mut buffer)).await {
            let document = &buffer[30..length];
            found.push(serde_json::from_slice(document).expect("JSON"));
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_request_is_in_progress_first_and_complete_in_the_end() {
    let daemon = Daemon::start().await;
    let told = request(&[
        ("AWS_XRAY_DAEMON_ADDRESS", &daemon.address()),
        ("CRUDDUR_HAND_OVER_AFTER", "200ms"),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        (PATH, "/long"),
    ])
    .await;
    let documents = daemon.documents().await;
    let segments: Vec<&Value> = documents.iter().filter(|it| it.get("type").is_none()).collect();
    assert_eq!(segments.len(), 2, "{documents:?} {told}");
    let [open, complete] = segments[..] else { unreachable!("two were counted") };
    assert_eq!((&open["in_progress"], open.get("end_time")), (&Value::Bool(true), None));
    assert_eq!((&complete["id"], &complete["trace_id"]), (&open["id"], &open["trace_id"]));
    assert!(complete["end_time"].is_f64() && complete.get("in_progress").is_none());
    // Nothing twice: two steps, and the function around them, wherever they were put.
    let mut names = Vec::new();
    documents.iter().for_each(|document| gather(document, &mut names));
    names.sort_unstable();
    assert_eq!(names, ["cruddur-backend", "cruddur-backend", "load", "load", "long"], "{told}");
}

fn gather<'a>(part: &'a Value, names: &mut Vec<&'a str>) {
    names.push(part["name"].as_str().expect("a name"));
    for nested in part["subsegments"].as_array().into_iter().flatten() {
        gather(nested, names);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_mode_shows_what_is_sent() {
    let daemon = Daemon::start().await;
    let address = daemon.address();
    let variables = [("AWS_XRAY_DAEMON_ADDRESS", &*address), ("AWS_XRAY_DEBUG_MODE", "true")];
    let told = request(&variables).await;
    assert!(told.contains("X-Ray is sent {\"id\":\""), "{told}");
    let told = request(&variables[..1]).await;
    assert!(!told.contains("X-Ray is sent"), "{told}");
}
