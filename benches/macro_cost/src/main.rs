//! What an attribute costs when compiling: check time per annotated function, bytes of a future, and
//! lines of expansion, beside `tracing::instrument` and `fastrace::trace`.
//!
//! A crate is generated for each under `target/macro-cost` and checked several times, the variants in
//! turn, and the processor time is taken, so that a busy machine changes little; the figure is the
//! median minus the plain crate's.

#[path = "../../src/machine.rs"]
#[expect(unreachable_pub, reason = "shared with the other benchmarks, where it is public")]
mod machine;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Functions in each generated crate.
const FUNCTIONS: usize = 600;
/// Timed checks of each.
const ROUNDS: usize = 3;
/// The budgets: bytes of a future, and milliseconds of checking (or what fastrace takes here).
const MAX_BYTES: f64 = 40.0;
const MAX_MS: f64 = 1.7;
/// Observed calls, one within the other, in the program whose future is measured.
const NESTED: usize = 3;

struct Variant {
    name: &'static str,
    attribute: &'static str,
    dependency: &'static str,
}

fn variants(root: &Path) -> [(Variant, String); 4] {
    let ours = format!("{{ path = {:?}, default-features = false }}", root.join("cruddur-trace"));
    let plain = |text: &str| text.to_owned();
    [
        (Variant { name: "plain", attribute: "", dependency: "" }, String::new()),
        (
            Variant {
                name: "observe",
                attribute: "#[cruddur_trace::observe]",
                dependency: "cruddur-trace",
            },
            ours,
        ),
        (
            Variant {
                name: "tracing::instrument(skip_all)",
                attribute: "#[tracing::instrument(skip_all)]",
                dependency: "tracing",
            },
            plain("\"0.1\""),
        ),
        (
            Variant {
                name: "fastrace::trace",
                attribute: "#[fastrace::trace]",
                dependency: "fastrace",
            },
            plain("{ version = \"0.7\", features = [\"enable\"] }"),
        ),
    ]
}

fn main() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").to_owned();
    let made: Vec<(Variant, PathBuf)> = variants(&root)
        .into_iter()
        .enumerate()
        .map(|(index, (variant, source))| {
            let folder = generate(&root, index, &variant, &source);
            (variant, folder)
        })
        .collect();

    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); made.len()];
    for round in 0..=ROUNDS {
        for ((_, folder), times) in made.iter().zip(&mut times) {
            let took = check(folder);
            // The first round builds what the crate depends on.
            if round > 0 {
                times.push(took);
            }
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();

    println!("{}\n", machine::describe());
    println!(
        "{FUNCTIONS} async functions that return a Result, {ROUNDS} rounds, median of the processor time \
         over the plain functions' ({:.2} ms a function); the future of {NESTED} nested calls with an \
         argument of 1 KiB:\n",
        medians[0] / FUNCTIONS as f64
    );
    println!(
        "| | check, ms a function | future, bytes | added a call | expansion, lines a function |"
    );
    println!("|---|---:|---:|---:|---:|");
    let plain_bytes = future_bytes(&made[0].1);
    let mut rows = Vec::new();
    for ((variant, folder), median) in made.iter().zip(&medians) {
        let added = (median - medians[0]) / FUNCTIONS as f64;
        let (bytes, lines) = (future_bytes(folder), expansion_lines(folder));
        let grown = (bytes - plain_bytes) / NESTED as f64;
        println!("| {} | {added:.2} | {bytes} | {grown:.0} | {lines:.1} |", variant.name);
        rows.push((added, grown));
    }
    let ((added, grown), (fastrace, _)) = (rows[1], rows[3]);
    assert!(grown <= MAX_BYTES, "an observed call adds {grown} bytes to a future");
    assert!(added <= fastrace.max(MAX_MS), "an observed function takes {added} ms to check");
}

/// A library of annotated functions, and a program that tells the size of a future.
fn generate(root: &Path, index: usize, variant: &Variant, source: &str) -> PathBuf {
    let folder = root.join("target/macro-cost").join(format!("variant{index}"));
    fs::create_dir_all(folder.join("src")).expect("a folder to write to");
    let mut manifest = format!(
        "[package]\nname = \"variant{index}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
    );
    if !variant.dependency.is_empty() {
        writeln!(manifest, "{} = {source}", variant.dependency).expect("text");
    }
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    // The versions of the workspace.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");

    let attribute = variant.attribute;
    let mut library = String::new();
    for n in 0..FUNCTIONS {
        writeln!(
            library,
            "{attribute}\npub async fn f{n}(a: u32, text: &str) -> Result<String, std::num::ParseIntError> {{\n    \
             let n: u32 = text.parse()?;\n    Ok((n + a).to_string())\n}}"
        )
        .expect("text");
    }
    fs::write(folder.join("src/lib.rs"), library).expect("a library");
    let program = format!(
        "{attribute}\nasync fn inner(a: [u8; 1024]) -> u8 {{ std::future::ready(()).await; a[3] }}\n\
         {attribute}\nasync fn middle(a: [u8; 1024]) -> u8 {{ inner(a).await }}\n\
         {attribute}\nasync fn outer(a: [u8; 1024]) -> u8 {{ middle(a).await }}\n\
         fn main() {{ println!(\"{{}}\", size_of_val(&outer([0; 1024]))); }}\n"
    );
    fs::write(folder.join("src/main.rs"), program).expect("a program");
    folder
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(folder).stderr(Stdio::null());
    command.env("CARGO_TARGET_DIR", folder.parent().expect("a parent").join("target"));
    command.env("CARGO_INCREMENTAL", "0");
    command
}

/// How much processor time checking the library takes, its dependencies being checked already.
fn check(folder: &Path) -> Duration {
    let library = folder.join("src/lib.rs");
    let source = fs::read(&library).expect("the library");
    fs::write(&library, source).expect("a newer library");
    let start = spent();
    let done = cargo(folder, &["check", "--quiet", "--lib"]).status().expect("cargo");
    assert!(done.success(), "{} does not compile", folder.display());
    spent().saturating_sub(start)
}

/// Processor time of the programs run so far: wall time where Linux doesn't tell it. A busy machine
/// changes it little.
fn spent() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the program's name, which may hold blanks: `cutime` and `cstime`, in ticks of 10 ms.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<u64> = fields.skip(13).take(2).filter_map(|text| text.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Duration::from_millis((user + system) * 10),
        _ => BEGAN.elapsed(),
    }
}

fn future_bytes(folder: &Path) -> f64 {
    let output = cargo(folder, &["run", "--quiet", "--bin", &name_of(folder)]).output();
    let printed = String::from_utf8_lossy(&output.expect("cargo").stdout).into_owned();
    printed.trim().parse().unwrap_or_else(|_| panic!("{} does not run", folder.display()))
}

/// Lines of the formatted expansion, by the compiler's own means.
fn expansion_lines(folder: &Path) -> f64 {
    let arguments = ["rustc", "--quiet", "--lib", "--profile", "test", "--", "-Zunpretty=expanded"];
    let output = cargo(folder, &arguments).env("RUSTC_BOOTSTRAP", "1").output().expect("cargo");
    output.stdout.split(|byte| *byte == b'\n').count() as f64 / FUNCTIONS as f64
}

fn name_of(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

/// In milliseconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}
