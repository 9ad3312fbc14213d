//! What every segment says of its service: written once, copied into each document.

use crate::record::{Attribute, Resource, Value};

use super::json::Json;
use super::settings::XraySettings;
use crate::record::text::{first_bytes, first_chars};

/// Longest text of the blocks here, in bytes: they stand in every segment.
const MAX_TEXT_BYTES: usize = 1_024;
/// Largest metadata of the resource, in bytes: a segment must have room for itself.
const MAX_RESOURCE_BYTES: usize = 8_192;
/// Log groups that a segment names at most.
const MAX_LOG_GROUPS: usize = 10;

/// Encoded pieces that every segment of a process shares.
#[derive(Debug, Default)]
pub(crate) struct Service {
    /// The name of its segments.
    pub(crate) name: String,
    /// `"service":{…},"origin":…`, or nothing.
    pub(crate) fields: Vec<u8>,
    /// `"aws":{…,"xray":{…` with its two last braces missing: a rule's name may follow.
    pub(crate) open_aws: Vec<u8>,
    /// `"resource":{…}` for the metadata, or nothing.
    pub(crate) metadata: Vec<u8>,
}

impl Service {
    pub(crate) fn new(settings: &XraySettings) -> Self {
        let resource = &settings.resource;
        let name = settings.segment_name.as_deref().unwrap_or_else(|| resource.service_name());
        Self {
            name: super::name::sanitized_name(name).into_owned(),
            fields: fields(resource),
            open_aws: open_aws(resource, &settings.log_groups),
            metadata: metadata(resource),
        }
    }
}

fn text(json: &mut Json, key: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        json.key(key);
        json.text(first_bytes(text, MAX_TEXT_BYTES));
    }
}

fn fields(resource: &Resource) -> Vec<u8> {
    let mut json = Json::default();
    if let Some(version) = resource.text("service.version") {
        json.key("service");
        json.open_object();
        text(&mut json, "version", Some(version));
        json.close_object();
    }
    text(&mut json, "origin", origin(resource));
    let arn = ["aws.lambda.resource_arn", "cloud.resource_id", "faas.id"];
    text(&mut json, "resource_arn", arn.iter().find_map(|key| resource.text(key)));
    json.into_bytes()
}

/// The kind of AWS resource that runs the service, where it is one.
pub(crate) fn origin(resource: &Resource) -> Option<&'static str> {
    if resource.text("cloud.provider").is_some_and(|provider| provider != "aws") {
        return None;
    }
    match resource.text("cloud.platform")? {
        "aws_ecs" => Some(match resource.text("aws.ecs.launchtype") {
            Some("ec2" | "EC2") => "AWS::ECS::EC2",
            Some("fargate" | "FARGATE") => "AWS::ECS::Fargate",
            _ => "AWS::ECS::Container",
        }),
        "aws_ec2" => Some("AWS::EC2::Instance"),
        "aws_eks" => Some("AWS::EKS::Container"),
        "aws_elastic_beanstalk" => Some("AWS::ElasticBeanstalk::Environment"),
        "aws_app_runner" => Some("AWS::AppRunner::Service"),
        "aws_lambda" => Some("AWS::Lambda::Function"),
        _ => None,
    }
}

fn open_aws(resource: &Resource, log_groups: &[String]) -> Vec<u8> {
    let mut json = Json::default();
    json.key("aws");
    json.open_object();
    text(&mut json, "account_id", resource.text("cloud.account.id"));
    let region = resource.text("cloud.region");
    text(&mut json, "region", region);
    let is = |platform: &str| resource.text("cloud.platform") == Some(platform);
    if is("aws_ec2") {
        let size = resource.text("host.type");
        let zone = resource.text("cloud.availability_zone");
        let image = resource.text("host.image.id");
        block(
            &mut json,
            "ec2",
            &[
                ("instance_id", resource.text("host.id")),
                ("availability_zone", zone),
                ("instance_size", size),
                ("ami_id", image),
            ],
        );
    }
    if is("aws_ecs") {
        block(
            &mut json,
            "ecs",
            &[
                ("container", resource.text("container.name").or(resource.text("host.name"))),
                ("container_id", resource.text("container.id")),
                ("container_arn", resource.text("aws.ecs.container.arn")),
                ("cluster_arn", resource.text("aws.ecs.cluster.arn")),
                ("task_arn", resource.text("aws.ecs.task.arn")),
                ("task_family", resource.text("aws.ecs.task.family")),
                ("launch_type", resource.text("aws.ecs.launchtype")),
            ],
        );
    }
    if is("aws_eks") {
        block(
            &mut json,
            "eks",
            &[
                ("cluster_name", resource.text("k8s.cluster.name")),
                ("pod", resource.text("k8s.pod.name")),
                ("container_id", resource.text("container.id")),
            ],
        );
    }
    if is("aws_elastic_beanstalk") {
        block(
            &mut json,
            "elastic_beanstalk",
            &[
                ("environment_name", resource.text("service.namespace")),
                ("version_label", resource.text("service.version")),
            ],
        );
    }
    write_log_groups(&mut json, resource, log_groups);
    json.key("xray");
    json.open_object();
    json.key("sdk");
    json.text("cruddur-trace for Rust");
    json.key("sdk_version");
    json.text(env!("CARGO_PKG_VERSION"));
    json.into_bytes()
}

fn block(json: &mut Json, name: &str, entries: &[(&str, Option<&str>)]) {
    if entries.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    json.key(name);
    json.open_object();
    for (key, value) in entries {
        text(json, key, *value);
    }
    json.close_object();
}

/// Log groups of the settings, then those that the platform told.
fn write_log_groups(json: &mut Json, resource: &Resource, configured: &[String]) {
    let list = |key: &str| -> Vec<&str> {
        let found = resource.attributes().iter().find(|it| it.key == key).map(|it| &it.value);
        match found {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(Value::Str(one)) => vec![one.as_ref()],
            _ => Vec::new(),
        }
    };
    let arns = list("aws.log.group.arns");
    let mut groups: Vec<&str> = configured.iter().map(String::as_str).collect();
    groups.extend(list("aws.log.group.names"));
    groups.retain(|group| !group.is_empty());
    let mut seen: Vec<&str> = Vec::new();
    groups.retain(|group| {
        !seen.contains(group) && {
            seen.push(group);
            true
        }
    });
    if groups.is_empty() && arns.is_empty() {
        return;
    }
    json.key("cloudwatch_logs");
    json.open_array();
    for group in groups.iter().take(MAX_LOG_GROUPS) {
        json.open_object();
        text(json, "log_group", Some(group));
        text(json, "arn", arns.iter().copied().find(|arn| arn_names(arn, group)));
        json.close_object();
    }
    if groups.is_empty() {
        for arn in arns.iter().take(MAX_LOG_GROUPS) {
            json.open_object();
            text(json, "log_group", Some(group_of(arn)));
            text(json, "arn", Some(arn));
            json.close_object();
        }
    }
    json.close_array();
}

/// `arn:aws:logs:us-east-1:123456789012:log-group:cruddur:*` names the group `cruddur`.
fn group_of(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}

fn arn_names(arn: &str, group: &str) -> bool {
    group_of(arn) == group
}

fn metadata(resource: &Resource) -> Vec<u8> {
    let mut json = Json::default();
    json.key("resource");
    json.open_object();
    let mut is_empty = true;
    for Attribute { key, value, .. } in resource.attributes() {
        let before = json.len();
        json.key(first_chars(key, 200));
        match value {
            Value::Str(text) => json.text(first_bytes(text, MAX_TEXT_BYTES)),
            other => json.value(other),
        }
        if json.len() > MAX_RESOURCE_BYTES {
            json.truncate(before);
            break;
        }
        is_empty = false;
    }
    json.close_object();
    if is_empty { Vec::new() } else { json.into_bytes() }
}
