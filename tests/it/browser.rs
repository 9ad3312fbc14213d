//! The demo's page in a real Chromium: from the click to the database.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tests::demo::Demo;
use tests::tools;

/// Pictures for the documentation go where `CRUDDUR_TEST_PICTURES` says.
#[test]
fn the_page_is_one_trace_from_the_click_to_the_database() {
    let name = "the_page_is_one_trace_from_the_click_to_the_database";
    let Some(chromium) = tools::chromium() else { return tools::skip(name, "Chromium") };
    let Some(node) = tools::node() else { return tools::skip(name, "Node.js with npm packages") };
    let root = tools::workspace();
    let dist = root.join("demo/frontend/dist");
    if !dist.join("index.html").exists() {
        return tools::skip(name, "the built page (npm run build in demo/frontend)");
    }
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let frontend = format!("http://{free}");
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    let directory = dist.to_string_lossy().into_owned();
    let variables =
        [("FRONTEND_URL", frontend.as_str()), ("CRUDDUR_FRONTEND_DIR", directory.as_str())];
    let mut demo = Demo::start(binary, &["--quiet"], &variables);

    let mut script = Command::new(node);
    script.arg(root.join("tests/browser/demo.mjs")).args([&demo.url, &demo.console, &directory]);
    script.arg(free.port().to_string());
    if let Some(pictures) = std::env::var_os("CRUDDUR_TEST_PICTURES") {
        script.arg(pictures);
    }
    let output = script.env("CRUDDUR_TEST_CHROMIUM", chromium).output().expect("node runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));

    assert!(demo.stop().success());
    let relay = demo.printed.iter().find(|it| it.contains("relay:")).expect("an account");
    assert!(relay.contains(" 0 requests or records refused"), "{relay}");
}

/// Every tab of the console's page: empty and full, light and dark, with what is well meant and what
/// is not. Pictures go where `CRUDDUR_TEST_PICTURES` says.
#[test]
fn the_consoles_page_shows_whatever_is_sent() {
    let name = "the_consoles_page_shows_whatever_is_sent";
    let Some(chromium) = tools::chromium() else { return tools::skip(name, "Chromium") };
    let Some(node) = tools::node() else { return tools::skip(name, "Node.js with npm packages") };
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    let variables = [("OTEL_METRIC_EXPORT_INTERVAL", "1000")];
    let demo = Demo::start(binary, &["--quiet", "--no-frontend"], &variables);

    let mut script = Command::new(node);
    script.arg(tools::workspace().join("tests/browser/console.mjs"));
    script.args([&demo.url, &demo.console]);
    if let Some(pictures) = std::env::var_os("CRUDDUR_TEST_PICTURES") {
        script.arg(pictures);
    }
    let output = script.env("CRUDDUR_TEST_CHROMIUM", chromium).output().expect("node runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
