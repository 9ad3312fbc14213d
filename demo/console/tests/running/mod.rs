//! The console's program as a process of its own, for its tests.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_cruddur-console");

pub(crate) fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A console on a free port; killed when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) printed: Vec<String>,
}

impl Running {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let all = [&[("CONSOLE_PORT", "0")], variables].concat();
        let mut child = command(&all).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut printed = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            let is_last = line.starts_with("Stop it");
            printed.push(line);
            if is_last {
                break;
            }
        }
        let url = printed.iter().find_map(|line| Some(&line[line.find("http://")?..]));
        let url = url.expect("an address").split_whitespace().next().unwrap_or_default();
        Self { url: url.trim_end_matches('/').to_owned(), child, printed }
    }

    /// Kilobytes of memory that it holds.
    pub(crate) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// Kilobytes of memory that it has held at most.
    pub(crate) fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, what: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("Linux");
        let line = status.lines().find(|line| line.starts_with(what)).expect("a line");
        line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).expect("a number")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
