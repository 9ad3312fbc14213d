//! What an API key is and may do: by its form, unless `POST /api/honeycomb/keys` said otherwise.
//!
//! | form | kind |
//! |---|---|
//! | `hc?ik_…` | ingest: sends events, may create datasets |
//! | `hc?ic_…`, 32 hexadecimal digits | classic: everything |
//! | `hc?lk_…`, 22 letters and digits | configuration: everything |
//! | `hc?mk_…`, and all others | unknown here (management keys are for `/2`) |
//!
//! A key with `invalid` in it is unknown, too, so that a client can be shown a wrong key.
//! Source: Honeycomb documentation, "API keys", and its API reference, "Auth", read 2026-11.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::TEAM_HEADER;
use super::datasets::object;
use super::problem::Problem;
use crate::store::honeycomb::KeyFacts;
use crate::store::lock;
use crate::{App, Shared};

/// The names of `api_key_access`.
const PERMISSIONS: [&str; 10] = [
    "events",
    "markers",
    "triggers",
    "boards",
    "queries",
    "columns",
    "createDatasets",
    "slos",
    "recipients",
    "privateBoards",
];

/// The key of a request.
pub(super) struct Key {
    text: String,
    pub(super) is_classic: bool,
    pub(super) facts: KeyFacts,
}

impl Key {
    pub(super) fn of(app: &App, headers: &HeaderMap) -> Result<Self, Problem> {
        let text = headers.get(TEAM_HEADER).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let told = lock(&app.store.honeycomb);
        let told = told.keys.iter().find(|(key, _)| key == text).map(|(_, facts)| facts.clone());
        let facts = told.or_else(|| by_form(text)).ok_or_else(Problem::unknown_key)?;
        Ok(Self { is_classic: is_classic(text), text: text.to_owned(), facts })
    }

    /// A key that may do this.
    pub(super) fn with(app: &App, headers: &HeaderMap, permission: &str) -> Result<Self, Problem> {
        let key = Self::of(app, headers)?;
        if key.may(permission) { Ok(key) } else { Err(Problem::forbidden(permission)) }
    }

    pub(super) fn may(&self, permission: &str) -> bool {
        self.facts.access.get(permission) == Some(&true)
    }

    /// What may be told of it: an ingest key's id is the part before its secret.
    pub(super) fn id(&self) -> &str {
        self.text.get(..16).unwrap_or(&self.text)
    }
}

fn by_form(text: &str) -> Option<KeyFacts> {
    if text.contains("invalid") {
        return None;
    }
    let graphic = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let kind = match text.as_bytes() {
        [b'h', b'c', b'a'..=b'z', b'i', b'k', b'_', _, ..] if graphic => "ingest",
        [b'h', b'c', b'a'..=b'z', b'l', b'k', b'_', _, ..] if graphic => "configuration",
        letters if graphic && letters.len() == 22 => "configuration",
        _ if is_classic(text) => "configuration",
        _ => return None,
    };
    let all = kind == "configuration";
    let may = |name: &str| all || matches!(name, "events" | "createDatasets");
    Some(KeyFacts { kind, access: access(may) })
}

fn is_classic(text: &str) -> bool {
    let hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex || (text.starts_with("hc") && text.get(3..6) == Some("ic_"))
}

fn access(may: impl Fn(&str) -> bool) -> BTreeMap<String, bool> {
    PERMISSIONS.into_iter().map(|name| (name.to_owned(), may(name))).collect()
}

/// `POST /api/honeycomb/keys` `{"key", "type", "access": ["events", …]}`: what a key may do from
/// now on. For tests and demonstrations; Honeycomb itself has no such call.
pub(super) async fn tell(State(app): State<Shared>, body: Bytes) -> Response {
    let told = object(&body).unwrap_or_default();
    let kind = match told["type"].as_str() {
        Some("ingest") => "ingest",
        Some("configuration") | None => "configuration",
        Some(_) => "",
    };
    let names: Option<Vec<&str>> =
        told["access"].as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let (Some(key), Some(names)) = (told["key"].as_str(), names) else {
        return refuse("give key, type and access");
    };
    if kind.is_empty() || names.iter().any(|name| !PERMISSIONS.contains(name)) {
        return refuse("type is ingest or configuration, access a list of permissions");
    }
    let facts = KeyFacts { kind, access: access(|name| names.contains(&name)) };
    let mut store = lock(&app.store.honeycomb);
    store.keys.retain(|(known, _)| known != key);
    store.keys.add((key.to_owned(), facts));
    StatusCode::NO_CONTENT.into_response()
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}
