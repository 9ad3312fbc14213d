//! `setup rollbar-deploy`: tells Rollbar that a revision was deployed.
//!
//! Source: Rollbar API reference, "Report a deploy" (`POST /api/1/deploy/`), read 2026-11.

use std::time::Duration;

use serde_json::{Value, json};

use super::Setup;
use super::arguments::Arguments;
use super::finding::{Finding, SetupError, Verdict};

const TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_ENDPOINT: &str = "https://api.rollbar.com/api/1/";

pub(super) async fn run(setup: &Setup, arguments: &Arguments) -> Result<Vec<Finding>, SetupError> {
    let settings = setup.settings()?;
    let token = settings
        .secret("ROLLBAR_ACCESS_TOKEN")
        .ok_or_else(|| SetupError::usage("set ROLLBAR_ACCESS_TOKEN (scope post_server_item)"))?;
    let deploy = deploy(setup, arguments)?;
    let what = format!(
        "Rollbar deploy of `{}` to `{}`",
        text(&deploy["revision"]),
        text(&deploy["environment"])
    );
    let finding = |verdict| vec![Finding { what: what.clone(), verdict, differences: Vec::new() }];
    if arguments.dry_run {
        return Ok(finding(Verdict::WouldCreate));
    }
    let endpoint = settings.text("ROLLBAR_ENDPOINT").unwrap_or(DEFAULT_ENDPOINT);
    let url = format!("{}/deploy/", endpoint.trim_end_matches('/'));
    let failed =
        |error: reqwest::Error| SetupError::failed(format!("{url}: {}", error.without_url()));
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        // A token goes to the host that was configured, and to no other.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(failed)?;
    let request = client
        .post(&url)
        .header("x-rollbar-access-token", token.expose())
        .header("content-type", "application/json")
        .body(deploy.to_string());
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let answer = response.bytes().await.map_err(failed)?;
    if status.is_success() {
        return Ok(finding(Verdict::Created));
    }
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let reason = match answer["message"].as_str() {
        Some(reason) => reason,
        None if status.is_redirection() => {
            "redirects are not followed: set ROLLBAR_ENDPOINT to the new place"
        }
        None => "no reason given",
    };
    Err(SetupError::failed(format!("{what} was refused with {status}: {reason}")))
}

/// The request's body.
fn deploy(setup: &Setup, arguments: &Arguments) -> Result<Value, SetupError> {
    let revision = arguments.option("revision").or_else(|| setup.variable("ROLLBAR_CODE_VERSION"));
    let revision = revision.ok_or_else(|| {
        SetupError::usage("name the revision: --revision, or ROLLBAR_CODE_VERSION")
    })?;
    let environment = arguments.option("environment");
    let environment = environment.or_else(|| setup.variable("ROLLBAR_ENVIRONMENT"));
    let username = arguments.option("username").or_else(|| setup.variable("USER"));
    let mut deploy = json!({
        "environment": environment.unwrap_or("production"),
        "revision": revision,
        "local_username": username,
        "comment": arguments.option("comment"),
    });
    if let Some(fields) = deploy.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(deploy)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_win_over_the_environment() {
        let environment = [("ROLLBAR_CODE_VERSION", "abc"), ("ROLLBAR_ENVIRONMENT", "staging")];
        let pairs = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let setup = Setup::new(pairs);
        let parse = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            Arguments::parse(&words).expect("valid")
        };
        let told = deploy(&setup, &parse("rollbar-deploy")).expect("complete");
        assert_eq!(told, json!({ "environment": "staging", "revision": "abc" }));
        let all = "rollbar-deploy --revision=def --environment=x --username=me --comment=fix";
        let told = deploy(&setup, &parse(all)).expect("complete");
        assert_eq!(
            told,
            json!({ "environment": "x", "revision": "def", "local_username": "me", "comment": "fix" })
        );
        let nothing = Setup::new::<String, String>([]);
        assert!(deploy(&nothing, &parse("rollbar-deploy")).expect_err("incomplete").is_usage);
    }
}
