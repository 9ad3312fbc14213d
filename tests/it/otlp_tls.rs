//! OTLP over TLS with an authority of its own, client certificates and proxies, against Python's TLS:
//! what arrives, what is lost and counted, and what is said of it.

use std::process::Command;

use tests::tools;

#[test]
fn certificates_and_proxies_do_what_they_say() {
    let name = "certificates_and_proxies_do_what_they_say";
    let Some(python) = tools::python() else {
        return tools::skip(name, "python with tests/interop/requirements.txt");
    };
    let script = tools::workspace().join("tests/interop/otlp_tls.py");
    let emit = env!("CARGO_BIN_EXE_logs_emit");
    let done = Command::new(python).arg(script).arg(emit).output().expect("python runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let failed = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{failed}");
    assert_eq!(said.trim(), "ok 19", "{failed}");
}
