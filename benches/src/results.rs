//! What was measured, kept beside the table: as lines of JSON in the file that `BENCH_RESULTS` names.

use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::json;

/// Adds a figure. `row` is the benchmark, `table` what was compared, `variant` what this one is.
pub fn add(row: &str, table: &str, variant: &str, unit: &str, value: f64, spread: f64) {
    let Some(path) = std::env::var_os("BENCH_RESULTS") else { return };
    let line = json!({
        "row": row,
        "table": table,
        "variant": variant,
        "unit": unit,
        "value": rounded(value),
        "spread": rounded(spread),
    });
    let mut file = OpenOptions::new().create(true).append(true).open(&path).expect("BENCH_RESULTS");
    writeln!(file, "{line}").expect("a line of results");
}

/// Four digits are more than any of it is good for.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powi(3 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}
