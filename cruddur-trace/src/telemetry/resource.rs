//! What the telemetry is about: the service, its process, its host.
//!
//! Follows the OpenTelemetry semantic conventions for resources, 1.42. Detectors of platforms (ECS,
//! EC2, Lambda) hand in what they found; what somebody says in so many words wins over them.

use crate::config::Config;
use crate::detect::{host_and_process, program_name};
use crate::errors::Scrubber;
use crate::record::{Attribute, Resource};

/// The weakest first: what is found out, what platforms' detectors found, what code says
/// (`resource_attribute`), `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`. It goes with everything
/// that leaves, so what is secret in it is masked as in a record.
pub(super) fn resource(
    config: &Config,
    detected: Vec<Attribute>,
    code: &[Attribute],
    scrubber: &Scrubber,
) -> Resource {
    let mut resource = Resource::default();
    resource.set("service.name", format!("unknown_service:{}", program_name()));
    resource.set("telemetry.sdk.name", env!("CARGO_PKG_NAME"));
    resource.set("telemetry.sdk.language", "rust");
    resource.set("telemetry.sdk.version", env!("CARGO_PKG_VERSION"));
    resource.set("service.instance.id", instance_id());
    for attribute in host_and_process(&|path| std::fs::read_to_string(path)) {
        resource.set(attribute.key, attribute.value);
    }
    if let Some(logs) = &config.cloudwatch {
        // By this X-Ray and CloudWatch find a trace's lines without being told where they are.
        resource.set("aws.log.group.names", vec![logs.group.clone()]);
    }
    let listed = config.resource_attributes.iter();
    let listed = listed.map(|(key, value)| Attribute::new(key.clone(), value.clone()));
    for mut attribute in detected.into_iter().chain(code.iter().cloned()).chain(listed) {
        scrubber.attribute(&mut attribute);
        resource.set(attribute.key, attribute.value);
    }
    if let Some(name) = &config.service_name {
        resource.set("service.name", name.clone());
    }
    resource
}

/// A random UUID: this process and no other.
fn instance_id() -> String {
    let bits = crate::span::random_trace_id().bits();
    // Version 4, variant 1.
    let bits = bits & !(0xf << 76) | 4 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Layers, Settings};

    fn resource_of(environment: &[(&str, &str)], code: &[Attribute]) -> Resource {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: BTreeMap<_, _> = environment.iter().map(owned).collect();
        let layers = Layers { environment, ..Layers::default() };
        let settings = Settings::resolve(&layers, &|_| Ok(String::new())).expect("valid");
        let detected = vec![Attribute::new("cloud.provider", "aws"), Attribute::new("a", "found")];
        let scrubber = Scrubber::new();
        resource(&Config::read(&settings).expect("valid"), detected, code, &scrubber)
    }

    #[test]
    fn what_is_said_wins_over_what_is_found() {
        let code = [Attribute::new("a", "code"), Attribute::new("b", "code")];
        let found = resource_of(
            &[
                ("OTEL_RESOURCE_ATTRIBUTES", "b=env,service.name=attributes"),
                ("OTEL_SERVICE_NAME", "own"),
            ],
            &code,
        );
        let text = |key| found.text(key).unwrap_or_default();
        assert_eq!((text("a"), text("b"), text("service.name")), ("code", "env", "own"));
        assert_eq!(text("cloud.provider"), "aws");
        assert_eq!(text("telemetry.sdk.language"), "rust");
    }

    #[test]
    fn what_is_secret_in_it_is_masked() {
        let code = [Attribute::new("process.command_line", "serve --password hunter2 --port 80")];
        let found = resource_of(&[("OTEL_RESOURCE_ATTRIBUTES", "deploy.token=hunter2,a=b")], &code);
        let text = |key| found.text(key).unwrap_or_default();
        assert_eq!(text("process.command_line"), "serve --password REDACTED --port 80");
        assert_eq!((text("deploy.token"), text("a")), ("REDACTED", "b"));
    }

    #[test]
    fn the_log_group_is_named() {
        let found = resource_of(&[("AWS_CLOUDWATCH_LOG_GROUP", "cruddur")], &[]);
        let groups = found.attributes().iter().find(|it| it.key == "aws.log.group.names");
        assert_eq!(groups.map(|it| it.value.to_string()).as_deref(), Some("[cruddur]"));
    }

    #[test]
    fn a_service_without_a_name_is_unknown() {
        assert!(resource_of(&[], &[]).service_name().starts_with("unknown_service:"));
    }

    #[test]
    fn an_instance_has_a_random_uuid() {
        let (one, other) = (instance_id(), instance_id());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&one.as_bytes()[19]), "{one}");
    }
}
