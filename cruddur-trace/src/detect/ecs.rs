//! What the ECS agent tells of a task, beyond what its variables say.
//!
//! Asking takes a call to a link-local address, so the exporter thread asks after start-up
//! (`pipeline::platform`); here are only the question and the reading of the answer.
//! Source: "Amazon ECS task metadata endpoint version 4", Amazon ECS developer guide, read 2026-11.

use serde_json::Value as Json;

use super::Lookup;
use crate::record::{Attribute, Value};

/// The base of the task's metadata, where there is anybody to ask.
pub(super) fn metadata_base(lookup: Lookup<'_>) -> Option<String> {
    lookup("ECS_CONTAINER_METADATA_URI_V4")
        .filter(|uri| uri.starts_with("http://"))
        .map(|uri| uri.trim_end_matches('/').to_owned())
}

/// Reads the answers of the container and of its task.
pub(crate) fn ecs_attributes(container: &[u8], task: &[u8]) -> Vec<Attribute> {
    let parse = |json: &[u8]| serde_json::from_slice::<Json>(json).unwrap_or_default();
    let (container, task) = (parse(container), parse(task));
    let mut found = Vec::new();
    let mut text = |key: &'static str, value: &Json| {
        found.extend(value.as_str().map(|text| Attribute::new(key, text.to_owned())));
    };
    text("container.name", &container["Name"]);
    text("container.id", &container["DockerId"]);
    text("aws.ecs.container.arn", &container["ContainerARN"]);
    text("aws.ecs.cluster.arn", &task["Cluster"]);
    text("aws.ecs.task.arn", &task["TaskARN"]);
    text("aws.ecs.task.family", &task["Family"]);
    text("aws.ecs.task.revision", &task["Revision"]);
    text("container.image.name", &container["Image"]);
    text("cloud.availability_zone", &task["AvailabilityZone"]);
    let arn: Vec<&str> = task["TaskARN"].as_str().unwrap_or("").split(':').collect();
    if let [_, _, _, region, account, ..] = arn.as_slice() {
        found.push(Attribute::new("cloud.region", (*region).to_owned()));
        found.push(Attribute::new("cloud.account.id", (*account).to_owned()));
    }
    let launch = task["LaunchType"].as_str().map(str::to_ascii_lowercase);
    found.extend(launch.map(|it| Attribute::new("aws.ecs.launchtype", it)));
    for (option, key) in
        [("awslogs-group", "aws.log.group.names"), ("awslogs-stream", "aws.log.stream.names")]
    {
        let name = container["LogOptions"][option].as_str();
        let names = name.map(|it| Value::from(vec![it.to_owned()]));
        found.extend(names.map(|it| Attribute::new(key, it)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_s_answers_are_read_as_far_as_they_go() {
        let container = br#"{"DockerId":"d","Name":"web","ContainerARN":"arn:c",
            "LogOptions":{"awslogs-group":"cruddur"}}"#;
        let task = br#"{"Cluster":"arn:cluster","Family":"cruddur","LaunchType":"FARGATE",
            "TaskARN":"arn:aws:ecs:ca-central-1:123456789012:task/c/t"}"#;
        let found = ecs_attributes(container, task);
        let text = |key: &str| {
            found.iter().find(|it| it.key == key).map(|it| it.value.to_string()).unwrap_or_default()
        };
        assert_eq!(text("cloud.account.id"), "123456789012");
        assert_eq!(text("aws.ecs.launchtype"), "fargate");
        assert_eq!(text("aws.log.group.names"), "[cruddur]");
        assert!(ecs_attributes(b"<html>", b"").is_empty());
    }
}
