//! The project's own commands.

mod bench;
mod screenshots;
mod step;
mod test;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <command>

  test            everything that CI runs: formatting, lints, docs, features, licences, tests
  test --fast     the same without what needs Python, Node.js or Chromium
  bench [ROW …]   the benchmarks: one table, every figure beside its peers
    --quick       with tiny counts, to show that all of them work
    --save        puts the last run of each row into docs/benchmarks.md and docs/scale.md
    --accept      takes the instruction counts of this run as those to compare with
  screenshots     the pictures of the documentation, from the demo in Chromium, into docs/images
  help            this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run(true),
        ["test", "--fast"] => test::run(false),
        ["bench", rows @ ..] => bench::run(rows),
        ["screenshots"] => screenshots::run(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        [] => {
            eprint!("{HELP}");
            ExitCode::from(2)
        }
        [unknown, ..] => {
            eprintln!("unknown command or option: {unknown}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}
