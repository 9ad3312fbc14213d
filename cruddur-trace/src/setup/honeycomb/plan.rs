//! What a dataset should have, and the calls that make it so. Pure.

use serde_json::{Map, Value, json};

use crate::setup::finding::{Finding, Verdict};

/// Columns that the query and the pages of the lessons need, with their types.
const COLUMNS: [(&str, &str, &str); 4] = [
    ("app.now", "string", "when the function began"),
    ("app.result_length", "integer", "the length of what it returned"),
    ("app.userId", "string", "the user on whose behalf it ran"),
    ("duration_ms", "float", "how long it took"),
];

/// The name by which the query is found again.
pub(super) const QUERY_NAME: &str = "Average latency by userId";

/// A call to be made: method, path, body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
}

/// One difference (or none), and the call that ends it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) finding: Finding,
    pub(super) call: Option<Call>,
}

/// `AVG(duration_ms)` where `app.userId` exists, by `app.userId`, the slowest first.
pub(in crate::setup) fn query() -> Value {
    json!({
        "calculations": [{ "op": "AVG", "column": "duration_ms" }],
        "breakdowns": ["app.userId"],
        "filters": [{ "column": "app.userId", "op": "exists" }],
        "orders": [{ "op": "AVG", "column": "duration_ms", "order": "descending" }],
        "limit": 100,
        "time_range": 7200,
    })
}

/// A dataset's name as it stands in paths.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '~') {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The dataset of this name among those that there are; names differ from slugs.
pub(super) fn find_dataset<'a>(datasets: &'a Value, name: &str) -> Option<&'a Value> {
    let list = datasets.as_array()?;
    list.iter().find(|it| it["name"] == name || it["slug"] == *slug(name))
}

/// What to do about the columns that there are.
pub(super) fn compare_columns(dataset: &str, columns: &Value) -> Vec<Change> {
    let known = columns.as_array().map_or(&[][..], Vec::as_slice);
    let change = |(name, kind, description): &(&str, &'static str, &'static str)| {
        let what = format!("Honeycomb column `{name}` of `{dataset}`");
        let Some(found) = known.iter().find(|it| it["key_name"] == *name) else {
            let body = json!({ "key_name": name, "type": kind, "description": description });
            let call = Call { method: "POST", path: format!("/1/columns/{dataset}"), body };
            return Change { finding: Finding::new(what, Verdict::WouldCreate), call: Some(call) };
        };
        let is = found["type"].as_str().unwrap_or_default();
        // An integer column can be averaged as well as a float one.
        if is == *kind
            || (is == "integer" && *kind == "float")
            || (is == "float" && *kind == "integer")
        {
            return Change { finding: Finding::new(what, Verdict::AsWished), call: None };
        }
        let id = found["id"].as_str().unwrap_or_default();
        let path = format!("/1/columns/{dataset}/{id}");
        // What is left out would be set to its default.
        let mut body = Map::new();
        for field in ["description", "hidden", "key_name"] {
            body.insert(field.to_owned(), found[field].clone());
        }
        body.insert("type".to_owned(), json!(kind));
        let mut finding = Finding::new(what, Verdict::WouldUpdate);
        finding.differences = vec![("type".to_owned(), is.to_owned(), (*kind).to_owned())];
        let call = Call { method: "PUT", path, body: Value::Object(body) };
        Change { finding, call: Some(call) }
    };
    COLUMNS.iter().map(change).collect()
}

/// What differs between a query that there is and the one that should be.
pub(super) fn differences(is: &Value) -> Vec<(String, String, String)> {
    let should = query();
    let fields = should.as_object().into_iter().flatten();
    let different = fields.filter(|(field, should)| !is_same(&is[field.as_str()], should));
    different
        .map(|(field, should)| (field.clone(), is[field.as_str()].to_string(), should.to_string()))
        .collect()
}

/// Answers carry fields that were not given, such as a null `value`.
fn is_same(is: &Value, should: &Value) -> bool {
    match (is, should) {
        (Value::Array(is), Value::Array(should)) => {
            is.len() == should.len() && is.iter().zip(should).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(is), Value::Object(should)) => {
            should.iter().all(|(key, value)| is.get(key).is_some_and(|it| is_same(it, value)))
                && is.iter().all(|(key, value)| value.is_null() || should.contains_key(key))
        }
        _ => is == should,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_becomes_a_call() {
        let missing = compare_columns("d", &json!([]));
        assert_eq!(missing.len(), COLUMNS.len());
        assert!(missing.iter().all(|it| it.call.as_ref().is_some_and(|it| it.method == "POST")));
        let found = json!([
            { "id": "1", "key_name": "app.now", "type": "string" },
            { "id": "2", "key_name": "app.result_length", "type": "float" },
            { "id": "3", "key_name": "app.userId", "type": "boolean", "hidden": true },
            { "id": "4", "key_name": "duration_ms", "type": "float" },
        ]);
        let changes = compare_columns("d", &found);
        let called: Vec<&Call> = changes.iter().filter_map(|it| it.call.as_ref()).collect();
        assert_eq!(called.len(), 1);
        assert_eq!((called[0].method, called[0].path.as_str()), ("PUT", "/1/columns/d/3"));
        assert_eq!(called[0].body["hidden"], true);
    }

    #[test]
    fn a_query_is_compared_by_what_it_asks() {
        let mut is = query();
        is["id"] = json!("abc");
        is["filters"][0]["value"] = Value::Null;
        assert!(differences(&is).is_empty());
        is["limit"] = json!(10);
        let expected = ("limit".to_owned(), "10".to_owned(), "100".to_owned());
        assert_eq!(differences(&is), [expected]);
    }
}
