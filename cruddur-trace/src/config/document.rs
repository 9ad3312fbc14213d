//! The table as text: for `docs/configuration.md` and for the start-up message.

use std::fmt::Write as _;

use super::table::{SECTIONS, Support};
use super::{Settings, Source};

/// The reference of all variables, as Markdown: what `docs/configuration.md` holds.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(HEAD);
    for (title, rows) in SECTIONS {
        let _ = write!(text, "\n## {title}\n\n| Variable | Default | Means |\n|---|---|---|\n");
        for row in rows {
            let default = match row.default {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let secret = if row.secret { " Secret; also from a file." } else { "" };
            let meaning = match row.support {
                Support::Yes => format!("{}.{secret}", row.meaning),
                Support::Platform => format!("{}.", row.meaning),
                Support::Library(library) => format!("{}. Read by {library}.", row.meaning),
                Support::No(why) => format!("**Not supported**: {why}."),
            };
            let _ = writeln!(text, "| `{}` | {default} | {meaning} |", row.name);
        }
    }
    text
}

const HEAD: &str = "# Configuration

<!-- Generated from cruddur-trace/src/config/table.rs.
     UPDATE_DOCS=1 cargo test -p cruddur-trace --lib config writes it anew. -->

Each value is taken from the strongest source that has one: `force_setting` in code, then the
environment, then `default_setting` in code, then the default below. An empty variable is an unset
one. Quotes, blanks and carriage returns around a value are taken off, with a warning; a value that
can't be read is an error at start-up that names the variable and the remedy. A secret `NAME` may
also come from the file that `NAME_FILE` names. Durations are milliseconds, or a number with `ms`,
`s` or `m`. Start-up prints every value that somebody set with its source, secrets redacted.
";

/// One line for each value that somebody set: name, value (secrets redacted), source.
#[must_use]
pub fn startup_table(settings: &Settings) -> String {
    let rows: Vec<_> = settings
        .iter()
        .filter(|setting| setting.source != Source::BuiltIn)
        .map(|setting| (setting.variable.name, setting.shown(), setting.source.to_string()))
        .collect();
    let name_width = rows.iter().map(|row| row.0.len()).max().unwrap_or(0);
    let value_width = rows.iter().map(|row| row.1.chars().count().min(60)).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value, source) in rows {
        let _ = writeln!(text, "{name:name_width$}  {value:value_width$}  ({source})");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn the_documentation_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, reference()).expect("docs/configuration.md can be written");
        }
        let found = std::fs::read_to_string(path).expect("docs/configuration.md");
        assert!(found == reference(), "run this test once with UPDATE_DOCS=1");
    }

    #[test]
    fn start_up_shows_values_with_their_source_and_no_secret() {
        let settings = settings(&[
            ("OTEL_SERVICE_NAME", "cruddur-backend"),
            ("HONEYCOMB_API_KEY", "hcaik_secret"),
        ]);
        insta::assert_snapshot!(startup_table(&settings), @r"
        HONEYCOMB_API_KEY  <secret, 12 characters>  (environment)
        OTEL_SERVICE_NAME  cruddur-backend          (environment)
        ");
    }

    #[test]
    fn the_page_on_reliability_has_the_defaults() {
        let page = include_str!("../../../docs/reliability.md");
        let check = |name: &str, shown: &dyn Fn(&str) -> String| {
            let row = crate::config::variables().find(|it| it.name == name).expect("a variable");
            let shown = shown(row.default);
            assert!(page.contains(&shown), "docs/reliability.md lacks {shown:?}");
        };
        for name in [
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_EXPORT_TIMEOUT",
        ] {
            check(name, &|default| format!("| `{name}` | {default} "));
        }
        check("OTEL_BLRP_SCHEDULE_DELAY", &|default| format!("(delay {default} ms)"));
        check("OTEL_EXPORTER_OTLP_TIMEOUT", &|default| format!("TIMEOUT`: {default} ms)"));
        check("CRUDDUR_HAND_OVER_SIZE", &|default| format!("{default} finished traces"));
        check("CRUDDUR_MAX_QUEUE_BYTES", &|default| format!("{default} bytes over all"));
        check("OTEL_BLRP_MAX_QUEUE_SIZE", &|default| format!("{default} log records"));
        check("CRUDDUR_RETRY_MAX_ELAPSED", &|default| match default {
            "5m" => "`CRUDDUR_RETRY_MAX_ELAPSED` (5 minutes)".to_owned(),
            other => other.to_owned(),
        });
    }
}
