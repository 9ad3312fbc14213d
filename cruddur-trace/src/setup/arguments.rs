//! `COMMAND [--dry-run] [--option value | --option=value]…`

use std::collections::BTreeMap;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) command: Option<String>,
    pub(super) dry_run: bool,
    /// `COMMAND --help`.
    pub(super) wants_help: bool,
    options: BTreeMap<String, String>,
}

/// Options that some command takes, each with a value; `help` says which takes which.
const OPTIONS: &[&str] = &[
    "service",
    "group",
    "rule",
    "daemon",
    "revision",
    "environment",
    "username",
    "comment",
    "dataset",
    "retention-days",
    "tags",
];

impl Arguments {
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(option) = argument.strip_prefix("--") else {
                if parsed.command.is_some() {
                    return Err(format!("one command at a time: `{argument}` is too many"));
                }
                parsed.command = Some(argument.clone());
                continue;
            };
            if option == "dry-run" {
                parsed.dry_run = true;
                continue;
            }
            if option == "help" {
                parsed.wants_help = true;
                continue;
            }
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, None),
            };
            if !OPTIONS.contains(&name) {
                return Err(format!("there is no option `--{name}`"));
            }
            let value = value.or_else(|| rest.next().cloned());
            let value = value.ok_or_else(|| format!("`--{name}` needs a value"))?;
            if parsed.options.insert(name.to_owned(), value).is_some() {
                return Err(format!("`--{name}` is given twice"));
            }
        }
        if parsed.wants_help && parsed.command.is_none() {
            parsed.command = Some("help".to_owned());
        }
        Ok(parsed)
    }

    /// The options that were given.
    pub(super) fn given(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }

    /// The value of an option.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_in_any_order() {
        let parse = |text: &str| {
            Arguments::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        let parsed = parse("--group=Cruddur xray --dry-run --service backend").expect("valid");
        assert_eq!(parsed.command.as_deref(), Some("xray"));
        assert!(parsed.dry_run);
        assert_eq!(parsed.option("group"), Some("Cruddur"));
        assert_eq!(parsed.option("service"), Some("backend"));
        for bad in ["xray honeycomb", "xray --grup x", "xray --group", "--group a --group b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse("--help").expect("valid").command.as_deref(), Some("help"));
        let of_one = parse("xray --help").expect("valid");
        assert_eq!((of_one.command.as_deref(), of_one.wants_help), (Some("xray"), true));
    }
}
