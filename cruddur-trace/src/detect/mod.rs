//! Where the process runs: host, process, container, ECS, EC2, Lambda, Elastic Beanstalk, Kubernetes,
//! as resource attributes.
//!
//! Everything here is read from variables and small local files that are handed in, so it takes
//! microseconds and never delays a start-up. What only a call can tell (ECS, EC2) is a [`Question`]
//! that the exporter thread asks later (`pipeline::platform`); its answers are read here.
//! Source of the names: OpenTelemetry semantic conventions for resources, 1.42; of the variables:
//! the developer guides of AWS Lambda and Amazon ECS, read 2026-11.

#[cfg(feature = "_http")]
mod ec2;
#[cfg(feature = "_http")]
mod ecs;
mod host;

use std::io;

use crate::record::{Attribute, Value};

#[cfg(feature = "_http")]
pub(crate) use ec2::ec2_attributes;
#[cfg(feature = "_http")]
pub(crate) use ecs::ecs_attributes;
pub(crate) use host::{host_and_process, program_name};

/// A variable of the environment.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
/// A small file.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// What only a call to the platform can tell, with the base of its URL.
#[cfg(feature = "_http")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// The ECS agent: which container, task and cluster this is.
    Ecs(String),
    /// EC2's instance metadata: which machine this is.
    Ec2(String),
}

/// Whom to ask, if anybody: an instance that runs ECS is asked as a task.
#[cfg(feature = "_http")]
pub(crate) fn question(lookup: Lookup<'_>, read_file: ReadFile<'_>) -> Option<Question> {
    let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
    if lookup("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        return None;
    }
    let ecs = ecs::metadata_base(&lookup).map(Question::Ecs);
    ecs.or_else(|| ec2::metadata_base(&lookup, read_file).map(Question::Ec2))
}

/// What can be known without asking anybody.
pub(crate) fn detect(lookup: Lookup<'_>, read_file: ReadFile<'_>) -> Vec<Attribute> {
    let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let mut found = Vec::new();
    if lookup("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        lambda(&lookup, &mut found);
        return found;
    }
    if let Some(id) = container_id(read_file) {
        found.push(Attribute::new("container.id", id));
    }
    let on_ecs = ["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"];
    if on_ecs.iter().any(|name| lookup(name).is_some()) {
        platform("aws_ecs", &lookup, &mut found);
        match lookup("AWS_EXECUTION_ENV").as_deref() {
            Some("AWS_ECS_FARGATE") => found.push(Attribute::new("aws.ecs.launchtype", "fargate")),
            Some("AWS_ECS_EC2") => found.push(Attribute::new("aws.ecs.launchtype", "ec2")),
            _ => {}
        }
    } else if let Ok(text) = read_file("/var/elasticbeanstalk/xray/environment.conf") {
        beanstalk(&text, &mut found);
    } else if lookup("KUBERNETES_SERVICE_HOST").is_some() {
        // The pod's name is its host name unless somebody changed that.
        found.extend(lookup("HOSTNAME").map(|name| Attribute::new("k8s.pod.name", name)));
    }
    found
}

fn platform(name: &'static str, lookup: Lookup<'_>, found: &mut Vec<Attribute>) {
    found.push(Attribute::new("cloud.provider", "aws"));
    found.push(Attribute::new("cloud.platform", name));
    let region = lookup("AWS_REGION").or_else(|| lookup("AWS_DEFAULT_REGION"));
    found.extend(region.map(|region| Attribute::new("cloud.region", region)));
}

fn lambda(lookup: Lookup<'_>, found: &mut Vec<Attribute>) {
    platform("aws_lambda", lookup, found);
    for (variable, key) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "faas.name"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "faas.version"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "faas.instance"),
    ] {
        found.extend(lookup(variable).map(|value| Attribute::new(key, value)));
    }
    let megabytes = lookup("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|it| it.parse::<i64>().ok());
    // The convention counts bytes.
    found.extend(megabytes.map(|it| Attribute::new("faas.max_memory", it.saturating_mul(1 << 20))));
    for (variable, key) in [
        ("AWS_LAMBDA_LOG_GROUP_NAME", "aws.log.group.names"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "aws.log.stream.names"),
    ] {
        let names = lookup(variable).map(|it| Value::from(vec![it]));
        found.extend(names.map(|it| Attribute::new(key, it)));
    }
}

fn beanstalk(configuration: &str, found: &mut Vec<Attribute>) {
    let Ok(read) = serde_json::from_str::<serde_json::Value>(configuration) else { return };
    found.push(Attribute::new("cloud.provider", "aws"));
    found.push(Attribute::new("cloud.platform", "aws_elastic_beanstalk"));
    for (field, key) in [
        ("environment_name", "service.namespace"),
        ("version_label", "service.version"),
        ("deployment_id", "service.instance.id"),
    ] {
        let text = match &read[field] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            _ => continue,
        };
        found.push(Attribute::new(key, text));
    }
}

/// The id of the container: in the control groups (version 1), else in the mounts (version 2).
fn container_id(read_file: ReadFile<'_>) -> Option<String> {
    let groups = read_file("/proc/self/cgroup").unwrap_or_default();
    let in_groups = groups.lines().find_map(|line| {
        let last = line.rsplit('/').next()?;
        let last = last.strip_suffix(".scope").unwrap_or(last);
        // `docker-0123….scope`, `0123…`, and on ECS `{task}-{number}`.
        let last = last.rsplit_once("docker-").map_or(last, |(_, id)| id);
        is_id(last).then(|| last.to_owned())
    });
    in_groups.or_else(|| {
        let mounts = read_file("/proc/self/mountinfo").unwrap_or_default();
        let line = mounts.lines().find(|line| line.contains("/containers/"))?;
        let rest = line.split("/containers/").nth(1)?;
        rest.split('/').next().filter(|id| is_id(id)).map(str::to_owned)
    })
}

/// 64 hexadecimal digits, or what ECS has in their place.
fn is_id(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_ecs = text.split_once('-').is_some_and(|(task, number)| {
        task.len() == 32 && is_hex(task) && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    (text.len() == 64 && is_hex(text)) || is_ecs
}

#[cfg(test)]
mod tests;
