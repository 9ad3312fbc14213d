//! Where there is no access token: each report as one line of JSON on stderr, after one warning, so
//! that a failure is never lost for want of an account.

use super::item::{About, item};
use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::UnixNanos;
use std::io::Write as _;

/// Writes reports to stderr.
#[derive(Debug)]
pub(crate) struct StderrReports {
    about: About,
    has_warned: bool,
}

impl StderrReports {
    pub(crate) fn new(about: About) -> Self {
        Self { about, has_warned: false }
    }
}

impl Sink for StderrReports {
    type Request = String;

    fn name(&self) -> &'static str {
        "stderr_reports"
    }

    fn signals(&self) -> Signals {
        Signals { reports: true, ..Signals::default() }
    }

    fn encode(&mut self, batch: Batch, _now: UnixNanos) -> Encoded<String> {
        let lines = batch.reports.iter().map(|report| {
            let line = item(report, &self.about)["data"].to_string();
            Outgoing { request: line, records: 1 }
        });
        Encoded { requests: lines.collect(), refused: Vec::new() }
    }

    async fn send(&mut self, line: &String) -> Result<Delivered, SendError> {
        let mut stderr = std::io::stderr().lock();
        if !std::mem::replace(&mut self.has_warned, true) {
            let warning = "cruddur-trace: error reports go to stderr: set ROLLBAR_ACCESS_TOKEN \
                           (or SENTRY_DSN) to send them";
            let _ = writeln!(stderr, "{warning}");
        }
        // A closed stderr is nobody's fault here.
        let _ = writeln!(stderr, "{line}");
        Ok(Delivered::default())
    }
}
