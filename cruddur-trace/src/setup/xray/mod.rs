//! `setup xray`: ensures the group and the sampling rule.
//!
//! *Ensure* means read, compare, create or update or nothing. Where somebody else was faster the
//! call fails; then it is read again, and if all is as wished nothing has failed. Messages of the
//! service are never parsed: it models one error for everything.

mod plan;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::Setup;
use super::arguments::Arguments;
use super::finding::{Finding, SetupError, Verdict};
use crate::sinks::xray::{DaemonAddress, XrayCalls};
use plan::{Change, Wish, compare};

pub(super) async fn run(setup: &Setup, arguments: &Arguments) -> Result<Vec<Finding>, SetupError> {
    let wish = wish(setup, arguments)?;
    let calls = connect(setup, arguments).await?;
    ensure(&calls, &wish, arguments.dry_run).await
}

fn wish(setup: &Setup, arguments: &Arguments) -> Result<Wish, SetupError> {
    let service = arguments
        .option("service")
        .or_else(|| setup.variable("AWS_XRAY_TRACING_NAME"))
        .or_else(|| setup.variable("OTEL_SERVICE_NAME"))
        .or(setup.service.as_deref())
        .ok_or_else(|| SetupError::usage("no service is named: give --service NAME"))?;
    let group = arguments.option("group").or(setup.group.as_deref()).unwrap_or(service);
    let rule = match arguments.option("rule") {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            SetupError::usage(format!("the rule's file {path} can't be read: {error}"))
        })?),
        None => setup.xray_rule.clone(),
    };
    Wish::new(service, group, rule.as_deref())
}

/// The daemon where one is known, else the API with credentials.
async fn connect(setup: &Setup, arguments: &Arguments) -> Result<XrayCalls, SetupError> {
    let daemon = arguments.option("daemon").or_else(|| setup.variable("AWS_XRAY_DAEMON_ADDRESS"));
    if let Some(daemon) = daemon {
        let address: DaemonAddress =
            daemon.parse().map_err(|error| SetupError::usage(format!("{error}")))?;
        return XrayCalls::through_daemon(&address.tcp)
            .map_err(|error| SetupError::failed(error.to_string()));
    }
    signed(setup).await
}

#[cfg(feature = "aws")]
async fn signed(setup: &Setup) -> Result<XrayCalls, SetupError> {
    use crate::sinks::aws_sign::{AwsSigner, load_aws};
    let failed = |error: &dyn std::error::Error| SetupError::failed(error.to_string());
    let region = setup.variable("AWS_REGION").or_else(|| setup.variable("AWS_DEFAULT_REGION"));
    let endpoint =
        setup.variable("AWS_ENDPOINT_URL_XRAY").or_else(|| setup.variable("AWS_ENDPOINT_URL"));
    let signer = AwsSigner::new(&load_aws(region).await, "xray").map_err(|it| failed(&it))?;
    XrayCalls::signed(signer, endpoint).map_err(|it| failed(&it))
}

#[cfg(not(feature = "aws"))]
async fn signed(_setup: &Setup) -> Result<XrayCalls, SetupError> {
    Err(SetupError::usage(
        "no daemon is named: set AWS_XRAY_DAEMON_ADDRESS, or build with the feature `aws`",
    ))
}

/// Makes groups and rules as wished, or only says what would be done.
async fn ensure(calls: &XrayCalls, wish: &Wish, dry_run: bool) -> Result<Vec<Finding>, SetupError> {
    let (groups, rules) = read(calls).await?;
    let mut findings = Vec::new();
    for mut change in compare(&groups, &rules, wish) {
        if change.finding.verdict == Verdict::AsWished || dry_run {
            findings.push(change.finding);
            continue;
        }
        apply(calls, wish, &change).await?;
        change.finding.verdict = match change.finding.verdict {
            Verdict::WouldCreate => Verdict::Created,
            _ => Verdict::Updated,
        };
        findings.push(change.finding);
    }
    Ok(findings)
}

/// Sends one change; if that fails because somebody else just made it, nothing has failed.
async fn apply(calls: &XrayCalls, wish: &Wish, change: &Change) -> Result<(), SetupError> {
    let Some((path, body)) = &change.call else { return Ok(()) };
    let Err(error) = calls.call(path, body.to_string().into_bytes()).await else { return Ok(()) };
    let (groups, rules) = read(calls).await?;
    let now = compare(&groups, &rules, wish);
    let is_as_wished = |it: &&Change| {
        it.finding.what == change.finding.what && it.finding.verdict == Verdict::AsWished
    };
    if now.iter().any(|it| is_as_wished(&it)) {
        return Ok(());
    }
    Err(failed(calls, change.finding.what.as_str(), &error))
}

fn failed(calls: &XrayCalls, what: &str, error: &crate::sinks::xray::CallError) -> SetupError {
    let base = calls.base();
    let remedy = match error.code.as_deref() {
        Some("AccessDeniedException") => {
            "; give the role the actions of aws/json/policy.json (XRaySetup)"
        }
        _ if error.status.is_none() => "; is the daemon running, and is its TCP port reachable?",
        _ => "",
    };
    SetupError::failed(format!("{what} at {base}: {error}{remedy}"))
}

/// All groups and all rules.
async fn read(calls: &XrayCalls) -> Result<(Vec<Value>, Vec<Value>), SetupError> {
    let groups = pages(calls, "/Groups", "Groups").await?;
    let rules = pages(calls, "/GetSamplingRules", "SamplingRuleRecords").await?;
    Ok((groups, rules))
}

async fn pages(calls: &XrayCalls, path: &str, list: &str) -> Result<Vec<Value>, SetupError> {
    const MAX_PAGES: usize = 100;
    let mut found = Vec::new();
    let mut request = serde_json::json!({});
    for _ in 0..MAX_PAGES {
        let answer = calls.call(path, request.to_string().into_bytes()).await;
        let answer = answer.map_err(|error| failed(calls, list, &error))?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let Some(page) = answer[list].as_array() else {
            let base = calls.base();
            return Err(SetupError::failed(format!("{base}{path} answered no `{list}`")));
        };
        found.extend(page.iter().cloned());
        match answer["NextToken"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => request = serde_json::json!({ "NextToken": token }),
            None => break,
        }
    }
    Ok(found)
}
