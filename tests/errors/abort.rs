//! A real `panic = "abort"` build: what the hook tells has left before the process is gone.

use std::process::Command;
use tests::tools::workspace;

#[test]
fn a_build_that_aborts_tells_of_its_panic_first() {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "ui-tests", "--bin", "aborts"]);
    command.args(["--config", "profile.dev.panic=\"abort\""]);
    // A folder of its own: everything in it aborts.
    command.current_dir(workspace()).env("CARGO_TARGET_DIR", workspace().join("target/aborts"));
    let output = command.output().expect("cargo runs");
    let (told, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "it aborted: {told}\n{errors}");
    assert!(!told.contains("unreachable"), "{told}");
    let lines: Vec<_> = told.lines().collect();
    let [report, flush] = lines.as_slice() else { panic!("{told}\n{errors}") };
    let expected = "report Critical panic: the process is lost; in a trace: true; at tests/ui/src/bin/aborts.rs";
    assert_eq!(*report, expected, "{errors}");
    assert_eq!(*flush, "flushed within 2s");
    assert!(errors.contains("the process is lost"), "the previous hook ran as well: {errors}");
}
