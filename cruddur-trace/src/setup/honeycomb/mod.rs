//! `setup honeycomb`: ensures datasets, their columns and the query "Average latency by userId".
//!
//! The query can't be found by what it asks, so it gets a name (a query annotation), by which it is
//! found again. Creating queries needs a configuration key; what the key may do is asked first, so
//! that nothing is left half made.

mod api;
mod plan;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::Setup;
use super::arguments::Arguments;
use super::finding::{Finding, Outcome, SetupError, Verdict};
pub(super) use api::{Api, KeyFacts, Refused};
use plan::{Change, QUERY_NAME, compare_columns, differences, find_dataset, slug};

/// Honeycomb's base URLs. Source: Honeycomb API reference, "Servers", read 2026-11.
pub(super) const REGIONS: [&str; 2] = ["https://api.honeycomb.io", "https://api.eu1.honeycomb.io"];

/// What setting up needs, by Honeycomb's names of permissions and by those of its page.
pub(super) const NEEDED: [(&str, &str); 2] =
    [("createDatasets", "Create Datasets"), ("columns", "Manage Queries and Columns")];

pub(super) async fn run(setup: &Setup, arguments: &Arguments) -> Result<Outcome, SetupError> {
    let settings = setup.settings()?;
    let key = settings.secret("HONEYCOMB_CONFIG_KEY").ok_or_else(|| {
        SetupError::usage(
            "HONEYCOMB_CONFIG_KEY is not set: make a configuration key (Environment settings, API \
             keys, Configuration) with Create Datasets and Manage Queries and Columns",
        )
    })?;
    let endpoint = settings.text("HONEYCOMB_API_ENDPOINT").unwrap_or(REGIONS[0]);
    let api = Api::new(endpoint, &key).map_err(|error| failed("the HTTP client", &error))?;
    let facts = permitted(&api, setup, &key).await?;

    let mut outcome = Outcome::default();
    for name in datasets(setup, &settings, arguments)? {
        let dataset = ensure_dataset(&api, &name, arguments.dry_run, &mut outcome).await?;
        ensure_columns(&api, &dataset, arguments.dry_run, &mut outcome).await?;
        ensure_query(&api, &dataset, arguments.dry_run, &mut outcome).await?;
        outcome.notes.push(format!("{QUERY_NAME}: {}", link(&api.base, &facts, &dataset.slug)));
    }
    Ok(outcome)
}

struct Dataset {
    slug: String,
    /// Not with a dry run of one that is missing.
    exists: bool,
}

fn datasets(
    setup: &Setup,
    settings: &crate::config::Settings,
    arguments: &Arguments,
) -> Result<Vec<String>, SetupError> {
    let names: Vec<String> = match arguments.option("dataset") {
        Some(list) => list.split(',').map(|it| it.trim().to_owned()).collect(),
        None => {
            let service = settings.text("OTEL_SERVICE_NAME").map(str::to_owned);
            service.into_iter().chain(setup.also_datasets.iter().cloned()).collect()
        }
    };
    if names.is_empty() || names.iter().any(|name| slug(name).is_empty()) {
        let text = "no dataset is named: set OTEL_SERVICE_NAME, or give --dataset NAME";
        return Err(SetupError::usage(text));
    }
    Ok(names)
}

/// What the key may do, if that is enough.
async fn permitted(
    api: &Api,
    setup: &Setup,
    key: &crate::config::Secret,
) -> Result<KeyFacts, SetupError> {
    let facts = match api.key_facts().await {
        Ok(facts) => facts,
        Err(error) => {
            let mut error_text = failed("HONEYCOMB_CONFIG_KEY", &error);
            if error.status == Some(401) {
                error_text.what = match region_of(setup, &api.base, key).await {
                    Some(region) => format!(
                        "HONEYCOMB_CONFIG_KEY is a key of {region}, not of {}: set \
                         HONEYCOMB_API_ENDPOINT={region}",
                        api.base
                    ),
                    None => format!(
                        "{}; copy the key again, and check HONEYCOMB_API_ENDPOINT (US or EU)",
                        error_text.what
                    ),
                };
            }
            return Err(error_text);
        }
    };
    if facts.kind == "ingest" {
        return Err(SetupError::failed(
            "HONEYCOMB_CONFIG_KEY is an ingest key, which can only send events: make a \
             configuration key (Environment settings, API keys, Configuration)",
        ));
    }
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(name, _)| !facts.may(name)).map(|(_, page)| *page).collect();
    if missing.is_empty() {
        return Ok(facts);
    }
    Err(SetupError::failed(format!(
        "HONEYCOMB_CONFIG_KEY lacks {}: edit the key's permissions (Environment settings, API keys)",
        missing.join(" and ")
    )))
}

/// The other region that knows the key, where the one that was asked is a region.
pub(super) async fn region_of(
    setup: &Setup,
    asked: &str,
    key: &crate::config::Secret,
) -> Option<String> {
    let regions = &setup.honeycomb_regions;
    if !regions.iter().any(|it| it == asked) {
        return None;
    }
    for region in regions.iter().filter(|it| *it != asked) {
        if let Ok(api) = Api::new(region, key)
            && api.key_facts().await.is_ok()
        {
            return Some(region.clone());
        }
    }
    None
}

async fn ensure_dataset(
    api: &Api,
    name: &str,
    dry_run: bool,
    outcome: &mut Outcome,
) -> Result<Dataset, SetupError> {
    let what = format!("Honeycomb dataset `{name}`");
    let datasets = api.get("/1/datasets").await.map_err(|error| failed(&what, &error))?;
    if let Some(found) = find_dataset(&datasets, name) {
        outcome.findings.push(Finding::new(what, Verdict::AsWished));
        let slug = found["slug"].as_str().unwrap_or(name).to_owned();
        return Ok(Dataset { slug, exists: true });
    }
    if dry_run {
        outcome.findings.push(Finding::new(what, Verdict::WouldCreate));
        return Ok(Dataset { slug: slug(name), exists: false });
    }
    let made = api.post("/1/datasets", &json!({ "name": name })).await;
    let made = made.map_err(|error| failed(&what, &error))?;
    outcome.findings.push(Finding::new(what, Verdict::Created));
    let slug = made["slug"].as_str().map_or_else(|| slug(name), str::to_owned);
    Ok(Dataset { slug, exists: true })
}

async fn ensure_columns(
    api: &Api,
    dataset: &Dataset,
    dry_run: bool,
    outcome: &mut Outcome,
) -> Result<(), SetupError> {
    let path = format!("/1/columns/{}", dataset.slug);
    let columns = match dataset.exists {
        true => api.get(&path).await.map_err(|error| failed("the columns", &error))?,
        false => Value::Null,
    };
    for Change { mut finding, call } in compare_columns(&dataset.slug, &columns) {
        if let Some(call) = call.filter(|_| !dry_run) {
            let method =
                if call.method == "PUT" { reqwest::Method::PUT } else { reqwest::Method::POST };
            match api.call(method, &call.path, Some(&call.body)).await {
                // Somebody else was faster.
                Err(Refused { status: Some(409), .. }) => finding.verdict = Verdict::AsWished,
                Err(error) => return Err(failed(&finding.what, &error)),
                Ok(_) => finding.verdict = done(finding.verdict),
            }
        }
        outcome.findings.push(finding);
    }
    Ok(())
}

async fn ensure_query(
    api: &Api,
    dataset: &Dataset,
    dry_run: bool,
    outcome: &mut Outcome,
) -> Result<(), SetupError> {
    let slug = &dataset.slug;
    let what = format!("Honeycomb query `{QUERY_NAME}` of `{slug}`");
    let failed = |error: Refused| failed(&what, &error);
    let names = format!("/1/query_annotations/{slug}");
    let known = match dataset.exists {
        true => api.get(&names).await.map_err(failed)?,
        false => Value::Null,
    };
    let known = known.as_array().map_or(&[][..], Vec::as_slice);
    let named = known.iter().find(|it| it["name"] == QUERY_NAME);
    let mut finding = Finding::new(&what, Verdict::WouldCreate);
    if let Some(named) = named {
        let id = named["query_id"].as_str().unwrap_or_default();
        let is = api.get(&format!("/1/queries/{slug}/{id}")).await.map_err(failed)?;
        finding.differences = differences(&is);
        finding.verdict = match finding.differences.is_empty() {
            true => Verdict::AsWished,
            false => Verdict::WouldUpdate,
        };
    }
    if finding.verdict != Verdict::AsWished && !dry_run {
        let query =
            api.post(&format!("/1/queries/{slug}"), &plan::query()).await.map_err(failed)?;
        let name = json!({
            "name": QUERY_NAME,
            "description": "made by `setup honeycomb` of cruddur-trace",
            "query_id": query["id"],
        });
        api.post(&names, &name).await.map_err(failed)?;
        // An annotation can't be moved to another query; the new one is there, so the old can go.
        if let Some(old) = named.and_then(|it| it["id"].as_str()) {
            let path = format!("{names}/{old}");
            api.call(reqwest::Method::DELETE, &path, None).await.map_err(failed)?;
        }
        finding.verdict = done(finding.verdict);
    }
    outcome.findings.push(finding);
    Ok(())
}

fn done(verdict: Verdict) -> Verdict {
    if verdict == Verdict::WouldCreate { Verdict::Created } else { Verdict::Updated }
}

/// A query template link: opening it runs the query, on any plan (results by the API need
/// Enterprise). Source: Honeycomb documentation, "Query Template Links", read 2026-11.
fn link(base: &str, facts: &KeyFacts, dataset: &str) -> String {
    let page = match base.strip_prefix("https://api.") {
        Some(host) => format!("https://ui.{host}"),
        None => base.to_owned(),
    };
    // Classic teams have no environments.
    let environment = match facts.environment.as_str() {
        "" => String::new(),
        slug => format!("/environments/{slug}"),
    };
    let link = format!("{page}/{}{environment}/datasets/{dataset}", facts.team);
    let query = plan::query().to_string();
    reqwest::Url::parse_with_params(&link, [("query", query)]).map_or(link, |it| it.to_string())
}

fn failed(what: &str, error: &Refused) -> SetupError {
    SetupError::failed(format!("{what}: {error}"))
}
