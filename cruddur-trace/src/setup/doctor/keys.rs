//! Honeycomb's keys: what each is, what it may do, and whether that is what its place needs.
//!
//! Source: Honeycomb documentation, "API keys", and its API reference, "Auth", read 2026-11.

use crate::config::Secret;
use crate::setup::honeycomb::{Api, KeyFacts, NEEDED, Refused, region_of};

use super::Patient;
use super::check::{Checks, Trouble};
use super::reach;

/// What is known of one key, for the table of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyRow {
    pub(super) variable: &'static str,
    pub(super) kind: String,
    pub(super) access: Vec<(String, bool)>,
}

impl KeyRow {
    fn new(variable: &'static str, facts: &KeyFacts) -> Self {
        let kind = if facts.kind.is_empty() { "?" } else { &facts.kind };
        Self { variable, kind: kind.to_owned(), access: facts.access.clone() }
    }

    pub(super) fn may(&self, permission: &str) -> bool {
        self.access.iter().any(|(name, may)| name == permission && *may)
    }
}

/// The key that events are sent with, the one of `setup`, and the one that stands in a page.
const PLACES: [(&str, &str); 3] = [
    ("HONEYCOMB_API_KEY", "make an ingest key (Environment settings, API keys, Ingest)"),
    ("HONEYCOMB_CONFIG_KEY", "make a configuration key (Environment settings, API keys)"),
    ("HONEYCOMB_CLIENT_KEY", "make an ingest key (Environment settings, API keys, Ingest)"),
];

pub(super) async fn check(patient: &Patient<'_>, checks: &mut Checks) -> Vec<KeyRow> {
    let settings = &patient.effective.settings;
    let endpoint = settings.text("HONEYCOMB_API_ENDPOINT").unwrap_or_default();
    let mut rows = Vec::new();
    for (variable, make) in PLACES {
        let Some(key) = settings.secret(variable) else {
            if variable == "HONEYCOMB_API_KEY" {
                checks.off("Honeycomb", "HONEYCOMB_API_KEY is not set");
            }
            continue;
        };
        match ask(patient, endpoint, variable, &key, make).await {
            Ok(facts) => {
                judge(variable, make, &facts, checks);
                rows.push(KeyRow::new(variable, &facts));
            }
            Err(trouble) => checks.fault(variable, trouble),
        }
    }
    if !rows.is_empty() {
        reach::clock(endpoint, checks).await;
    }
    rows
}

async fn ask(
    patient: &Patient<'_>,
    endpoint: &str,
    variable: &str,
    key: &Secret,
    make: &str,
) -> Result<KeyFacts, Trouble> {
    if key.expose().get(3..6) == Some("mk_") {
        let found = "is a management key (hc?mk_…), which can neither send events nor set up";
        return Err(Trouble::new(found, make));
    }
    let asked = match Api::new(endpoint, key) {
        Ok(api) => api.key_facts().await,
        Err(error) => Err(error),
    };
    let error = match asked {
        Ok(facts) => return Ok(facts),
        Err(error) => error,
    };
    if let Refused { status: Some(401), said } = &error {
        if let Some(region) = region_of(patient.setup, endpoint, key).await {
            let found = format!("is a key of {region}, not of {endpoint}");
            return Err(Trouble::new(found, format!("set HONEYCOMB_API_ENDPOINT={region}")));
        }
        let remedy = format!("copy {variable} again (whole, without blanks), or {make}");
        return Err(Trouble::new(format!("Honeycomb does not know the key ({said})"), remedy));
    }
    let place = reach::Place { setup: patient.setup, variable: "HONEYCOMB_API_ENDPOINT" };
    Err(match error.status {
        None => place.explain(endpoint, &error.said).await,
        Some(_) => Trouble::new(
            format!("{endpoint}/1/auth answered {error}"),
            "check HONEYCOMB_API_ENDPOINT: https://api.honeycomb.io or https://api.eu1.honeycomb.io",
        ),
    })
}

/// Whether a key is what its place needs.
fn judge(variable: &'static str, make: &str, facts: &KeyFacts, checks: &mut Checks) {
    let kind = if facts.kind.is_empty() { "a key" } else { &facts.kind };
    let place = match facts.environment.as_str() {
        "" => format!("of team {}", facts.team),
        environment => format!("of team {}, environment {environment}", facts.team),
    };
    // A new service's dataset has to come from somewhere, so creating datasets is let pass.
    let harmless = |name: &str| matches!(name, "events" | "createDatasets");
    let more: Vec<&str> = facts
        .access
        .iter()
        .filter(|(name, may)| *may && !harmless(name))
        .map(|(name, _)| name.as_str())
        .collect();
    match variable {
        "HONEYCOMB_CONFIG_KEY" if facts.kind == "ingest" => {
            checks.fault(variable, Trouble::new("is an ingest key: it can only send events", make));
        }
        "HONEYCOMB_CONFIG_KEY" => {
            let lacks: Vec<&str> =
                NEEDED.iter().filter(|it| !facts.may(it.0)).map(|it| it.1).collect();
            if lacks.is_empty() {
                checks.fine(variable, format!("{kind} key {place}"));
            } else {
                let found = format!("lacks {}", lacks.join(" and "));
                let remedy = "edit the key's permissions (Environment settings, API keys)";
                checks.fault(variable, Trouble::new(found, remedy));
            }
        }
        _ if !facts.may("events") => {
            let found = "may not send events";
            checks.fault(variable, Trouble::new(found, format!("give it Send Events, or {make}")));
        }
        "HONEYCOMB_CLIENT_KEY" if !more.is_empty() => {
            let found = format!("everybody can read it, and it may do more: {}", more.join(", "));
            checks.fault(variable, Trouble::new(found, make));
        }
        _ if more.is_empty() => checks.fine(variable, format!("{kind} key {place}")),
        _ => {
            let found = format!("may do more than send events: {}", more.join(", "));
            checks.warning(variable, found, make);
        }
    }
}
