//! Commands that make accounts ready: `setup xray` and its likes.
//!
//! A program hands its arguments and its environment to [`Setup::run`], and exits with what it
//! gives. Each command reads what is there, compares it with what should be, and changes only the
//! difference; `--dry-run` shows the difference and changes nothing.
//!
//! # Adding a command
//!
//! One file or folder here with `pub(super) async fn run(…) -> Result<Findings, SetupError>`, one
//! row in `COMMANDS` and one arm in `Setup::run`.

mod arguments;
mod finding;
#[cfg(feature = "rollbar")]
mod rollbar;
#[cfg(feature = "xray")]
mod xray;

use std::collections::BTreeMap;
use std::io::Write;

use arguments::Arguments;
use finding::{Finding, SetupError, Verdict};

/// Name and purpose of each command, in the order in which help shows them.
const COMMANDS: &[(&str, &str)] = &[
    ("xray", "the X-Ray group and the sampling rule: by the daemon's TCP port or the API"),
    ("rollbar-deploy", "tell Rollbar that a revision was deployed"),
];

/// What a program may want to be set up, and where it reads its settings.
///
/// ```no_run
/// # async fn run() -> std::process::ExitCode {
/// let arguments: Vec<String> = std::env::args().skip(2).collect();
/// let setup = cruddur_trace::setup::Setup::new(std::env::vars()).service("cruddur-backend");
/// setup.run(&arguments, &mut std::io::stdout()).await.into()
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Setup {
    environment: BTreeMap<String, String>,
    service: Option<String>,
    group: Option<String>,
    xray_rule: Option<String>,
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
    /// With these environment variables (`std::env::vars()`); nothing else is read.
    #[must_use]
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let environment = environment.into_iter().collect();
        Self { environment, service: None, group: None, xray_rule: None }
    }

    /// The service's name, where neither `--service` nor `OTEL_SERVICE_NAME` gives another.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
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
                say(output, &format!("{problem}\n\n{}", usage()));
                return Exit::Usage;
            }
        };
        let command = match arguments.command.as_deref() {
            None => {
                say(output, &usage());
                return Exit::Usage;
            }
            Some("help") => {
                say(output, &usage());
                return Exit::Done;
            }
            Some(command) => command,
        };
        match self.run_command(command, &arguments).await {
            Some(found) => report(found, arguments.dry_run, output),
            None => {
                say(output, &format!("there is no command `{command}`\n\n{}", usage()));
                Exit::Usage
            }
        }
    }

    /// What a command found; `None` if this build has no such command.
    async fn run_command(&self, command: &str, arguments: &Arguments) -> Option<Findings> {
        // Without any command's feature nobody reads them.
        let _ = arguments;
        match command {
            #[cfg(feature = "xray")]
            "xray" => Some(xray::run(self, arguments).await),
            #[cfg(feature = "rollbar")]
            "rollbar-deploy" => Some(rollbar::run(self, arguments).await),
            _ => None,
        }
    }

    /// A variable of the environment; an empty one is an unset one.
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

type Findings = Result<Vec<Finding>, SetupError>;

/// Tells what was found, one line each, and gives the exit code.
fn report(found: Findings, dry_run: bool, output: &mut dyn Write) -> Exit {
    match found {
        Ok(findings) => {
            for finding in &findings {
                say(output, &finding.to_string());
            }
            let differs = findings.iter().any(|it| it.verdict != Verdict::AsWished);
            if dry_run && differs { Exit::Differs } else { Exit::Done }
        }
        Err(error) => {
            say(output, &error.to_string());
            if error.is_usage { Exit::Usage } else { Exit::Failed }
        }
    }
}

fn usage() -> String {
    let mut text = String::from("usage: setup COMMAND [--dry-run] [OPTION=VALUE …]\n\ncommands:\n");
    for (name, about) in COMMANDS {
        text.push_str(&format!("  {name:<15} {about}\n"));
    }
    text.push_str(
        "\noptions of xray:\n  --service NAME      what the rule matches and the group selects\n  \
         --group NAME        name of the group and of the rule\n  \
         --rule FILE         the rule, as `aws xray create-sampling-rule` takes it\n  \
         --daemon HOST:PORT  the daemon's TCP port, instead of AWS_XRAY_DAEMON_ADDRESS\n\n\
         options of rollbar-deploy:\n  --revision TEXT     instead of ROLLBAR_CODE_VERSION\n  \
         --environment TEXT  instead of ROLLBAR_ENVIRONMENT\n  \
         --username TEXT     who deployed\n  --comment TEXT      what it is\n\n\
         exit codes: 0 done, 1 failed, 2 wrong arguments, 3 differs (with --dry-run)",
    );
    text
}

/// Writes a line; a closed pipe is no reason to fail.
fn say(output: &mut dyn Write, line: &str) {
    let _ = writeln!(output, "{line}");
}
