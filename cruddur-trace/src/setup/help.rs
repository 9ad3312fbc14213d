//! What the commands say of themselves.

use super::arguments::Arguments;

/// One command: its name, its purpose in a line, its options, and what else there is to know.
struct Command {
    name: &'static str,
    about: &'static str,
    options: &'static [(&'static str, &'static str, &'static str)],
    more: &'static str,
}

/// In the order in which help shows them.
const COMMANDS: &[Command] = &[
    Command {
        name: "doctor",
        about: "checks every setting and every backend, and names the remedy of each fault",
        options: &[],
        more: "\
Reads all settings as the program would, then asks each backend that they switch on: is it there,
does it take the key, what may the key do, is the clock right. Sends one marked probe through each
(a span, a log line, an error report at level debug named \"cruddur-trace doctor\") and reads it back
where the service allows. Makes and changes nothing else.

Prints one line per check; a line that begins with -> is the remedy of the one above. Exits with 1
if there is a fault; warnings alone are no fault.",
    },
    Command {
        name: "honeycomb",
        about: "the dataset, its columns, and the query \"Average latency by userId\"",
        options: &[(
            "dataset",
            "NAME,…",
            "the datasets, instead of OTEL_SERVICE_NAME's and the page's",
        )],
        more: "\
Needs HONEYCOMB_CONFIG_KEY: a configuration key (hc?lk_… or 22 letters and digits) that may Create
Datasets and Manage Queries and Columns. The key that the program sends events with
(HONEYCOMB_API_KEY, an ingest key) can't do this. In the EU set
HONEYCOMB_API_ENDPOINT=https://api.eu1.honeycomb.io.

Prints a link that runs the query.",
    },
    Command {
        name: "xray",
        about: "the X-Ray group and the sampling rule: by the daemon's TCP port or the API",
        options: &[
            ("service", "NAME", "what the rule matches and the group selects"),
            ("group", "NAME", "name of the group and of the rule"),
            ("rule", "FILE", "the rule, as `aws xray create-sampling-rule` takes it"),
            ("daemon", "HOST:PORT", "the daemon's TCP port, instead of AWS_XRAY_DAEMON_ADDRESS"),
        ],
        more: "Without a daemon it needs AWS credentials; aws/json/policy.json lists the actions.",
    },
    Command {
        name: "cloudwatch",
        about: "the CloudWatch log group, its retention and its tags",
        options: &[
            ("group", "NAME", "instead of AWS_CLOUDWATCH_LOG_GROUP"),
            ("retention-days", "N", "instead of AWS_CLOUDWATCH_LOG_RETENTION_DAYS"),
            ("tags", "KEY=VALUE,…", "instead of AWS_CLOUDWATCH_LOG_TAGS; other tags are left alone"),
        ],
        more: "\
Needs AWS credentials that may DescribeLogGroups, CreateLogGroup, PutRetentionPolicy, TagResource
and ListTagsForResource. Without a retention that of the group is left as it is: for ever, if new.",
    },
    Command {
        name: "rollbar-deploy",
        about: "tell Rollbar that a revision was deployed",
        options: &[
            ("revision", "TEXT", "instead of ROLLBAR_CODE_VERSION"),
            ("environment", "TEXT", "instead of ROLLBAR_ENVIRONMENT"),
            ("username", "TEXT", "who deployed"),
            ("comment", "TEXT", "what it is"),
        ],
        more: "Needs ROLLBAR_ACCESS_TOKEN with the scope post_server_item.",
    },
];

const EXITS: &str = "exit codes: 0 done, 1 failed, 2 wrong arguments, 3 differs (with --dry-run)";

/// All commands.
pub(super) fn overview() -> String {
    let mut text =
        String::from("usage: setup COMMAND [--dry-run] [--OPTION VALUE …]\n\ncommands:\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<15} {}\n", command.name, command.about));
    }
    text.push_str(
        "\nEach command reads what is there and changes only what differs; run twice, it does\n\
         nothing the second time. With --dry-run it shows the difference and changes nothing.\n\
         Settings are environment variables, as for the program itself.\n\
         `setup COMMAND --help` says more.\n\n",
    );
    text + EXITS
}

/// One command; `None` if there is none of that name.
pub(super) fn of(name: &str) -> Option<String> {
    let command = COMMANDS.iter().find(|it| it.name == name)?;
    let mut text = format!("setup {name}: {}\n\n{}\n", command.about, command.more);
    if name != "doctor" {
        text.push_str(&format!(
            "\noptions:\n  {:<24} change nothing; say what differs\n",
            "--dry-run"
        ));
    }
    for (option, value, about) in command.options {
        text.push_str(&format!("  {:<24} {about}\n", format!("--{option} {value}")));
    }
    Some(text + "\n" + EXITS)
}

/// An option that was given and that this command does not take.
pub(super) fn wrong_option<'a>(name: &str, arguments: &'a Arguments) -> Option<&'a str> {
    let command = COMMANDS.iter().find(|it| it.name == name)?;
    let takes = |option: &str| command.options.iter().any(|it| it.0 == option);
    arguments.given().find(|option| !takes(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_explains_itself_within_a_terminal_s_width() {
        for text in COMMANDS.iter().filter_map(|it| of(it.name)).chain([overview()]) {
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{line}");
            }
        }
        assert_eq!(of("nothing"), None);
    }

    #[test]
    fn an_option_of_another_command_is_wrong() {
        let given = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            Arguments::parse(&words).expect("valid")
        };
        let check = |line: &str, wrong: Option<&str>| {
            let arguments = given(line);
            let command = arguments.command.clone().unwrap_or_default();
            assert_eq!(wrong_option(&command, &arguments), wrong, "{line}");
        };
        check("xray --group a", None);
        check("xray --dataset a", Some("dataset"));
        check("doctor --group a", Some("group"));
    }
}
