//! sqlx's events as CLIENT spans.
//!
//! sqlx emits one event per query when it is over (target `sqlx::query`, level debug, warn if it was
//! slow), with `db.statement`, `rows_returned`, `rows_affected` and `elapsed_secs`. The span is named
//! and described as OpenTelemetry's database conventions have it (stable, read 2026-11).

use tracing_core::Event;

use super::fields::Fields;
use crate::record::{Attribute, Callsite, SpanKind, Value};
use crate::span::foreign::record_past;

/// The target of sqlx's events.
pub(super) const TARGET: &str = "sqlx::query";

/// How queries are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) system: &'static str,
    pub(super) with_text: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { system: "other_sql", with_text: false }
    }
}

static QUERY: Callsite =
    Callsite::new("query", "sqlx::query", TARGET, "", 0).with_kind(SpanKind::Client).without_now();

/// Records the query as a span that ends now.
pub(super) fn record(event: &Event<'_>, mut fields: Fields, settings: &Settings) {
    let seconds = match fields.take("elapsed_secs") {
        Some(Value::F64(seconds)) if seconds.is_finite() && seconds >= 0.0 => seconds,
        _ => 0.0,
    };
    let statement = match fields.take("db.statement") {
        Some(Value::Str(text)) if !text.trim().is_empty() => text.into_owned(),
        // Short statements stand in the summary alone.
        _ => fields.take("summary").map(|it| it.to_string()).unwrap_or_default(),
    };
    let summary = summary(&statement);
    let mut attributes = vec![Attribute::new("db.system.name", settings.system)];
    if let Some(operation) = summary.split(' ').next().filter(|it| !it.is_empty()) {
        attributes.push(Attribute::new("db.operation.name", operation.to_owned()));
        attributes.push(Attribute::new("db.query.summary", summary.clone()));
    }
    if let Some(rows) = fields.take("rows_returned") {
        attributes.push(Attribute::new("db.response.returned_rows", rows));
    }
    if let Some(rows) = fields.take("rows_affected") {
        attributes.push(Attribute::new("db.rows_affected", rows));
    }
    if settings.with_text {
        attributes.push(Attribute::new("db.query.text", statement));
    }
    if *event.metadata().level() <= tracing_core::Level::WARN {
        attributes.push(Attribute::new("db.query.slow", true));
    }
    let name = if summary.is_empty() { settings.system.to_owned() } else { summary };
    record_past(&QUERY, name.into(), (seconds * 1e9) as u64, attributes, None);
}

/// What a statement does to which tables: `SELECT users`, `INSERT activities`. Few different texts
/// come out, whatever the values in the statement.
fn summary(statement: &str) -> String {
    let is_word = |it: char| it.is_alphanumeric() || "_.\"`[]".contains(it);
    let mut words =
        statement.split(|it: char| !is_word(it)).filter(|word| !word.is_empty()).take(256);
    let Some(operation) = words.next().filter(|it| it.chars().all(char::is_alphabetic)) else {
        return String::new();
    };
    let mut summary = operation.to_ascii_uppercase();
    let mut tables: Vec<&str> = Vec::new();
    let mut is_table_next = matches!(summary.as_str(), "UPDATE" | "TABLE");
    for word in words {
        if is_table_next && tables.len() < 4 {
            let table = word.trim_matches(|it| "\"`[]".contains(it));
            let upper = table.to_ascii_uppercase();
            if matches!(upper.as_str(), "ONLY" | "OR" | "IF" | "NOT" | "EXISTS" | "LATERAL") {
                continue;
            }
            let is_name = table.starts_with(|it: char| it.is_alphabetic() || it == '_');
            if is_name && upper != "SELECT" && !tables.contains(&table) {
                tables.push(table);
            }
        }
        let upper = word.to_ascii_uppercase();
        is_table_next = matches!(upper.as_str(), "FROM" | "JOIN" | "INTO" | "TABLE")
            || summary == "UPDATE" && tables.is_empty();
    }
    for table in tables {
        summary.push(' ');
        summary.push_str(table);
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_summarised_without_their_values() {
        let check = |statement: &str, expected: &str| assert_eq!(summary(statement), expected);
        check("SELECT * FROM users WHERE id = 7", "SELECT users");
        check(
            "select a.x from \"activities\" a join users u on u.id = a.u",
            "SELECT activities users",
        );
        check("INSERT INTO activities (a) VALUES ('FROM secrets')", "INSERT activities secrets");
        check("UPDATE users SET name = 'x' WHERE id = 1", "UPDATE users");
        check("DELETE FROM users", "DELETE users");
        check("CREATE TABLE IF NOT EXISTS t (id int)", "CREATE t");
        check("PRAGMA foreign_keys = ON", "PRAGMA");
        check("BEGIN", "BEGIN");
        check("SELECT 1", "SELECT");
        check("SELECT x FROM (SELECT y FROM z)", "SELECT z");
        check("", "");
        check("-- note", "NOTE");
        check("42", "");
    }
}
