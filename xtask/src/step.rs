//! Steps of a longer command: each prints its name and time, and the end is a summary.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What became of the steps so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Ended, Duration)>,
}

enum Ended {
    Passed,
    /// Failed at first, and passed when it was run again.
    Flaky,
    Failed,
    Skipped(String),
}

impl Steps {
    /// Runs a command to its end; a failure is noted, and the later steps still run.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> bool {
        self.timed(name, command, |command| command.status().map(|status| status.success()))
    }

    /// The same with the output kept in a file, too.
    pub(crate) fn tee(&mut self, name: &str, command: &mut Command, file: &Path) -> bool {
        self.timed(name, command, |command| crate::bench::tee(command, file))
    }

    /// The same with the output in a file alone: it is read by programs.
    pub(crate) fn keep(&mut self, name: &str, command: &mut Command, file: &Path) -> bool {
        self.timed(name, command, |command| {
            let status = command.stdout(std::fs::File::create(file)?).status();
            status.map(|status| status.success())
        })
    }

    /// The same, and `hear` gets each line of standard error, which is printed as well.
    pub(crate) fn listen(
        &mut self,
        name: &str,
        command: &mut Command,
        mut hear: impl FnMut(&str),
    ) -> bool {
        self.timed(name, command, |command| {
            let mut child = command.stderr(Stdio::piped()).spawn()?;
            let lines = child.stderr.take().map(|it| BufReader::new(it).split(b'\n'));
            for line in lines.into_iter().flatten() {
                let line = String::from_utf8_lossy(&line?).into_owned();
                eprintln!("{line}");
                hear(&line);
            }
            child.wait().map(|status| status.success())
        })
    }

    /// What the last step of that name failed at has passed since: it counts as passed, and the
    /// summary says that it is flaky.
    pub(crate) fn excuse(&mut self, name: &str) {
        if let Some((_, ended, _)) = self.done.iter_mut().rfind(|(done, ..)| done == name) {
            *ended = Ended::Flaky;
        }
    }

    /// Notes that something passed that was not a command.
    pub(crate) fn pass(&mut self, name: &str) {
        println!("=== {name}: ok");
        self.done.push((name.to_owned(), Ended::Passed, Duration::ZERO));
    }

    /// Notes that a step failed before it could run.
    pub(crate) fn fail(&mut self, name: &str, why: &str) -> bool {
        println!("\n=== {name}: FAILED ({why})");
        self.done.push((name.to_owned(), Ended::Failed, Duration::ZERO));
        false
    }

    fn timed(
        &mut self,
        name: &str,
        command: &mut Command,
        run: impl FnOnce(&mut Command) -> std::io::Result<bool>,
    ) -> bool {
        println!("\n=== {name}");
        let started = Instant::now();
        let passed = run(command).unwrap_or_else(|error| {
            eprintln!("{}: {error}", command.get_program().display());
            false
        });
        let time = started.elapsed();
        println!(
            "=== {name}: {} in {:.1} s",
            if passed { "ok" } else { "FAILED" },
            time.as_secs_f64()
        );
        let ended = if passed { Ended::Passed } else { Ended::Failed };
        self.done.push((name.to_owned(), ended, time));
        passed
    }

    /// Notes that a step could not run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n=== {name}: SKIPPED ({why})");
        self.done.push((name.to_owned(), Ended::Skipped(why.to_owned()), Duration::ZERO));
    }

    /// Prints the summary. Skipped steps fail where nothing may be skipped (`CI=true`).
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n--- summary");
        let strict = std::env::var_os("CI").is_some_and(|value| value == "true");
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, ended, time) in &self.done {
            let said = match ended {
                Ended::Passed => {
                    passed += 1;
                    "ok".to_owned()
                }
                Ended::Flaky => {
                    passed += 1;
                    "FLAKY: failed, then passed when it was run again".to_owned()
                }
                Ended::Failed => {
                    failed += 1;
                    "FAILED".to_owned()
                }
                Ended::Skipped(why) => {
                    skipped += 1;
                    format!("SKIPPED: {why}")
                }
            };
            println!("{:>7.1} s  {name}: {said}", time.as_secs_f64());
        }
        println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
        if strict && skipped > 0 {
            println!("under CI=true a skipped step is a failure");
        }
        if failed > 0 || strict && skipped > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_when_run_again_is_excused_and_nothing_else() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let mut steps = Steps::default();
        let mut heard = Vec::new();
        let fails = &mut shell("echo one >&2; echo two >&2; exit 1");
        assert!(!steps.listen("tests", fails, |line| heard.push(line.to_owned())));
        assert_eq!(heard, ["one", "two"]);
        assert!(steps.run("tests again", &mut shell("true")));
        steps.excuse("tests");
        assert!(matches!(steps.done[0].1, Ended::Flaky));
        assert!(!steps.run("other", &mut shell("false")));
        steps.excuse("tests");
        assert!(matches!(steps.done[2].1, Ended::Failed));
    }
}
