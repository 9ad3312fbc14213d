//! The demo as a process of its own, on free ports.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long the demo may take for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// A running demo; killed when dropped.
#[derive(Debug)]
pub struct Demo {
    child: Child,
    lines: Receiver<String>,
    /// What it has printed so far.
    pub printed: Vec<String>,
    /// The backend's address: `http://127.0.0.1:…`.
    pub url: String,
    /// The console's address.
    pub console: String,
}

impl Demo {
    /// Starts this binary with these arguments and variables, and waits until it listens.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn start(binary: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(binary, arguments);
        command.env("PORT", "0").env("CONSOLE_PORT", "0").envs(variables.iter().copied());
        let mut child = command.spawn().expect("the demo starts");
        let (send, lines) = channel();
        for stream in [
            child.stdout.take().map(|it| Box::new(it) as Box<dyn std::io::Read + Send>),
            child.stderr.take().map(|it| Box::new(it) as Box<dyn std::io::Read + Send>),
        ] {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream.expect("a pipe")).lines().map_while(Result::ok) {
                    let _ = send.send(line);
                }
            });
        }
        let (printed, url, console) = (Vec::new(), String::new(), String::new());
        let mut demo = Self { child, lines, printed, url, console };
        demo.url = demo.address("cruddur");
        demo.console = demo.address("console");
        demo
    }

    fn address(&mut self, name: &str) -> String {
        let line = self.wait_for(|line| line.starts_with(name) && line.contains("http://"));
        let start = line.find("http://").expect("an address");
        let rest = &line[start..];
        rest.split_whitespace().next().unwrap_or(rest).trim_end_matches('/').to_owned()
    }

    /// Waits for a line, also one that was printed before.
    ///
    /// # Panics
    /// If none comes.
    pub fn wait_for(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            if let Some(line) = self.printed.iter().find(|line| is_it(line)) {
                return line.clone();
            }
            let left = DEADLINE.saturating_sub(started.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.printed.push(line),
                Err(_) => panic!("the demo did not say so:\n{}", self.printed.join("\n")),
            }
        }
    }

    /// Ctrl-C; gives what it exits with.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
        assert!(sent.success());
        let started = Instant::now();
        while started.elapsed() < DEADLINE {
            if let Some(status) = self.child.try_wait().expect("a child") {
                while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
                    self.printed.push(line);
                }
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the demo did not stop:\n{}", self.printed.join("\n"));
    }

    /// The spans of a trace in the console, once `is_whole` says that all are there.
    ///
    /// # Panics
    /// If that does not happen.
    pub async fn trace(&self, trace_id: &str, is_whole: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let url = format!("{}/api/traces/{trace_id}", self.console);
        let started = Instant::now();
        let mut spans = Vec::new();
        while started.elapsed() < DEADLINE {
            if let Ok(answer) = client().get(&url).send().await {
                let body: Value = answer.json().await.unwrap_or_default();
                spans = body.as_array().cloned().unwrap_or_default();
                if is_whole(&spans) {
                    return spans;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the trace is not whole: {spans:#?}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary with these arguments and none of this process's settings.
#[must_use]
pub fn command(binary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(arguments).env_clear();
    for name in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A client that asks nobody but this machine.
///
/// # Panics
/// If there is no TLS.
#[must_use]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// The value of an attribute in the console's answer.
#[must_use]
pub fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    &span["attributes"][key]
}
