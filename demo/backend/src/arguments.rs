//! What the command line says.

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Console, backend and page in one process.
    Demo(DemoOptions),
    /// Asks a running backend whether it is well: for containers.
    Healthcheck,
    /// Sets something up at a service, or says what is wrong (`doctor`).
    Setup(Vec<String>),
    Help,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DemoOptions {
    /// No requests to itself.
    pub(crate) quiet: bool,
    /// No page.
    pub(crate) no_frontend: bool,
    /// No console: telemetry goes only where the environment says. For containers, where the
    /// console is a service of its own.
    pub(crate) no_console: bool,
}

pub(crate) const HELP: &str = "\
Cruddur, a micro-blog that shows cruddur-trace at work

  cargo run -p demo [demo] [--quiet] [--no-frontend] [--no-console]
      starts the backend, its page and the local console, until Ctrl-C
      --quiet         sends no requests to itself
      --no-frontend   leaves the page out
      --no-console    leaves the console out
  cargo run -p demo healthcheck
      asks the backend at HOST and PORT whether it is well
  cargo run -p demo doctor
      checks every setting and every backend, and names the remedy of each fault
  cargo run -p demo setup honeycomb | xray | cloudwatch | rollbar-deploy [--dry-run]
      sets up what a service needs; `setup help` says more

Settings are environment variables; docs/demo.md lists them.";

/// The command in these arguments.
///
/// # Errors
/// A message for whoever typed them.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter().peekable();
    let command = arguments.next_if(|it| !it.starts_with('-'));
    let rest: Vec<String> = arguments.collect();
    let is_setup = matches!(command.as_deref(), Some("setup" | "doctor"));
    if rest.iter().any(|it| it == "--help" || it == "-h") && !is_setup {
        return Ok(Command::Help);
    }
    match command.as_deref() {
        None | Some("demo") => {
            let mut options = DemoOptions::default();
            for argument in rest {
                match argument.as_str() {
                    "--quiet" => options.quiet = true,
                    "--no-frontend" => options.no_frontend = true,
                    "--no-console" => options.no_console = true,
                    unknown => return Err(format!("`{unknown}` is not an option")),
                }
            }
            Ok(Command::Demo(options))
        }
        Some("healthcheck") if rest.is_empty() => Ok(Command::Healthcheck),
        Some("setup") => Ok(Command::Setup(rest)),
        Some("doctor") => Ok(Command::Setup([vec!["doctor".to_owned()], rest].concat())),
        Some("help") => Ok(Command::Help),
        Some(unknown) => Err(format!("`{unknown}` is not a command")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_options() {
        let check = |line: &str, expected: Result<Command, &str>| {
            let found = parse(line.split_whitespace().map(str::to_owned));
            assert_eq!(found, expected.map_err(str::to_owned), "{line}");
        };
        let demo = |quiet, no_frontend| {
            Ok(Command::Demo(DemoOptions { quiet, no_frontend, no_console: false }))
        };
        check("", demo(false, false));
        check("demo", demo(false, false));
        check("--quiet --no-frontend", demo(true, true));
        check("demo --no-frontend", demo(false, true));
        check("--loud", Err("`--loud` is not an option"));
        check("healthcheck", Ok(Command::Healthcheck));
        check("setup xray --dry-run", Ok(Command::Setup(vec!["xray".into(), "--dry-run".into()])));
        check("doctor", Ok(Command::Setup(vec!["doctor".into()])));
        check("--help", Ok(Command::Help));
        check("demo -h", Ok(Command::Help));
        check("serve", Err("`serve` is not a command"));
    }
}
