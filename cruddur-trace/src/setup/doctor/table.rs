//! The checks and the permissions of keys as tables of plain text. Pure.

use super::check::{Check, State};
use super::keys::KeyRow;

/// The whole report.
pub(super) fn report(checks: &[Check], keys: &[KeyRow]) -> String {
    let mut text = checks_table(checks);
    if !keys.is_empty() {
        text.push_str("\n\n");
        text.push_str(&permissions_table(keys));
    }
    let count = |state| checks.iter().filter(|it| it.state == state).count();
    let (faults, warnings) = (count(State::Fault), count(State::Warning));
    let plural = |count: usize, word: &str| match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        many => format!("{many} {word}s"),
    };
    format!("{text}\n\n{}, {}", plural(faults, "fault"), plural(warnings, "warning"))
}

fn checks_table(checks: &[Check]) -> String {
    let width = checks.iter().map(|it| it.subject.chars().count()).max().unwrap_or(0);
    let line = |check: &Check| {
        let state = match check.state {
            State::Fine => "ok",
            State::Warning => "warn",
            State::Fault => "FAULT",
            State::Off => "off",
        };
        let mut line = format!("{:<width$}  {state:<5}  {}", check.subject, check.found);
        if let Some(remedy) = &check.remedy {
            line.push_str(&format!("\n{:<width$}         -> {remedy}", ""));
        }
        line
    };
    checks.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One row a key, one column a permission.
fn permissions_table(keys: &[KeyRow]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in keys.iter().flat_map(|it| it.access.iter().map(|(name, _)| name.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut rows = vec![vec!["key".to_owned(), "kind".to_owned()]];
    rows[0].extend(names.iter().map(|name| (*name).to_owned()));
    for key in keys {
        let mut row = vec![key.variable.to_owned(), key.kind.clone()];
        row.extend(names.iter().map(|name| {
            let may = key.access.iter().find(|(found, _)| found == name);
            match may {
                Some((_, true)) => "yes",
                Some((_, false)) => "no",
                None => "?",
            }
            .to_owned()
        }));
        rows.push(row);
    }
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::check::{Checks, Trouble};
    use super::*;

    #[test]
    fn a_report_is_a_table_with_remedies() {
        let mut checks = Checks::default();
        checks.fine("settings", "2 set");
        checks.fault("Rollbar", Trouble::new("403", "check ROLLBAR_ACCESS_TOKEN"));
        let keys = [KeyRow {
            variable: "HONEYCOMB_API_KEY",
            kind: "ingest".to_owned(),
            access: vec![("events".to_owned(), true), ("queries".to_owned(), false)],
        }];
        let expected = "\
settings  ok     2 set
Rollbar   FAULT  403
                 -> check ROLLBAR_ACCESS_TOKEN

key                kind    events  queries
HONEYCOMB_API_KEY  ingest  yes     no

1 fault, no warnings";
        assert_eq!(report(&checks.0, &keys), expected);
    }
}
