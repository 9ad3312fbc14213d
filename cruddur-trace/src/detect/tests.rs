//! Each platform by the variables and files that it has.

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn found(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<(String, String)> {
    let lookup = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let read = |path: &str| {
        let found = files.iter().find(|(key, _)| *key == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or(io::ErrorKind::NotFound.into())
    };
    detect(&lookup, &read)
        .into_iter()
        .map(|it| (it.key.into_owned(), it.value.to_string()))
        .collect()
}

fn has(found: &[(String, String)], key: &str, value: &str) -> bool {
    found.contains(&(key.to_owned(), value.to_owned()))
}

#[test]
fn nothing_is_found_on_a_plain_host() {
    assert_eq!(found(&[], &[("/proc/self/cgroup", "0::/user.slice\n")]), []);
}

#[test]
fn containers_are_known_by_their_control_group_or_their_mounts() {
    let check = |file: &str, text: String| {
        assert!(has(&found(&[], &[(file, &text)]), "container.id", ID), "{text}");
    };
    check("/proc/self/cgroup", format!("12:pids:/docker/{ID}\n"));
    check("/proc/self/cgroup", format!("0::/system.slice/docker-{ID}.scope\n"));
    let mount = format!("1 2 0:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw\n");
    check("/proc/self/mountinfo", mount);
}

#[test]
fn ecs_and_lambda_are_known_by_their_variables() {
    let on = found(
        &[
            ("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/x"),
            ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"),
            ("AWS_REGION", "ca-central-1"),
        ],
        &[],
    );
    assert!(has(&on, "cloud.platform", "aws_ecs") && has(&on, "cloud.region", "ca-central-1"));
    assert!(has(&on, "aws.ecs.launchtype", "fargate"));
    let on = found(
        &[("AWS_LAMBDA_FUNCTION_NAME", "f"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")],
        &[],
    );
    assert!(has(&on, "faas.name", "f") && has(&on, "faas.max_memory", "134217728"));
}

#[test]
fn beanstalk_is_known_by_its_file() {
    let file = r#"{"environment_name":"e","version_label":"v1","deployment_id":7}"#;
    let on = found(&[], &[("/var/elasticbeanstalk/xray/environment.conf", file)]);
    assert!(has(&on, "service.namespace", "e") && has(&on, "service.instance.id", "7"));
}

#[test]
#[cfg(feature = "_http")]
fn only_platforms_that_can_tell_more_are_asked() {
    let check = |variables: &[(&str, &str)], vendor: &str, expected: Option<Question>| {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let read = |path: &str| match path {
            "/sys/class/dmi/id/sys_vendor" => Ok(vendor.to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        assert_eq!(question(&lookup, &read), expected, "{variables:?}");
    };
    check(&[], "QEMU", None);
    check(&[("AWS_LAMBDA_FUNCTION_NAME", "f")], "Amazon EC2", None);
    check(&[], "Amazon EC2", Some(Question::Ec2("http://169.254.169.254".into())));
    let ecs = ("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/x");
    check(&[ecs], "Amazon EC2", Some(Question::Ecs(ecs.1.into())));
}
