//! Our lines in moto, and watchtower's beside ours in one run on the same stand-in.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use tests::tools;

use super::services::Services;

const EMIT: &str = env!("CARGO_BIN_EXE_logs_emit");

fn script(name: &str) -> std::path::PathBuf {
    tools::workspace().join("tests/interop").join(name)
}

fn text(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(error))
}

#[test]
fn moto_gives_back_what_was_sent_in_order() {
    let Some(python) = tools::python() else {
        return tools::skip("moto_gives_back_what_was_sent_in_order", "Python");
    };
    let ran = Command::new(python).arg(script("moto_logs.py")).arg(EMIT).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success() && text(&ran).contains("ok 12001"), "{}", text(&ran));
}

#[test]
fn otlp_to_cloudwatch_is_signed_as_aws_s_own_code_signs() {
    let Some(python) = tools::python() else {
        return tools::skip("otlp_to_cloudwatch_is_signed_as_aws_s_own_code_signs", "Python");
    };
    let ran = Command::new(python).arg(script("logs_otlp_sigv4.py")).arg(EMIT).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success() && text(&ran).contains("ok 12001"), "{}", text(&ran));
}

#[test]
fn the_stand_in_answers_aws_s_own_client_as_the_service_does() {
    let Some(python) = tools::python() else {
        let name = "the_stand_in_answers_aws_s_own_client_as_the_service_does";
        return tools::skip(name, "Python");
    };
    let services = Services::start();
    let endpoint = format!("http://{}", services.console);
    let ran = Command::new(python).arg(script("boto3_logs.py")).arg(endpoint).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success() && text(&ran).contains("ok "), "{}", text(&ran));
}

/// Telemetry of its own process that logs `count` lines, and one of `size` bytes.
fn emit(count: usize, size: usize) -> Command {
    let mut command = Command::new(EMIT);
    command.args([count.to_string(), size.to_string()]).env_clear().env("RUST_LOG", "off");
    command
}

/// What is logged, by ours and by watchtower.
#[derive(Clone, Copy, Default)]
struct Lines {
    count: usize,
    /// Bytes of one more line; none if zero.
    size: usize,
    /// Between a line's time and that of the next; zero for now.
    minutes: usize,
}

#[test]
fn where_tags_are_refused_the_group_is_made_without_them() {
    let services = Services::start();
    services.faults.refuse_tags.store(true, Ordering::SeqCst);
    let ran = emit(30, 0)
        .env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", format!("http://{}", services.proxy))
        .env("AWS_CLOUDWATCH_LOG_GROUP", "cruddur")
        .env("AWS_CLOUDWATCH_LOG_STREAM", "ours")
        .env("AWS_CLOUDWATCH_LOG_TAGS", "team=cruddur")
        .env("AWS_CLOUDWATCH_LOG_RETENTION_DAYS", "7")
        .output()
        .expect("it runs");
    let said = text(&ran);
    assert!(ran.status.success(), "{said}");
    assert_eq!(arrived(&services, "cruddur", "ours"), (30, 30), "{said}");
    let groups = services.call("DescribeLogGroups", &serde_json::json!({}));
    let group = &groups["logGroups"][0];
    assert_eq!(group["retentionInDays"], 7, "what may be set is set");
    let arn = serde_json::json!({ "resourceArn": group["logGroupArn"] });
    assert_eq!(services.call("ListTagsForResource", &arn)["tags"], serde_json::json!({}));
    assert_eq!(said.matches("has no tags").count(), 1, "one warning: {said}");
    assert!(said.contains("AccessDeniedException"), "and why: {said}");
}

/// No key, no profile, no role: as on a new machine.
fn without_credentials() -> Command {
    let mut command = emit(2_000, 0);
    command
        .env("AWS_CLOUDWATCH_LOG_GROUP", "cruddur")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent");
    command
}

/// Milliseconds that logging took, and how often the missing credentials are named.
fn told(said: &str) -> (u64, usize) {
    let took = said.split("logged in ").nth(1).and_then(|it| it.split(' ').next());
    let took = took.and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("{said}"));
    (took, said.matches("no AWS credentials were found").count())
}

/// The numbers of the lines on standard output, in their order.
fn printed(stdout: &[u8]) -> Vec<u64> {
    let number = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["n"].as_u64().expect("a number")
    };
    String::from_utf8_lossy(stdout).lines().map(number).collect()
}

#[test]
fn without_credentials_lines_go_to_standard_output_and_nobody_waits() {
    let ran = without_credentials().output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let (took, warnings) = told(&said);
    assert!(took < 5_000, "{took} ms");
    assert_eq!(warnings, 1, "one clear message: {said}");
    assert!(printed(&ran.stdout).into_iter().eq(0..2_000), "{said}");
}

/// Outside of AWS something else may answer where an instance asks for its role, or nothing at all.
#[test]
fn what_answers_in_place_of_an_instance_s_metadata_gives_no_credentials() {
    let listen = || std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let (forbids, is_silent) = (listen(), listen());
    let address = |it: &std::net::TcpListener| it.local_addr().expect("bound");
    for metadata in [address(&forbids), address(&is_silent)] {
        let mut command = without_credentials();
        command
            .env_remove("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{metadata}"));
        let answers = forbids.try_clone().expect("a handle");
        std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            for mut stream in answers.incoming().flatten() {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            }
        });
        let ran = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(told(&said).1, 1, "one clear message: {said}");
        assert_eq!(String::from_utf8_lossy(&ran.stdout).lines().count(), 2_000, "{said}");
    }
}

#[test]
fn by_otlp_too_lines_go_to_standard_output_without_credentials() {
    let mut command = without_credentials();
    command.env("CRUDDUR_CLOUDWATCH_TRANSPORT", "otlp");
    let ran = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(told(&said).1, 1, "one clear message: {said}");
    assert!(printed(&ran.stdout).into_iter().eq(0..2_000), "{said}");
}

/// Nor can they be printed: each is counted as lost.
#[test]
#[cfg(target_os = "linux")]
fn without_credentials_or_an_output_each_loss_is_counted() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let ran = without_credentials().stdout(full).output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let (took, warnings) = told(&said);
    assert!(took < 5_000, "{took} ms");
    assert_eq!(warnings, 1, "one clear message: {said}");
    assert!(said.contains("cloudwatch_logs: 0 sent, 2000 lost (rejected 2000)"), "{said}");
}

fn ours(endpoint: &str, group: &str, lines: Lines) {
    let ran = emit(lines.count, lines.size)
        .arg(lines.minutes.to_string())
        .env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CLOUDWATCH_LOG_GROUP", group)
        .env("AWS_CLOUDWATCH_LOG_STREAM", "ours")
        .output()
        .expect("it runs");
    assert!(ran.status.success(), "{}", text(&ran));
}

fn watchtower(python: &Path, endpoint: &str, group: &str, lines: Lines) {
    let numbers = [lines.count, lines.size, lines.minutes].map(|it| it.to_string());
    let ran = Command::new(python)
        .arg(script("watchtower_lines.py"))
        .args([endpoint, group])
        .args(numbers)
        .output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success(), "{}", text(&ran));
}

/// Lines of a stream that are whole JSON with a number, and all lines.
fn arrived(services: &Services, group: &str, stream: &str) -> (usize, usize) {
    let mut events = Vec::new();
    let mut input = serde_json::json!({
        "logGroupName": group, "logStreamName": stream, "startFromHead": true
    });
    loop {
        let page = services.call("GetLogEvents", &input);
        match page["events"].as_array() {
            Some(found) if !found.is_empty() => events.extend(found.iter().cloned()),
            _ => break,
        }
        input["nextToken"] = page["nextForwardToken"].clone();
    }
    let whole = events.iter().filter(|it| {
        let message = it["message"].as_str().unwrap_or("");
        serde_json::from_str::<serde_json::Value>(message).is_ok_and(|it| it["n"].is_u64())
    });
    (whole.count(), events.len())
}

#[test]
fn where_watchtower_loses_lines_ours_arrive() {
    let Some(python) = tools::python() else {
        return tools::skip("where_watchtower_loses_lines_ours_arrive", "Python");
    };
    let services = Services::start();
    let endpoint = format!("http://{}", services.proxy);
    let both = |group: &str, lines: Lines| {
        ours(&endpoint, group, lines);
        watchtower(&python, &endpoint, group, lines);
        [arrived(&services, group, "ours"), arrived(&services, group, "watchtower")]
    };
    // Quiet weather: both bring everything.
    assert_eq!(both("calm", Lines { count: 50, ..Lines::default() }), [(50, 50), (50, 50)]);

    // More than a day in one batch: watchtower puts it as it is, and gives it up when it is refused.
    let [ours_took, theirs_took] = both("days", Lines { count: 60, size: 0, minutes: 60 });
    assert_eq!(ours_took, (60, 60));
    assert!(theirs_took.0 < 60, "watchtower has learned to cut at 24 hours: {theirs_took:?}");

    // A burst, as fast as one thread can. What is logged while watchtower makes its stream is lost;
    // how much that is depends on the machine.
    let [ours_took, theirs_took] = both("burst", Lines { count: 20_000, ..Lines::default() });
    assert_eq!(ours_took, (20_000, 20_000));
    println!("burst: watchtower brought {} of 20000 lines", theirs_took.0);

    // One line over the limit: watchtower cuts its bytes, which breaks the JSON.
    let [ours_took, theirs_took] = both("large", Lines { count: 2, size: 1_200_000, minutes: 0 });
    assert_eq!(ours_took, (3, 3));
    assert!(theirs_took.0 < 3, "watchtower has learned to cut inside of fields: {theirs_took:?}");

    // Throttling that goes on: watchtower gives the batch up after five rounds; ours waits in
    // between, and gives none up for it.
    let lines = Lines { count: 20, ..Lines::default() };
    services.faults.throttle.store(40, Ordering::SeqCst);
    ours(&endpoint, "throttled", lines);
    services.faults.throttle.store(40, Ordering::SeqCst);
    watchtower(&python, &endpoint, "throttled", lines);
    services.faults.throttle.store(0, Ordering::SeqCst);
    assert_eq!(arrived(&services, "throttled", "ours"), (20, 20));
    assert_eq!(arrived(&services, "throttled", "watchtower").0, 0);
}
