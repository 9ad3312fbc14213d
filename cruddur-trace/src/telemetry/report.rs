//! What start-up says.

use crate::record::Resource;

/// Which service, what is on, and the table of settings, indented.
pub(super) fn startup(resource: &Resource, on: &[String], table: &str) -> String {
    let mut text = format!("telemetry of {}", resource.service_name());
    // Nobody asked for what stands in for a sink of reports.
    if on.iter().all(|it| it.starts_with("stderr_reports:")) {
        text.push_str(
            ": no spans are sent; set OTEL_EXPORTER_OTLP_ENDPOINT or HONEYCOMB_API_KEY, or \
             OTEL_TRACES_EXPORTER=console to see them here",
        );
    }
    for line in on.iter().map(String::as_str).chain(table.lines()) {
        text.push_str("\n  ");
        text.push_str(line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_when_no_spans_are_sent() {
        let mut resource = Resource::default();
        resource.set("service.name", "x");
        assert!(startup(&resource, &[], "").contains("no spans are sent"));
        let stand_in = ["stderr_reports: error reports as JSON".to_owned()];
        assert!(startup(&resource, &stand_in, "").contains("no spans are sent"));
        let on = ["otlp: traces to http://h/v1/traces".to_owned()];
        assert_eq!(
            startup(&resource, &on, "A  b  (environment)\n"),
            "telemetry of x\n  otlp: traces to http://h/v1/traces\n  A  b  (environment)"
        );
    }
}
