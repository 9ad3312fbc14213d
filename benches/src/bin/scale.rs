//! `docs/scale.md`, computed: what telemetry costs at 1, 1,000 and 1,000,000 requests a second, from
//! the figures in `benches/results.jsonl`.
//!
//! Usage: `scale [FILE]`; without a file it prints.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Spans of a request: the layer's, and ten nested ones.
const SPANS: f64 = 11.0;
/// Log lines of a request.
const LINES: f64 = 1.0;
/// Days of a month as the backends bill it.
const DAYS: f64 = 30.4;
/// Dollars for a million traces recorded by X-Ray, and traces a month that are free.
/// Source: aws.amazon.com/xray/pricing, read 2026-11-22.
const XRAY_PER_MILLION: f64 = 5.0;
const XRAY_FREE: f64 = 100_000.0;
/// Dollars for a gigabyte into CloudWatch Logs, standard class, us-east-1. Its price list adds 26
/// bytes an event. Source: c3x.dev/blog/cloudwatch-logs-cost-optimization (June 2026), read 2026-11-22.
const CLOUDWATCH_PER_GB: f64 = 0.50;
const CLOUDWATCH_OVERHEAD: f64 = 26.0;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let results = std::fs::read_to_string(root.join("benches/results.jsonl")).expect("results");
    let text = std::fs::read_to_string(root.join("benches/scale.md")).expect("benches/scale.md");
    let text = fill(&text, &Figures::parse(&results));
    match std::env::args().nth(1) {
        Some(file) => std::fs::write(root.join(file), text).expect("the file"),
        None => print!("{text}"),
    }
}

/// The figures of a run: of a row by variant and unit, and of a table by the same. Of several with the
/// same key, the first.
struct Figures(BTreeMap<(String, String, String), f64>);

impl Figures {
    fn parse(lines: &str) -> Self {
        let mut figures = BTreeMap::new();
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).expect("a line of results");
            let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            for place in ["row", "table"] {
                let key = (text(place), text("variant"), text("unit"));
                figures.entry(key).or_insert(line["value"].as_f64().unwrap_or(0.0));
            }
        }
        Self(figures)
    }

    fn of(&self, row: &str, variant: &str, unit: &str) -> f64 {
        let key = (row.to_owned(), variant.to_owned(), unit.to_owned());
        *self.0.get(&key).unwrap_or_else(|| panic!("no figure: {key:?}; run cargo xtask bench"))
    }
}

fn fill(text: &str, figures: &Figures) -> String {
    const HTTP: &str = "cruddur-trace, OTLP over HTTP";
    const GZIP: &str = "cruddur-trace, OTLP over HTTP, gzip";
    const FOUR: &str = "cruddur-trace, OTLP spans and logs, X-Ray's daemon and Rollbar at once";
    let layer = figures.of("layer", "cruddur-trace", "ns / request");
    let exporter = figures.of("export", HTTP, "ns / span, exporter");
    let all = figures.of("export", HTTP, "ns / span");
    let own = all - exporter;
    let plain = figures.of("export", HTTP, "bytes / span");
    let gzip = figures.of("export", GZIP, "bytes / span");
    let xray = figures.of("X-Ray segment documents", "cruddur-trace", "bytes / span");
    let line = figures.of("encode", "cruddur-trace", "bytes / line");
    // What a whole core would carry.
    let ceiling = 1e9 / exporter;
    let four = 1e9 / figures.of("export", FOUR, "ns / span, exporter");
    let request = layer + own * (SPANS - 1.0) + exporter * SPANS;
    let floods = |(key, _): &(&(String, String, String), &f64)| {
        key.0 == "memory" && key.1.starts_with("every backend down")
    };
    let before = figures.of("memory", "before telemetry", "MiB");
    let flood = figures.0.iter().filter(floods).map(|it| *it.1).fold(0.0, f64::max) - before;

    let mut rows = String::new();
    let mut bills = String::new();
    for rate in [1.0, 1_000.0, 1_000_000.0] {
        let cores = request * rate / 1e9;
        let processes = (rate * SPANS / ceiling).ceil().max(1.0);
        rows += &format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            count(rate),
            share(cores),
            processes,
            bytes(rate * SPANS * plain),
            bytes(rate * SPANS * gzip),
            bytes(rate * LINES * line),
        );
        let month = rate * 86_400.0 * DAYS;
        let traces = (month - XRAY_FREE).max(0.0);
        let sampled = (reservoir(rate) * 86_400.0 * DAYS - XRAY_FREE).max(0.0);
        let logs = month * LINES * (line + CLOUDWATCH_OVERHEAD) / 1e9;
        bills += &format!(
            "| {} | {} | {} | {} | {} |\n",
            count(rate),
            count(month * SPANS),
            dollars(traces / 1e6 * XRAY_PER_MILLION),
            dollars(sampled / 1e6 * XRAY_PER_MILLION),
            dollars(logs * CLOUDWATCH_PER_GB),
        );
    }
    let number = |value: f64| format!("{value:.0}");
    [
        ("{{layer}}", number(layer)),
        ("{{span}}", number(own)),
        ("{{exporter}}", number(exporter)),
        ("{{request}}", format!("{:.1}", request / 1e3)),
        ("{{plain}}", number(plain)),
        ("{{gzip}}", number(gzip)),
        ("{{xray}}", number(xray)),
        ("{{line}}", number(line)),
        ("{{ceiling}}", count(ceiling)),
        ("{{ceiling requests}}", count(ceiling / SPANS)),
        ("{{four}}", count(four)),
        ("{{overload}}", count(figures.of("export", HTTP, "spans / s"))),
        ("{{flood}}", number(flood)),
        ("{{rows}}", rows.trim_end().to_owned()),
        ("{{bills}}", bills.trim_end().to_owned()),
        ("{{kept}}", count(1_000_000.0 * SPANS * 0.001)),
        ("{{collector}}", bytes(1_000_000.0 * SPANS * gzip)),
        ("{{waiting}}", bytes(1_000_000.0 * SPANS * plain * 10.0)),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, &value))
}

/// Requests a second that X-Ray's default rule samples: the first of each second, and a twentieth of
/// the others.
fn reservoir(rate: f64) -> f64 {
    1.0 + (rate - 1.0).max(0.0) * 0.05
}

/// `11 million`.
fn count(value: f64) -> String {
    scaled(value, &[(1e12, " trillion"), (1e9, " billion"), (1e6, " million"), (1e3, ",000")])
}

/// Bytes a second.
fn bytes(value: f64) -> String {
    scaled(value, &[(1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")])
}

fn dollars(value: f64) -> String {
    match value {
        0.0 => "free".to_owned(),
        _ if value < 1.0 => "under $1".to_owned(),
        _ => format!("${}", count(value.round())),
    }
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let (unit, word) = units.iter().find(|(unit, _)| value >= *unit).unwrap_or(&(1.0, ""));
    let value = value / unit;
    let precise = value < 10.0 && value.fract() > 0.05 && *word != ",000";
    if precise { format!("{value:.1}{word}") } else { format!("{value:.0}{word}") }
}

/// Cores, or a share of one.
fn share(cores: f64) -> String {
    if cores >= 1.0 {
        format!("{cores:.1} cores")
    } else {
        format!("{:.3} % of a core", cores * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_the_figures_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
        let filled =
            fill(&read("benches/scale.md"), &Figures::parse(&read("benches/results.jsonl")));
        assert!(
            filled == read("docs/scale.md"),
            "run: cargo run -p benches --bin scale docs/scale.md"
        );
        assert!(!filled.contains("{{"));
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(28_900_000.0), "29 million");
        assert_eq!(count(1_000.0), "1,000");
        assert_eq!(bytes(250.0), "250 B");
        assert_eq!(bytes(2_500.0), "2.5 kB");
        assert_eq!(dollars(0.0), "free");
    }
}
