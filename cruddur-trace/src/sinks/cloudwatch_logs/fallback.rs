//! Where lines go while there are no credentials to send them with: to standard output, as JSON.
//!
//! So they are not lost in a container whose output is collected anyway. Credentials are looked for
//! again after a while. Once the service has answered there were some: then lines wait for them.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::{CREDENTIALS_BACKOFF, wait_for_credentials};
use crate::pipeline::{Delivered, SendError};
use crate::record::UnixNanos;

/// What is written to: standard output, but in tests.
pub(super) type Output = Arc<Mutex<dyn Write + Send>>;

pub(super) struct Fallback {
    output: Output,
    /// No credentials are looked for before.
    until: UnixNanos,
    had_credentials: bool,
    remark: String,
}

impl Fallback {
    pub(super) fn new() -> Self {
        Self::to(Arc::new(Mutex::new(std::io::stdout())))
    }

    pub(super) fn to(output: Output) -> Self {
        Self { output, until: UnixNanos(0), had_credentials: false, remark: String::new() }
    }

    /// Whether lines are to be printed without another look for credentials.
    pub(super) fn is_on(&self, now: UnixNanos) -> bool {
        now < self.until
    }

    /// The service has answered.
    pub(super) fn answered(&mut self) {
        self.had_credentials = true;
    }

    /// There are no credentials.
    ///
    /// # Errors
    ///
    /// If there were some before: what is wrong with them will pass, and the lines can wait.
    pub(super) fn begin(&mut self, cause: Option<String>, now: UnixNanos) -> Result<(), SendError> {
        if self.had_credentials {
            return Err(wait_for_credentials(cause));
        }
        let wait = u64::try_from(CREDENTIALS_BACKOFF.as_nanos()).unwrap_or(u64::MAX);
        self.until = UnixNanos(now.0.saturating_add(wait));
        let cause = cause.map(|it| format!(" ({it})")).unwrap_or_default();
        // The same text each time, so that it is said once.
        self.remark = format!(
            "no AWS credentials were found{cause}: log lines go to standard output as JSON; set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role, or unset \
             AWS_CLOUDWATCH_LOG_GROUP"
        );
        Ok(())
    }

    /// Writes lines, each with its end; they are lost where that fails.
    pub(super) async fn print(&self, lines: String, count: u64) -> Delivered {
        let output = Arc::clone(&self.output);
        // Standard output may be a pipe that nobody reads; the other sinks go on meanwhile.
        let written = tokio::task::spawn_blocking(move || {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.write_all(lines.as_bytes()).and_then(|()| output.flush())
        });
        let is_written = matches!(written.await, Ok(Ok(())));
        let rejected = if is_written { 0 } else { count };
        Delivered { rejected, message: Some(self.remark.clone()) }
    }
}
