//! X-Ray: the daemon's TCP and UDP ports, or the API; one segment, read back where that is allowed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sinks::xray::{CallError, DaemonAddress, DaemonSink, Transport, XrayCalls, XrayPlan};

use super::Patient;
use super::check::{Checks, Trouble};
use super::reach::Place;

const SUBJECT: &str = "X-Ray";
const ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";
/// How often, and how many times, it is asked whether the probe has arrived.
const PAUSE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 20;

pub(super) async fn check(patient: &Patient<'_>, checks: &mut Checks) {
    let config = &patient.effective.config;
    let Some(xray) = &config.xray else {
        checks
            .off(SUBJECT, format!("{ADDRESS} is not set, and OTEL_TRACES_EXPORTER lists no xray"));
        return;
    };
    let resource = patient.probe.resource.clone();
    let random = patient.probe.trace_id.bits();
    let read_file = |path: &str| std::fs::read_to_string(path);
    let plan = XrayPlan::new(xray, &config.aws, resource, Vec::new(), random, &read_file);
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            checks.fault(SUBJECT, Trouble::new(error.what, error.remedy));
            return;
        }
    };
    match &plan.transport {
        Transport::Daemon(address) => daemon(patient, &plan, address, checks).await,
        #[cfg(feature = "aws")]
        Transport::Api | Transport::Otlp => api(patient, &plan, checks).await,
        #[cfg(not(feature = "aws"))]
        Transport::Api | Transport::Otlp => {}
    }
}

async fn daemon(
    patient: &Patient<'_>,
    plan: &XrayPlan,
    address: &DaemonAddress,
    checks: &mut Checks,
) {
    let place = Place { setup: patient.setup, variable: ADDRESS };
    let start = "start the daemon (`xray -o -n REGION`, in docker-compose the service xray-daemon) and \
        open its port 2000, UDP and TCP";
    if let Some(trouble) = place.connect(&address.tcp.host, address.tcp.port).await {
        let remedy = format!("{start}; {}", trouble.remedy);
        let found = format!("the daemon's TCP port: {}", trouble.found);
        checks.fault(SUBJECT, Trouble::new(found, remedy));
        return;
    }
    let calls = match XrayCalls::through_daemon(&address.tcp) {
        Ok(calls) => calls,
        Err(error) => {
            checks.fault(SUBJECT, Trouble::new(error.to_string(), start));
            return;
        }
    };
    if let Err(error) = calls.call("/GetSamplingRules", b"{}".to_vec()).await {
        let found = format!("the daemon can't fetch sampling rules: {error}");
        checks.fault(SUBJECT, Trouble::new(found, remedy(&error, "the daemon's ")));
        return;
    }
    checks.fine(SUBJECT, format!("the daemon at {} fetches sampling rules", address.tcp));
    let mut sink = DaemonSink::new(&plan.settings, address.udp.clone());
    // Nobody answers a datagram; that nobody listens is known at the second one at the earliest.
    let mut sent = patient.probe.send(&mut sink, patient.probe.span()).await;
    if sent.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sent = patient.probe.send(&mut sink, patient.probe.span()).await;
    }
    match sent {
        Ok(()) => arrived(patient, &calls, &format!("UDP {}", address.udp), checks).await,
        Err(said) => checks.fault("X-Ray segments", Trouble::new(said, start)),
    }
}

#[cfg(feature = "aws")]
async fn api(patient: &Patient<'_>, plan: &XrayPlan, checks: &mut Checks) {
    use crate::sinks::aws_sign::{AwsSigner, load_aws};
    let aws = &patient.effective.config.aws;
    let signer = AwsSigner::new(&load_aws(aws.region.as_deref()).await, "xray");
    let calls = match signer {
        Ok(signer) => XrayCalls::signed(signer, aws.xray_endpoint.as_deref()),
        Err(error) => {
            let text = error.to_string();
            let (found, remedy) = text.split_once(": ").unwrap_or((&text, "set AWS_REGION"));
            checks.fault(SUBJECT, Trouble::new(found, remedy));
            return;
        }
    };
    let calls = match calls {
        Ok(calls) => calls,
        Err(error) => {
            checks.fault(
                SUBJECT,
                Trouble::new(error.to_string(), "check the AWS_ENDPOINT_URL variables"),
            );
            return;
        }
    };
    if let Err(error) = calls.call("/GetSamplingRules", b"{}".to_vec()).await {
        let trouble = match error.status {
            None if !error.message.contains("credentials") => {
                let variable = match aws.xray_endpoint {
                    Some(_) => "AWS_ENDPOINT_URL_XRAY",
                    None => "AWS_REGION",
                };
                Place { setup: patient.setup, variable }.explain(calls.base(), &error.message).await
            }
            _ => Trouble::new(format!("the API: {error}"), remedy(&error, "")),
        };
        checks.fault(SUBJECT, trouble);
        return;
    }
    checks.fine(SUBJECT, format!("the API at {} answers", calls.base()));
    let probe = &patient.probe;
    let sent = if plan.transport == Transport::Api {
        probe.send(&mut plan.api_sink(), probe.span()).await
    } else {
        match plan.otlp_settings() {
            Err(error) => Err(error),
            Ok(settings) => {
                let signer = || Some(plan.signer());
                match crate::sinks::otlp::Otlp::signed(&settings, &probe.resource, signer) {
                    Ok(mut sink) => probe.send(&mut sink, probe.span()).await,
                    Err(error) => Err(error),
                }
            }
        }
    };
    match sent {
        Ok(()) => arrived(patient, &calls, calls.base(), checks).await,
        Err(said) => {
            let remedy = "allow xray:PutTraceSegments: see aws/json/policy.json";
            checks.fault("X-Ray segments", Trouble::new(said, remedy));
        }
    }
}

/// Looks for the probe's trace.
async fn arrived(patient: &Patient<'_>, calls: &XrayCalls, to: &str, checks: &mut Checks) {
    let subject = "X-Ray segments";
    let hex = format!("{:032x}", patient.probe.trace_id.bits());
    let id = format!("1-{}-{}", &hex[..8], &hex[8..]);
    for _ in 0..ATTEMPTS {
        let body = json!({ "TraceIds": [id] }).to_string().into_bytes();
        match calls.call("/Traces", body).await {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                let segments = answer["Traces"][0]["Segments"].as_array();
                if segments.is_some_and(|it| !it.is_empty()) {
                    checks.fine(subject, format!("a probe was sent to {to}, and read back ({id})"));
                    return;
                }
            }
            Err(error) => {
                let found = format!("a probe was sent to {to}; it may not be read back ({error})");
                checks.fine(subject, found);
                return;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let remedy = format!(
        "look for trace {id} in the X-Ray console in a minute; if it does not come, UDP to {to} is \
         dropped on its way, or the daemon's region is another one"
    );
    checks.warning(
        subject,
        format!("a probe was sent to {to}, but can't be read back yet"),
        remedy,
    );
}

/// What helps against a refusal; `whose` credentials they are.
fn remedy(error: &CallError, whose: &str) -> String {
    if error.message.contains("no AWS credentials") {
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile (AWS_PROFILE), or \
            give the container or the instance a role"
            .to_owned();
    }
    #[cfg(feature = "aws")]
    if let Some(code) = &error.code
        && let Some(remedy) = crate::setup::aws::of_code(code, &error.message)
    {
        let actions = "xray:GetSamplingRules, xray:GetSamplingTargets and xray:PutTraceSegments";
        return remedy.replace("{actions}", actions);
    }
    format!("check {whose}region and credentials, and aws/json/policy.json")
}
