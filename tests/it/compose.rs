//! The demo's compose file, checked by the Compose specification's models: no engine is needed.

use std::process::Command;

use tests::tools;

#[test]
fn the_compose_file_is_one_by_its_specification() {
    let Some(python) = tools::python() else {
        return tools::skip("the compose file", "python");
    };
    let root = tools::workspace();
    let output = Command::new(python)
        .arg(root.join("tests/interop/compose_schema.py"))
        .arg(root.join("demo/docker-compose.yml"))
        .output()
        .expect("python runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let services = String::from_utf8_lossy(&output.stdout);
    assert_eq!(services.trim(), "backend console frontend xray-daemon");
}
