//! Commands that make accounts ready, and the one that says what is wrong: `setup …` and `doctor`.
//!
//! A program hands its arguments and its environment to [`Setup::run`], and exits with what it
//! gives. Each command reads what is there, compares it with what should be, and changes only the
//! difference; `--dry-run` shows the difference and changes nothing. `doctor` changes nothing at all.
//!
//! # Adding a command
//!
//! One file or folder here with `pub(super) async fn run(…) -> Result<Outcome, SetupError>`, one
//! entry in `help::COMMANDS`, its options in `arguments`, and one arm in `Setup::run_command`.

mod arguments;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod cloudwatch;
mod doctor;
mod finding;
mod help;
mod honeycomb;
#[cfg(feature = "rollbar")]
mod rollbar;
#[cfg(feature = "xray")]
mod xray;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;

use arguments::Arguments;
use finding::{Outcome, SetupError, Verdict};

use crate::config::{Layers, Settings};

/// What a program may want to be set up, and where it reads its settings.
///
/// ```no_run
/// # async fn run() -> std::process::ExitCode {
/// let arguments: Vec<String> = std::env::args().skip(2).collect();
/// let setup = cruddur_trace::setup::Setup::new(std::env::vars_os()).service("cruddur-backend");
/// setup.run(&arguments, &mut std::io::stdout()).await.into()
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Setup {
    environment: BTreeMap<String, String>,
    service: Option<String>,
    also_datasets: Vec<String>,
    group: Option<String>,
    xray_rule: Option<String>,
    /// Honeycomb's base URLs, one a region: a key is known in one of them only.
    honeycomb_regions: Vec<String>,
}

/// What a program exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: everything is as it should be, or was made so.
    Done,
    /// 1: something failed; the output says what and what helps.
    Failed,
    /// 2: the arguments can't be understood.
    Usage,
    /// 3: `--dry-run`, and something is not as it should be.
    Differs,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Differs => 3,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl Setup {
    /// With these environment variables (`std::env::vars_os()`, since `vars()` panics where one is no
    /// Unicode); nothing else is read.
    #[must_use]
    pub fn new<N, V>(environment: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        let pairs = environment.into_iter();
        let environment = pairs.map(|(name, value)| (text(name.into()), text(value.into())));
        let environment = environment.collect();
        Self {
            environment,
            service: None,
            also_datasets: Vec::new(),
            group: None,
            xray_rule: None,
            honeycomb_regions: honeycomb::REGIONS.map(str::to_owned).to_vec(),
        }
    }

    /// The service's name, where neither `--service` nor `OTEL_SERVICE_NAME` gives another.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// One more service whose dataset in Honeycomb is made ready, such as the page's.
    #[must_use]
    pub fn also_dataset(mut self, service: impl Into<String>) -> Self {
        self.also_datasets.push(service.into());
        self
    }

    /// The X-Ray group's name, where `--group` gives no other. Without it: the service's.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// The sampling rule, as `aws xray create-sampling-rule --cli-input-json` takes it, where
    /// `--rule` names no file. Without it: a reservoir of 5 a second and a rate of 0.1.
    #[must_use]
    pub fn xray_rule(mut self, json: impl Into<String>) -> Self {
        self.xray_rule = Some(json.into());
        self
    }

    /// Runs the command that `arguments` name, and tells on `output` what it found and did.
    pub async fn run(&self, arguments: &[String], output: &mut dyn Write) -> Exit {
        let arguments = match Arguments::parse(arguments) {
            Ok(arguments) => arguments,
            Err(problem) => {
                let command = arguments.first().and_then(|it| help::of(it));
                let text = command.unwrap_or_else(help::overview);
                say(output, &format!("{problem}\n\n{text}"));
                return Exit::Usage;
            }
        };
        let command = match arguments.command.as_deref() {
            None => {
                say(output, &help::overview());
                return Exit::Usage;
            }
            Some("help") => {
                say(output, &help::overview());
                return Exit::Done;
            }
            Some(command) => command,
        };
        if arguments.wants_help && help::of(command).is_some() {
            say(output, &help::of(command).unwrap_or_default());
            return Exit::Done;
        }
        if let Some(wrong) = help::wrong_option(command, &arguments) {
            let text = help::of(command).unwrap_or_default();
            say(output, &format!("`{command}` has no option `--{wrong}`\n\n{text}"));
            return Exit::Usage;
        }
        if command == "doctor" {
            return doctor::run(self, output).await;
        }
        match self.run_command(command, &arguments).await {
            Some(found) => report(found, arguments.dry_run, output),
            None if help::of(command).is_some() => {
                let text = format!("this build has no command `{command}`: a feature is missing");
                say(output, &text);
                Exit::Usage
            }
            None => {
                say(output, &format!("there is no command `{command}`\n\n{}", help::overview()));
                Exit::Usage
            }
        }
    }

    /// What a command found; `None` if this build has no such command.
    async fn run_command(
        &self,
        command: &str,
        arguments: &Arguments,
    ) -> Option<Result<Outcome, SetupError>> {
        match command {
            #[cfg(feature = "xray")]
            "xray" => Some(xray::run(self, arguments).await.map(Outcome::from)),
            "honeycomb" => Some(honeycomb::run(self, arguments).await),
            #[cfg(feature = "aws")]
            "cloudwatch" => Some(cloudwatch::run(self, arguments).await.map(Outcome::from)),
            #[cfg(feature = "rollbar")]
            "rollbar-deploy" => Some(rollbar::run(self, arguments).await.map(Outcome::from)),
            _ => None,
        }
    }

    /// A variable of the environment; an empty one is an unset one.
    #[cfg(any(feature = "xray", feature = "rollbar"))]
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Every setting as the running program would see it: quotes off, files read.
    fn settings(&self) -> Result<Settings, SetupError> {
        Settings::resolve(&self.layers(), &|path| std::fs::read_to_string(path))
            .map_err(|error| SetupError::usage(error.to_string()))
    }

    fn layers(&self) -> Layers {
        let service = self.service.iter();
        let defaults = service.map(|name| ("OTEL_SERVICE_NAME".to_owned(), name.clone()));
        let environment = self.environment.clone();
        Layers { defaults: defaults.collect(), environment, forced: Vec::new() }
    }
}

/// Tells what was found, one line each, and gives the exit code.
fn report(found: Result<Outcome, SetupError>, dry_run: bool, output: &mut dyn Write) -> Exit {
    match found {
        Ok(outcome) => {
            for finding in &outcome.findings {
                say(output, &finding.to_string());
            }
            for note in &outcome.notes {
                say(output, note);
            }
            let differs = outcome.findings.iter().any(|it| it.verdict != Verdict::AsWished);
            if dry_run && differs { Exit::Differs } else { Exit::Done }
        }
        Err(error) => {
            say(output, &error.to_string());
            if error.is_usage { Exit::Usage } else { Exit::Failed }
        }
    }
}

/// Writes a line; a closed pipe is no reason to fail.
fn say(output: &mut dyn Write, line: &str) {
    let _ = writeln!(output, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_mistypes_an_option_is_shown_those_of_the_command() {
        let run = async |line: &str| {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let mut output = Vec::new();
            let exit = Setup::new::<String, String>([]).run(&arguments, &mut output).await;
            assert_eq!(exit, Exit::Usage, "{line}");
            String::from_utf8(output).expect("text")
        };
        assert!(run("doctor --bogus").await.contains("\n\nsetup doctor: checks every setting"));
        assert!(run("xray --grup a").await.contains("--group NAME"));
        assert!(run("--bogus").await.contains("\n\nusage: setup COMMAND"));
    }
}
