//! Calls to Honeycomb's API: one key, one base URL.
//!
//! Source: Honeycomb API reference, read 2026-11.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::config::Secret;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A client for one key.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Api {
    http: reqwest::Client,
    pub(in crate::setup) base: String,
    key: Secret,
}

/// A call that did not do what it should.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Refused {
    /// The HTTP status, where there was an answer.
    pub(in crate::setup) status: Option<u16>,
    /// What the service says, or why there is no answer.
    pub(in crate::setup) said: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "HTTP {status}: {}", self.said),
            None => f.write_str(&self.said),
        }
    }
}

/// What `GET /1/auth` says of a key.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct KeyFacts {
    /// `ingest` or `configuration`; empty where the service does not say.
    pub(in crate::setup) kind: String,
    /// Permissions by name, in the service's order.
    pub(in crate::setup) access: Vec<(String, bool)>,
    pub(in crate::setup) team: String,
    pub(in crate::setup) environment: String,
}

impl KeyFacts {
    pub(in crate::setup) fn may(&self, permission: &str) -> bool {
        self.access.iter().any(|(name, may)| name == permission && *may)
    }
}

impl Api {
    pub(in crate::setup) fn new(base: &str, key: &Secret) -> Result<Self, Refused> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .user_agent(concat!("cruddur-trace/", env!("CARGO_PKG_VERSION")))
            // A key goes to the host that was configured, and to no other.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Refused { status: None, said: error.to_string() })?;
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { http, base, key: key.clone() })
    }

    pub(in crate::setup) async fn get(&self, path: &str) -> Result<Value, Refused> {
        self.call(reqwest::Method::GET, path, None).await
    }

    pub(in crate::setup) async fn post(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        self.call(reqwest::Method::POST, path, Some(body)).await
    }

    pub(in crate::setup) async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Refused> {
        let unreachable = |error: reqwest::Error| Refused {
            status: None,
            said: crate::setup::doctor::causes(&error.without_url()),
        };
        let mut key = http::HeaderValue::try_from(self.key.expose()).map_err(|_| Refused {
            status: None,
            said: "the key has characters that no key has".to_owned(),
        })?;
        key.set_sensitive(true);
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.header("x-honeycomb-team", key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let mut answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_ANSWER_BYTES {
                let said = "the answer is too large".to_owned();
                return Err(Refused { status: None, said });
            }
        }
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        Err(Refused { status: Some(status.as_u16()), said: said(&answer) })
    }

    /// What the key is and may do.
    pub(in crate::setup) async fn key_facts(&self) -> Result<KeyFacts, Refused> {
        let answer = self.get("/1/auth").await?;
        let Some(access) = answer["api_key_access"].as_object() else {
            let said = "the answer of /1/auth is not Honeycomb's".to_owned();
            return Err(Refused { status: None, said });
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(KeyFacts {
            kind: text(&answer["type"]),
            access: access.iter().map(|(name, may)| (name.clone(), may == true)).collect(),
            team: text(&answer["team"]["slug"]),
            environment: text(&answer["environment"]["slug"]),
        })
    }
}

/// The service's own words: the details where there are any, else the error.
fn said(answer: &Value) -> String {
    let detail = |it: &Value| {
        format!(
            "{} {}",
            it["field"].as_str().unwrap_or_default(),
            it["description"].as_str().unwrap_or_default()
        )
    };
    let details = answer["type_detail"].as_array().map(|list| list.iter().map(detail).collect());
    let details: Vec<String> = details.unwrap_or_default();
    let text = if details.is_empty() {
        answer["error"].as_str().unwrap_or("no reason given").to_owned()
    } else {
        details.join("; ")
    };
    text.chars().filter(|it| !it.is_control()).take(300).collect()
}
