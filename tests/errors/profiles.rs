//! What a backend groups by is the same in a debug, a release and a stripped build, sampled or not.

use std::process::Command;
use tests::tools::workspace;

/// Builds and runs the program that fails; gives its lines.
fn lines(profile: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "ui-tests", "--bin", "frames"]).args(profile);
    // A folder of its own: the others may be in use by the build that runs this test.
    command.current_dir(workspace()).env("CARGO_TARGET_DIR", workspace().join("target/frames"));
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn grouping_is_the_same_in_every_build() {
    let debug = lines(&[]);
    assert_eq!(debug.len(), 4, "{debug:#?}");
    assert_eq!(debug[..2], debug[2..], "sampled or not");
    assert!(
        debug[0].starts_with("panic ") && debug[0].contains("handler") && debug[0].contains("step")
    );
    assert!(debug[1].starts_with("core::num::error::ParseIntError "), "{debug:#?}");
    assert_eq!(lines(&["--release"]), debug, "release");
    let stripped = ["--release", "--config", "profile.release.strip=true"];
    assert_eq!(lines(&stripped), debug, "stripped");
}
