//! Calls to X-Ray's API: through the daemon's TCP port, or signed.
//!
//! The daemon signs what it is given and passes it on, so an application needs no credentials for
//! sampling rules, groups and rules. Both ways speak the same JSON over HTTP, so there is one client.
//! Segments themselves go elsewhere ([`super::daemon`], [`super::api`]).

use std::fmt;
use std::time::Duration;

use super::HostPort;
use crate::config::shown_url;
#[cfg(feature = "aws")]
use crate::sinks::aws_sign::AwsSigner;

/// How long one call may take, in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes: 10,000 rules would fit.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A client for X-Ray's API.
#[derive(Clone, Debug)]
pub(crate) struct XrayCalls {
    http: reqwest::Client,
    base: String,
    #[cfg(feature = "aws")]
    signer: Option<AwsSigner>,
}

/// A call that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallError {
    /// The HTTP status, where there was an answer.
    pub(crate) status: Option<u16>,
    /// The service's word for the error, e.g. `InvalidRequestException`.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, self.status) {
            (Some(code), _) => write!(f, "{code}: {}", self.message),
            (None, Some(status)) => write!(f, "HTTP {status}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for CallError {}

impl CallError {
    fn unreachable(message: String) -> Self {
        Self { status: None, code: None, message }
    }

    /// Reads an error answer: the code stands in a header or in the body.
    fn read(status: u16, header: Option<&str>, body: &[u8]) -> Self {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
        let code = header.or_else(|| text("__type")).or_else(|| text("code"));
        // `com.amazonaws.xray#InvalidRequestException:http://…`
        let code = code.map(|code| code.split(':').next().unwrap_or(code));
        let code = code.map(|code| code.rsplit('#').next().unwrap_or(code).to_owned());
        let message = text("message").or_else(|| text("Message")).unwrap_or("no message");
        Self { status: Some(status), code, message: message.chars().take(500).collect() }
    }
}

fn client(proxied: bool) -> Result<reqwest::Client, CallError> {
    let mut builder = reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        // A session token goes to the host that was configured, and to no other.
        .redirect(reqwest::redirect::Policy::none());
    // The daemon is next door, whatever HTTP_PROXY says.
    if !proxied {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| CallError::unreachable(error.to_string()))
}

impl XrayCalls {
    /// Through the daemon's TCP port.
    pub(crate) fn through_daemon(tcp: &HostPort) -> Result<Self, CallError> {
        Self::unsigned(format!("http://{tcp}"))
    }

    /// To a base URL that signs for us, as the daemon and the collector's proxy do.
    pub(crate) fn unsigned(base: String) -> Result<Self, CallError> {
        Ok(Self {
            http: client(false)?,
            base,
            #[cfg(feature = "aws")]
            signer: None,
        })
    }

    /// Straight to AWS, or to another base URL.
    #[cfg(feature = "aws")]
    pub(crate) fn signed(signer: AwsSigner, endpoint: Option<&str>) -> Result<Self, CallError> {
        let base = match endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://xray.{}.amazonaws.com", signer.region()),
        };
        Ok(Self { http: client(true)?, base, signer: Some(signer) })
    }

    /// Where calls go.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Posts JSON to a path like `/GetSamplingRules`, and gives the body of the answer.
    pub(crate) async fn call(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.post(&url).header("content-type", "application/json");
        #[cfg(feature = "aws")]
        if let Some(signer) = &self.signer {
            let signed = [("content-type", "application/json")];
            let now = crate::record::clock::now();
            let added = signer.sign("POST", &url, &signed, &body, now).await;
            let added = added.map_err(|error| CallError::unreachable(error.to_string()))?;
            request = added.iter().fold(request, |it, (name, value)| it.header(name, value));
        }
        request = request.body(body);
        let answer = request.send().await;
        let mut answer = answer.map_err(|error| {
            CallError::unreachable(format!("{}: {}", shown_url(&self.base), chain(&error)))
        })?;
        let status = answer.status();
        let header = answer.headers().get("x-amzn-errortype");
        let code = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER_BYTES => {
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                Ok(Some(_)) => {
                    return Err(CallError::unreachable("the answer is too large".into()));
                }
                Err(error) => return Err(CallError::unreachable(chain(&error))),
            }
        }
        if status.is_success() {
            Ok(body)
        } else {
            Err(CallError::read(status.as_u16(), code.as_deref(), &body))
        }
    }
}

/// An error with its causes in one line; reqwest's own line names only the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a request goes a session token, in a header that no client strips on its way elsewhere.
    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (other, daemon) = (listener().await, listener().await);
        let elsewhere = format!("http://{}/", other.local_addr().expect("an address"));
        let base = format!("http://{}", daemon.local_addr().expect("an address"));
        let app = axum::Router::new()
            .fallback(move || async move { axum::response::Redirect::temporary(&elsewhere) });
        tokio::spawn(async move { axum::serve(daemon, app).await });
        let calls = XrayCalls::unsigned(base).expect("a client");
        let answer = tokio::select! {
            answer = calls.call("/GetSamplingRules", Vec::new()) => answer,
            _ = other.accept() => panic!("the redirect was followed"),
        };
        assert_eq!(answer.expect_err("no rules").status, Some(307));
    }

    async fn listener() -> tokio::net::TcpListener {
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port")
    }

    #[test]
    fn errors_are_read_wherever_the_code_stands() {
        let check = |header: Option<&str>, body: &str, expected: &str| {
            assert_eq!(CallError::read(400, header, body.as_bytes()).to_string(), expected);
        };
        let body = r#"{"__type":"com.amazonaws.xray#ThrottledException","message":"slow down"}"#;
        check(None, body, "ThrottledException: slow down");
        check(
            Some("InvalidRequestException:http://internal.amazon.com/x"),
            r#"{"Message":"no"}"#,
            "InvalidRequestException: no",
        );
        check(None, "<html>", "HTTP 400: no message");
    }
}
