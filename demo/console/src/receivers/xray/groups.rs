//! Groups: create, read, update and delete.

use axum::extract::State;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::call::{Answer, CallError, bounded, object, text};
use super::filter::Filter;
use crate::Shared;
use crate::store::xray::{Group, Insights};

fn checked_filter(request: &Map<String, Value>) -> Result<Option<&str>, CallError> {
    let Some(expression) = text(request, "FilterExpression")? else { return Ok(None) };
    Filter::parse(expression)
        .map_err(|error| CallError::invalid(format!("FilterExpression: {error}")))?;
    Ok(Some(expression))
}

/// The group that a request names by its name or its ARN.
fn named(request: &Map<String, Value>) -> Result<&str, CallError> {
    match (text(request, "GroupName")?, text(request, "GroupARN")?) {
        (Some(_), _) => bounded(request, "GroupName", 1..=32),
        (None, Some(_)) => bounded(request, "GroupARN", 1..=400),
        (None, None) => Err(CallError::invalid("GroupName or GroupARN is required")),
    }
}

fn insights(request: &Map<String, Value>) -> Option<Insights> {
    let told = request.get("InsightsConfiguration")?;
    let is_on = |key: &str| told[key].as_bool().unwrap_or(false);
    Some(Insights { is_on: is_on("InsightsEnabled"), notifies: is_on("NotificationsEnabled") })
}

fn not_found(name: &str) -> CallError {
    CallError::invalid(format!("there is no group {name}"))
}

/// `GetGroups`.
pub(super) async fn list(State(app): State<Shared>, body: Bytes) -> Answer {
    object(&body)?;
    let groups = app
        .store
        .xray
        .with(|data| data.groups.all().iter().map(Group::to_json).collect::<Vec<_>>());
    Ok(axum::Json(json!({ "Groups": groups })))
}

/// `GetGroup`.
pub(super) async fn get(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let name = named(&request)?;
    let found = app.store.xray.with(|data| data.groups.find(name).map(|group| group.to_json()));
    found.map(|group| axum::Json(json!({ "Group": group }))).ok_or_else(|| not_found(name))
}

/// `CreateGroup`.
pub(super) async fn create(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let name = bounded(&request, "GroupName", 1..=32)?;
    let filter = checked_filter(&request)?.unwrap_or("").to_owned();
    let insights = insights(&request).unwrap_or_default();
    let group = Group { name: name.to_owned(), filter, insights };
    let shown = group.to_json();
    app.store.xray.with(|data| {
        if data.groups.find(name).is_some() {
            return Err(CallError::invalid(format!("the group {name} is there already")));
        }
        if data.groups.add(group) { Ok(()) } else { Err(CallError::invalid("too many groups")) }
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({ "Group": shown })))
}

/// `UpdateGroup`.
pub(super) async fn update(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let name = named(&request)?;
    let filter = checked_filter(&request)?;
    let shown = app.store.xray.with(|data| {
        let group = data.groups.find(name).ok_or_else(|| not_found(name))?;
        if let Some(filter) = filter {
            if group.name == "Default" {
                return Err(CallError::invalid("the group Default has no filter expression"));
            }
            filter.clone_into(&mut group.filter);
        }
        group.insights = insights(&request).unwrap_or(group.insights);
        Ok(group.to_json())
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({ "Group": shown })))
}

/// `DeleteGroup`.
pub(super) async fn delete(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let name = named(&request)?;
    app.store.xray.with(|data| {
        let group = data.groups.find(name).ok_or_else(|| not_found(name))?.name.clone();
        if group == "Default" {
            return Err(CallError::invalid("the group Default can't be deleted"));
        }
        data.groups.remove(&group);
        Ok(())
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({})))
}
