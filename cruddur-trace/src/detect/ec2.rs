//! What EC2's instance metadata service tells of the machine.
//!
//! Nobody but an instance of EC2 is asked: the firmware says whether this is one. Asking is
//! `pipeline::platform`'s; here are only the question and the reading of the answer.
//! Sources, read 2026-11: "Use the Instance Metadata Service" and "Identify EC2 instances", Amazon
//! EC2 user guide; OpenTelemetry semantic conventions for cloud and host resources.

use serde_json::Value as Json;

use super::{Lookup, ReadFile};
use crate::record::Attribute;

/// Where the service listens unless `AWS_EC2_METADATA_SERVICE_ENDPOINT` says otherwise.
const USUAL: &str = "http://169.254.169.254";

/// The base of the service, where there is one.
pub(super) fn metadata_base(lookup: Lookup<'_>, read_file: ReadFile<'_>) -> Option<String> {
    let is_off =
        lookup("AWS_EC2_METADATA_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if is_off {
        return None;
    }
    let named = lookup("AWS_EC2_METADATA_SERVICE_ENDPOINT").filter(|it| it.starts_with("http://"));
    match named {
        Some(base) => Some(base.trim_end_matches('/').to_owned()),
        None => is_ec2(read_file).then(|| USUAL.to_owned()),
    }
}

/// Whether the firmware is EC2's: its vendor on Nitro, the hypervisor's id on Xen.
fn is_ec2(read_file: ReadFile<'_>) -> bool {
    let reads = |path: &str| read_file(path).unwrap_or_default().trim().to_ascii_lowercase();
    reads("/sys/class/dmi/id/sys_vendor") == "amazon ec2"
        || reads("/sys/class/dmi/id/board_asset_tag").starts_with("i-")
        || reads("/sys/hypervisor/uuid").starts_with("ec2")
}

/// Reads the identity document of an instance.
pub(crate) fn ec2_attributes(identity: &[u8]) -> Vec<Attribute> {
    let identity: Json = serde_json::from_slice(identity).unwrap_or_default();
    if !identity["instanceId"].is_string() {
        return Vec::new();
    }
    let mut found =
        vec![Attribute::new("cloud.provider", "aws"), Attribute::new("cloud.platform", "aws_ec2")];
    for (field, key) in [
        ("accountId", "cloud.account.id"),
        ("region", "cloud.region"),
        ("availabilityZone", "cloud.availability_zone"),
        ("instanceId", "host.id"),
        ("instanceType", "host.type"),
        ("imageId", "host.image.id"),
    ] {
        found.extend(identity[field].as_str().map(|text| Attribute::new(key, text.to_owned())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_instance_is_asked() {
        let check = |variables: &[(&str, &str)], vendor: &str, expected: Option<&str>| {
            let lookup = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let read = |path: &str| match path {
                "/sys/class/dmi/id/sys_vendor" => Ok(vendor.to_owned()),
                _ => Err(std::io::ErrorKind::NotFound.into()),
            };
            assert_eq!(metadata_base(&lookup, &read).as_deref(), expected, "{variables:?}");
        };
        check(&[], "QEMU\n", None);
        check(&[], "Amazon EC2\n", Some(USUAL));
        check(&[("AWS_EC2_METADATA_DISABLED", "true")], "Amazon EC2", None);
        let named = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/");
        check(&[named], "QEMU", Some("http://127.0.0.1:1"));
    }

    #[test]
    fn an_answer_that_is_none_tells_nothing() {
        for bad in [&b""[..], b"<html>", b"[]", b"{}", b"{\"instanceId\":3}"] {
            assert!(ec2_attributes(bad).is_empty());
        }
        let found = ec2_attributes(br#"{"instanceId":"i-1","region":7}"#);
        let keys: Vec<&str> = found.iter().map(|it| it.key.as_ref()).collect();
        assert_eq!(keys, ["cloud.provider", "cloud.platform", "host.id"]);
    }
}
