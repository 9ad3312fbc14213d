//! What start-up says.

use crate::record::Resource;

/// Which service, what is on, and the table of settings, indented.
pub(super) fn startup(resource: &Resource, on: &[String], table: &str) -> String {
    let mut text = format!("telemetry of {}", resource.service_name());
    if on.is_empty() {
        text.push_str(
            ": nothing is on; set OTEL_EXPORTER_OTLP_ENDPOINT or HONEYCOMB_API_KEY, or \
             OTEL_TRACES_EXPORTER=console to see spans here",
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
    fn it_says_when_nothing_is_on() {
        let mut resource = Resource::default();
        resource.set("service.name", "x");
        assert!(startup(&resource, &[], "").contains("nothing is on"));
        let on = ["otlp: traces to http://h/v1/traces".to_owned()];
        assert_eq!(
            startup(&resource, &on, "A  b  (environment)\n"),
            "telemetry of x\n  otlp: traces to http://h/v1/traces\n  A  b  (environment)"
        );
    }
}
