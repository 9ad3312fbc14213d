//! The `sql` block, for database systems that speak SQL.

use super::field;
use crate::record::text::{first_bytes, first_chars};
use crate::sinks::xray::caps::Caps;
use crate::sinks::xray::facets::{Facet, Facets};
use crate::sinks::xray::json::Json;
use crate::sinks::xray::name::MAX_FIELD_CHARS;

/// Database systems that speak SQL, as OpenTelemetry names them.
fn is_sql(system: &str) -> bool {
    matches!(
        system,
        "other_sql"
            | "sqlite"
            | "postgresql"
            | "mysql"
            | "mariadb"
            | "mssql"
            | "oracle"
            | "db2"
            | "microsoft.sql_server"
            | "oracle.db"
            | "ibm.db2"
            | "cockroachdb"
            | "redshift"
            | "aws.redshift"
            | "h2"
            | "h2database"
            | "hsqldb"
            | "derby"
            | "firebird"
            | "firebirdsql"
            | "clickhouse"
            | "trino"
            | "hive"
            | "teradata"
            | "vertica"
            | "snowflake"
            | "spanner"
            | "gcp.spanner"
    )
}

pub(crate) fn write_sql(json: &mut Json, facets: &mut Facets<'_>, caps: &Caps) -> u64 {
    if !facets.peek_text(Facet::DbSystem).is_some_and(is_sql) {
        return 0;
    }
    let mut trimmed = 0;
    json.key("sql");
    json.open_object();
    let url = facets.peek_text(Facet::DbUrl).is_some();
    if url {
        field(json, "url", facets.take_text(Facet::DbUrl, MAX_FIELD_CHARS));
    } else if let Some(name) = facets.take_text(Facet::DbName, MAX_FIELD_CHARS) {
        let host = facets.peek_text(Facet::Host).map(|host| first_chars(host, MAX_FIELD_CHARS));
        let url = host.map_or_else(|| name.to_owned(), |host| format!("{host}/{name}"));
        field(json, "url", Some(&url));
    }
    if let Some(query) = facets.peek_text(Facet::DbStatement) {
        facets.take(Facet::DbStatement);
        let shown = first_bytes(query, caps.sql_bytes);
        trimmed += u64::from(shown.len() < query.len());
        field(json, "sanitized_query", Some(shown));
    }
    for (key, facet) in [
        ("database_type", Facet::DbSystem),
        ("database_version", Facet::DbVersion),
        ("driver_version", Facet::DbDriverVersion),
        ("user", Facet::DbUser),
        ("preparation", Facet::DbPreparation),
    ] {
        field(json, key, facets.take_text(facet, MAX_FIELD_CHARS));
    }
    json.close_object();
    trimmed
}
