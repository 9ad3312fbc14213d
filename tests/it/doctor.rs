//! `doctor` and `setup` as a user runs them: each fault is planted, and found with its remedy.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use cruddur_console::{Console, Options};

const CONFIG: &str = "hcxlk_local0123456789";
const INGEST: &str = "hcxik_local0123456789";

/// Runs the demo's command with these variables and no others.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_cruddur-demo")));
    command.args(arguments).env_clear();
    // Nobody's profile, and no metadata service that takes its time.
    command.env("HOME", "/nonexistent").env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.envs(variables.iter().copied()).output().expect("the demo runs");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().expect("a code"), text)
}

/// A fault that has to be found: all words in the output, one in a remedy, and exit code 1.
#[track_caller]
fn check(variables: &[(&str, &str)], found: &str, remedy: &str) {
    let (code, output) = run(&["doctor"], variables);
    assert_eq!(code, 1, "{variables:?}\n{output}");
    assert!(output.contains(found), "{variables:?}: no {found:?} in\n{output}");
    let remedies = || output.lines().filter(|it| it.trim_start().starts_with("->"));
    assert!(remedies().any(|it| it.contains(remedy)), "{variables:?}: no {remedy:?} in\n{output}");
    assert!(!output.contains("s3cr3t"), "{output}");
}

fn console() -> Console {
    let mut options = Options::default();
    options.port = 0;
    Console::start(options).expect("a free port")
}

/// A server that answers every request over HTTP/1.1 with this, and closes.
fn answering(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    serve(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let (mut head, mut length) = (String::new(), 0);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|it| it > 2) {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            head.push_str(&line);
            line.clear();
        }
        let mut body = vec![0; length];
        let _ = reader.read_exact(&mut body);
        let _ = stream.write_all(answer(&head).as_bytes());
    })
}

fn serve(handle: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || listener.incoming().flatten().for_each(&handle));
    address
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

/// The console's gRPC receiver alone: other protocols get no answer.
fn grpc_only(console: SocketAddr) -> SocketAddr {
    serve(move |mut stream| {
        let mut first = [0; 3];
        if stream.peek(&mut first).is_err() || &first != b"PRI" {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        let mut there = TcpStream::connect(console).expect("the console");
        let mut back =
            (there.try_clone().expect("a stream"), stream.try_clone().expect("a stream"));
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut back.0, &mut back.1);
            let _ = back.1.shutdown(Shutdown::Both);
        });
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut stream, &mut there);
            let _ = there.shutdown(Shutdown::Both);
        });
    })
}

fn aws_error(code: &'static str) -> String {
    let address = answering(move |_| {
        let body = format!(r#"{{"__type":"{code}","message":"said so"}}"#);
        response("400 Bad Request", "content-type: application/x-amz-json-1.1\r\n", &body)
    });
    format!("http://{address}")
}

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];

async fn tell_key(console: &Console, key: &str, access: &[&str]) {
    let told = serde_json::json!({ "key": key, "access": access });
    let url = format!("http://{}/api/honeycomb/keys", console.address());
    let answer = reqwest::Client::new().post(url).json(&told).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
}

#[test]
fn with_everything_in_order_each_backend_is_probed_and_read_back() {
    let console = console();
    let (url, address) = (format!("http://{}", console.address()), console.address().to_string());
    let rollbar = format!("{url}/api/1/");
    let variables = [
        ("HONEYCOMB_API_ENDPOINT", url.as_str()),
        ("HONEYCOMB_API_KEY", INGEST),
        ("HONEYCOMB_CONFIG_KEY", CONFIG),
        ("HONEYCOMB_CLIENT_KEY", INGEST),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("AWS_XRAY_DAEMON_ADDRESS", &address),
        ("AWS_CLOUDWATCH_LOG_GROUP", "cruddur"),
        ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &url),
        ("AWS_REGION", "us-east-1"),
        ("ROLLBAR_ACCESS_TOKEN", "local-console"),
        ("ROLLBAR_ENDPOINT", &rollbar),
    ];
    let cloudwatch = ["setup", "cloudwatch", "--retention-days", "7", "--tags", "team=web"];
    let (code, output) = run(&[&cloudwatch[..], &["--dry-run"]].concat(), &variables);
    assert_eq!((code, output.matches("would be").count()), (3, 2), "{output}");
    let (code, output) = run(&cloudwatch, &variables);
    assert_eq!((code, output.matches("was ").count()), (0, 2), "{output}");
    let (code, output) = run(&cloudwatch, &variables);
    assert_eq!((code, output.matches("is as it should be").count()), (0, 3), "{output}");
    let other = ["setup", "cloudwatch", "--retention-days=14", "--tags=team=api,stage=prod"];
    let (code, output) = run(&other, &variables);
    assert_eq!(code, 0, "{output}");
    assert!(
        output.contains("7 days -> 14 days") && output.contains("team: web -> api"),
        "{output}"
    );

    for _ in 0..2 {
        let (code, output) = run(&["setup", "honeycomb"], &variables);
        assert_eq!(code, 0, "{output}");
        assert!(output.contains("dataset `cruddur-frontend`") && output.contains("?query="));
    }

    let (code, output) = run(&["doctor"], &variables);
    assert_eq!(code, 0, "{output}");
    // Honeycomb, X-Ray and CloudWatch Logs let read; a sending token of Rollbar does not.
    assert_eq!(output.matches("read back").count(), 3, "{output}");
    assert!(output.contains("Rollbar") && output.contains("no faults"), "{output}");
    let row = output.lines().find(|it| it.starts_with("HONEYCOMB_CLIENT_KEY  ingest"));
    assert!(row.is_some_and(|it| it.contains("yes") && it.contains("no")), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_honeycomb_s_keys() {
    let console = console();
    let url = format!("http://{}", console.address());
    tell_key(&console, "hcxlk_few", &["events"]).await;
    tell_key(&console, "hcxlk_mute", &["queries"]).await;
    let check = |name: &str, key: &str, found: &str, remedy: &str| {
        let key = (name, key);
        let base = [("HONEYCOMB_API_ENDPOINT", url.as_str()), ("HONEYCOMB_API_KEY", INGEST)];
        let mut variables: Vec<_> = base.into_iter().filter(|it| it.0 != name).collect();
        variables.push(key);
        check(&variables, found, remedy);
    };
    check("HONEYCOMB_API_KEY", "hcxik_invalid", "does not know the key", "copy HONEYCOMB_API_KEY");
    check("HONEYCOMB_API_KEY", "hcxlk_mute", "may not send events", "Send Events");
    check("HONEYCOMB_API_KEY", "hcxmk_x", "is a management key", "make an ingest key");
    check("HONEYCOMB_CONFIG_KEY", INGEST, "is an ingest key", "make a configuration key");
    check(
        "HONEYCOMB_CONFIG_KEY",
        "hcxlk_few",
        "lacks Create Datasets",
        "edit the key's permissions",
    );
    check("HONEYCOMB_CLIENT_KEY", CONFIG, "everybody can read it", "make an ingest key");
}

#[test]
fn faults_of_settings() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    check(
        &[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team")],
        "OTEL_EXPORTER_OTLP_HEADERS",
        "write key=value",
    );
    check(&[("OTEL_TRACES_EXPORTER", "zipkin")], "OTEL_TRACES_EXPORTER", "otlp, xray");
    check(&[("OTEL_TRACES_SAMPLER", "sometimes")], "OTEL_TRACES_SAMPLER", "always_on");
    check(&[("OTEL_PROPAGATORS", "jaeger")], "OTEL_PROPAGATORS", "tracecontext");
    check(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"), endpoint], "http/json", "http/protobuf");
    check(&[("HONEYCOMB_API_KEY_FILE", "/nowhere/key")], "/nowhere/key", "name a readable file");
    check(&[("HONEYCOMB_API_KEY", "")], "no backend is switched on", "give HONEYCOMB_API_KEY");
    check(&[("HONEYCOMB_APIKEY", "x")], "not known here", "spelling");
    check(&[("OTEL_SDK_DISABLED", "true"), endpoint], "nothing is recorded", "unset OTEL_SDK");
    check(&[], "nothing would be exported", "set HONEYCOMB_API_KEY");
    check(&[("OTEL_LOGS_EXPORTER", "cloudwatch")], "AWS_CLOUDWATCH_LOG_GROUP", "name a log group");
}

#[test]
fn quotes_are_a_warning_and_no_fault() {
    let console = console();
    let url = format!("\"http://{}\"", console.address());
    let (code, output) = run(&["doctor"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    assert_eq!(code, 0, "{output}");
    assert!(output.contains("warn") && output.contains("-> write the value without quotes"));
}

#[test]
fn faults_of_the_way_to_an_otlp_backend() {
    let name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    check(&[(name, "http://127.0.0.1:1")], "can't be connected to", "start what should listen");
    check(&[(name, "http://no-such-host.invalid:4318")], "DNS", "check the spelling in OTEL_");
    let console = console();
    let address = console.address();
    check(&[(name, &format!("https://{address}"))], "does not speak TLS", "http:// instead of");
    let url = format!("http://{address}");
    let proxy = ("HTTP_PROXY", "http://127.0.0.1:1");
    check(&[(name, &url), proxy], "the proxy", "NO_PROXY");
    let team = ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=hcxik_invalid");
    check(&[(name, &url), team], "401", "check OTEL_EXPORTER_OTLP_HEADERS");
    let path = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{url}/nothing"));
    check(&[(path.0, &path.1)], "404", "check the path");
}

#[test]
fn the_wrong_protocol_is_told_from_the_right_one() {
    let console = console();
    let name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let grpc = format!("http://{}", grpc_only(console.address()));
    check(&[(name, &grpc)], "speaks gRPC", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
    let http = answering(|head| match head.starts_with("POST /v1/") {
        true => response("200 OK", "content-type: application/x-protobuf\r\n", ""),
        false => response("400 Bad Request", "", ""),
    });
    let http = format!("http://{http}");
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    check(&[(name, &http), protocol], "speaks OTLP over HTTP", "PROTOCOL=http/protobuf");
}

#[test]
fn a_clock_that_is_off_is_found() {
    let server = answering(|_| response("200 OK", "date: Sun, 22 Nov 2020 12:00:00 GMT\r\n", ""));
    let url = format!("http://{server}");
    check(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)], "ahead of that of 127.0.0.1", "set the clock");
}

#[test]
fn faults_of_cloudwatch_logs() {
    let console = console();
    let url = format!("http://{}", console.address());
    let group = ("AWS_CLOUDWATCH_LOG_GROUP", "cruddur");
    let region = ("AWS_REGION", "us-east-1");
    let endpoint = "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS";
    check(&[group, region, (endpoint, &url)], "no log group cruddur", "setup cloudwatch");
    check(&[group, region], "no AWS credentials", "AWS_ACCESS_KEY_ID");
    check(&[group, KEYS[0], KEYS[1]], "no AWS region", "set AWS_REGION");
    let nowhere = ("AWS_REGION", "nowhere-1");
    check(&[group, nowhere, KEYS[0], KEYS[1]], "logs.nowhere-1.amazonaws.com", "AWS_REGION");
    let closed = (endpoint, "http://127.0.0.1:1");
    check(&[group, region, closed, KEYS[0], KEYS[1]], "can't be connected to", endpoint);
    let check_code = |code: &'static str, remedy: &str| {
        let url = aws_error(code);
        check(&[group, region, (endpoint, &url), KEYS[0], KEYS[1]], code, remedy);
    };
    check_code("AccessDeniedException", "aws/json/policy.json");
    check_code("ExpiredTokenException", "have expired");
    check_code("UnrecognizedClientException", "AWS_ACCESS_KEY_ID");
    check_code("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY does not belong");
    check_code("RequestTimeTooSkewed", "clock");
}

#[test]
fn faults_of_x_ray() {
    let name = "AWS_XRAY_DAEMON_ADDRESS";
    check(&[(name, "127.0.0.1:1")], "the daemon's TCP port", "start the daemon");
    check(&[(name, "xray-daemon.invalid:2000")], "DNS", "start the daemon");
    check(&[(name, "nowhere")], "AWS_XRAY_DAEMON_ADDRESS: `nowhere`", "write host:2000");
    let no_file = ("CRUDDUR_XRAY_SAMPLER", "none.json");
    check(&[(name, "d:2000"), no_file], "CRUDDUR_XRAY_SAMPLER=none.json", "write \"central\"");
    let url = aws_error("ExpiredTokenException");
    let daemon = url.trim_start_matches("http://");
    check(&[(name, daemon)], "can't fetch sampling rules", "have expired");
    let xray = ("OTEL_TRACES_EXPORTER", "xray");
    let api = ("AWS_ENDPOINT_URL_XRAY", url.as_str());
    let region = ("AWS_REGION", "us-east-1");
    check(&[xray, api, region, KEYS[0], KEYS[1]], "ExpiredTokenException", "have expired");
}

#[test]
fn faults_of_error_reports() {
    let console = console();
    let endpoint = format!("http://{}/api/1/", console.address());
    let endpoint = ("ROLLBAR_ENDPOINT", endpoint.as_str());
    let token = "ROLLBAR_ACCESS_TOKEN";
    check(&[endpoint, (token, "invalid")], "invalid access token", "copy ROLLBAR_ACCESS_TOKEN");
    let scope = answering(|_| {
        let body = r#"{"err":1,"message":"insufficient privileges: post_server_item scope is required but your access token only has post_client_item"}"#;
        response("403 Forbidden", "content-type: application/json\r\n", body)
    });
    let server = format!("http://{scope}/api/1/");
    let found = "insufficient privileges";
    check(&[("ROLLBAR_ENDPOINT", &server), (token, "c")], found, "scope post_server_item");
    let closed = ("ROLLBAR_ENDPOINT", "http://127.0.0.1:1/api/1/");
    check(&[closed, (token, "t")], "can't be connected to", "ROLLBAR_ENDPOINT");
    check(&[("SENTRY_DSN", "https://nowhere")], "SENTRY_DSN is no DSN", "copy SENTRY_DSN");
}

#[test]
fn help_is_for_strangers() {
    let (code, output) = run(&["setup", "help"], &[]);
    assert_eq!(code, 0);
    for command in ["doctor", "honeycomb", "xray", "cloudwatch", "rollbar-deploy"] {
        assert!(output.contains(command), "{output}");
        let (code, output) = run(&["setup", command, "--help"], &[]);
        assert!(code == 0 && output.contains("exit codes: 0 done"), "{output}");
    }
    assert_eq!(run(&["doctor", "--help"], &[]).0, 0);
    let (code, output) = run(&["setup", "honeycomb", "--group", "x"], &[]);
    assert!(code == 2 && output.contains("has no option `--group`"), "{output}");
    assert_eq!(run(&["setup", "nothing"], &[]).0, 2);
}

#[test]
fn rollbar_is_told_of_a_deploy() {
    let console = console();
    let endpoint = format!("http://{}/api/1/", console.address());
    let variables = [("ROLLBAR_ENDPOINT", endpoint.as_str()), ("ROLLBAR_ACCESS_TOKEN", "local")];
    let deploy = ["setup", "rollbar-deploy", "--revision", "abc"];
    assert_eq!(run(&[&deploy[..], &["--dry-run"]].concat(), &variables).0, 3);
    let (code, output) = run(&deploy, &variables);
    assert!(code == 0 && output.contains("was created"), "{output}");
    assert_eq!(run(&["setup", "rollbar-deploy"], &variables).0, 2);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_unicode_disturbs_nobody() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_cruddur-demo")));
    command.args(["setup", "help"]).env(OsStr::from_bytes(b"ODD\xff"), OsStr::from_bytes(b"\xff"));
    let output = command.output().expect("the demo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
