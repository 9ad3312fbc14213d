//! Direct mode: the page sends its spans straight to Honeycomb, under a key that everybody can read.
//!
//! So the key must not be able to do anything but send events. What it is, its prefix tells; what it
//! may do, `GET /1/auth` tells. (Honeycomb API reference, "Auth" and "Key types", read 2026-11.)

use std::time::Duration;

use serde_json::Value;

/// What the key is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fit,
    /// It may be fit; why that is not known.
    Unknown(String),
    /// It must not be in a page; why.
    Refused(String),
}

const REMEDY: &str =
    "make an ingest key (Environment settings, API keys, Ingest) that can only send events";

/// What the key's own form says.
pub(crate) fn by_form(key: &str) -> Verdict {
    let kind = match key.as_bytes() {
        [b'h', b'c', b'a'..=b'z', kind @ (b'i' | b'l' | b'm'), b'k', b'_', _, ..] => *kind,
        _ => {
            return refused(
                "is no ingest key (hc?ik_…); a classic key can do more than send events",
            );
        }
    };
    match kind {
        b'i' => Verdict::Fit,
        b'l' => refused("is a configuration key"),
        _ => refused("is a management key"),
    }
}

/// What Honeycomb says that the key may do. `createDatasets` is let pass: the page's dataset has to
/// come from somewhere.
fn by_answer(answer: &Value) -> Verdict {
    let Some(access) = answer["api_key_access"].as_object() else {
        return Verdict::Unknown("the answer of /1/auth says nothing of it".to_owned());
    };
    let allowed = access.iter().filter(|(_, allowed)| allowed.as_bool() == Some(true));
    let too_much: Vec<&str> = allowed
        .map(|(name, _)| name.as_str())
        .filter(|name| !matches!(*name, "events" | "createDatasets"))
        .collect();
    if too_much.is_empty() {
        Verdict::Fit
    } else {
        refused(&format!("may do more than send events ({})", too_much.join(", ")))
    }
}

fn refused(why: &str) -> Verdict {
    Verdict::Refused(format!("HONEYCOMB_CLIENT_KEY {why}: {REMEDY}"))
}

/// The verdict on a key: first by its form, then by asking.
pub(crate) async fn check(key: &str, endpoint: &str) -> Verdict {
    match by_form(key) {
        Verdict::Fit => {}
        other => return other,
    }
    let unknown = |error: reqwest::Error| Verdict::Unknown(error.to_string());
    let client = match reqwest::Client::builder().timeout(Duration::from_secs(5)).build() {
        Ok(client) => client,
        Err(error) => return unknown(error),
    };
    let asked =
        client.get(format!("{endpoint}/1/auth")).header("x-honeycomb-team", key).send().await;
    match asked {
        Ok(answer) if answer.status() == 401 => refused("is not known to Honeycomb"),
        Ok(answer) if answer.status().is_success() => match answer.json().await {
            Ok(answer) => by_answer(&answer),
            Err(error) => unknown(error),
        },
        Ok(answer) => Verdict::Unknown(format!("/1/auth answered {}", answer.status())),
        Err(error) => unknown(error.without_url()),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Json, Router};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_s_form_tells_what_it_is() {
        let check = |key: &str, word: &str| match by_form(key) {
            Verdict::Fit => assert_eq!(word, "", "{key}"),
            Verdict::Refused(why) => assert!(!word.is_empty() && why.contains(word), "{why}"),
            Verdict::Unknown(why) => panic!("{why}"),
        };
        check("hcaik_01hqk4k20cjeh63wca8vva5stw70nft6m5n8wr8f5mjx3762s8269j50wc", "");
        check("hcxlk_01hqk4k20c", "configuration");
        check("hcbmk_01hqk4k20c", "management");
        check("0123456789abcdef0123456789abcdef", "classic");
        check("hcaic_0123456789abcdef0123456789abcdef0123456789abcdef0123456789", "classic");
        check("hcaik_", "no ingest key");
    }

    #[tokio::test]
    async fn a_key_that_may_do_more_is_refused() {
        let answer = |access: Value| async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let body = json!({ "api_key_access": access, "team": { "slug": "cruddur" } });
            let router = Router::new().route("/1/auth", get(async move || Json(body)));
            let server = tokio::spawn(axum::serve(listener, router).into_future());
            let verdict = check("hcaik_01hqk4k20c", &format!("http://{address}")).await;
            server.abort();
            verdict
        };
        let fit = json!({ "events": true, "createDatasets": true, "markers": false });
        assert_eq!(answer(fit).await, Verdict::Fit);
        let more = json!({ "events": true, "queries": true });
        let Verdict::Refused(why) = answer(more).await else { panic!("it may do more") };
        assert!(why.contains("queries"), "{why}");
        assert!(matches!(answer(json!(null)).await, Verdict::Unknown(_)));
    }
}
