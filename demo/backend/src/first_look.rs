//! A few requests of the demo to itself, so that the first look at the console shows something.

use std::time::Duration;

use reqwest::{Client, Method};

/// One of each kind: reads, a refusal, the two messages, a failure.
const REQUESTS: &[(&str, &str)] = &[
    ("GET", "/api/activities/home"),
    ("GET", "/api/activities/notifications"),
    ("GET", "/api/activities/@andrewbrown"),
    ("GET", "/api/activities/search?term=fun"),
    ("GET", "/api/message_groups"),
    ("POST", "/api/activities"),
    ("GET", "/rollbar/test"),
    ("GET", "/fail/error"),
];

/// Sends them; what comes of it is in the console, not here.
pub(crate) async fn ask(url: String) {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(5)).build();
    let Ok(client) = client else { return };
    for (method, path) in REQUESTS {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let mut request = client.request(method.clone(), format!("{url}{path}"));
        if method == Method::POST {
            // Without a message: a refusal, which is no failure.
            request = request.json(&serde_json::json!({ "ttl": "1-day" }));
        }
        let _ = request.send().await;
    }
}
