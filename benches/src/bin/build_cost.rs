//! Row 7: dependencies and clean build time of cruddur-trace by feature, beside the usual stack.
//!
//! A crate that depends on nothing else is generated for each under `target/build-cost`. Packages are
//! counted by `cargo tree`; a debug build is made once, from nothing, and its folder removed. The time
//! is processor time of all that it ran, which a busy machine changes little, and the wall time here. A quick run only counts.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use benches::{machine, results, settings};

/// What the table calls it, its features (none: not built, only counted), and its dependencies.
struct Variant {
    name: &'static str,
    is_built: bool,
    dependencies: String,
}

fn ours(root: &Path, features: &str, is_default: bool) -> String {
    let path = root.join("cruddur-trace");
    format!(
        "cruddur-trace = {{ path = {path:?}, default-features = {is_default}, features = [{features}] }}\n"
    )
}

fn variants(root: &Path) -> Vec<Variant> {
    let ours = |name, is_built, features: &str, is_default| Variant {
        name,
        is_built,
        dependencies: ours(root, features, is_default),
    };
    let usual = "tracing = \"0.1\"\n\
                 tracing-subscriber = { version = \"0.3\", features = [\"env-filter\", \"json\"] }\n\
                 tracing-opentelemetry = \"0.34\"\n\
                 opentelemetry = \"0.33\"\n\
                 opentelemetry_sdk = { version = \"0.33\", features = [\"rt-tokio\"] }\n\
                 opentelemetry-otlp = { version = \"0.33\", features = [\"grpc-tonic\"] }\n\
                 axum-tracing-opentelemetry = \"0.42\"\n\
                 axum = \"0.8\"\n";
    vec![
        ours("cruddur-trace without features", true, "", false),
        ours("cruddur-trace, default features", true, "", true),
        ours("cruddur-trace, default and axum", true, "\"axum\"", true),
        ours(
            "cruddur-trace, default, axum, xray, rollbar",
            true,
            "\"axum\", \"xray\", \"rollbar\"",
            true,
        ),
        ours("cruddur-trace, default, axum, aws", false, "\"axum\", \"aws\"", true),
        ours("cruddur-trace, full", false, "\"full\"", true),
        Variant {
            name: "the usual stack: tracing-opentelemetry, opentelemetry-otlp, \
                   axum-tracing-opentelemetry, axum",
            is_built: true,
            dependencies: usual.to_owned(),
        },
    ]
}

fn main() {
    println!("{}", machine::describe());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
    let title = "Packages, and a clean debug build";
    println!("\n{title}\n\n| variant | packages | CPU, s | wall here, s |\n|---|---:|---:|---:|");
    for (index, variant) in variants(&root).iter().enumerate() {
        let folder = generate(&root, index, variant);
        let packages = packages(&folder);
        results::add("build_cost", title, variant.name, "packages", packages as f64, 0.0);
        let times = if variant.is_built && !settings::quick() {
            let (cpu, wall) = build(&folder);
            results::add("build_cost", title, variant.name, "CPU, s", cpu, 0.0);
            format!("{cpu:.0} | {wall:.0}")
        } else {
            "not built | ".to_owned()
        };
        println!("| {} | {packages} | {times} |", variant.name);
    }
}

fn generate(root: &Path, index: usize, variant: &Variant) -> PathBuf {
    let folder = root.join("target/build-cost").join(format!("variant{index}"));
    fs::create_dir_all(folder.join("src")).expect("a folder to write to");
    let mut manifest = format!(
        "[package]\nname = \"variant{index}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
    );
    write!(manifest, "{}", variant.dependencies).expect("text");
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/lib.rs"), "").expect("a library");
    // The versions of the workspace.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    folder
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(folder).stderr(Stdio::null());
    command.env("CARGO_TARGET_DIR", folder.join("target")).env("CARGO_INCREMENTAL", "0");
    command
}

/// Packages that are compiled for this machine, without the generated one.
fn packages(folder: &Path) -> usize {
    let arguments = ["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"];
    let output = cargo(folder, &arguments).output().expect("cargo");
    assert!(output.status.success(), "cargo tree in {}", folder.display());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut names: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len() - 1
}

/// Seconds of processor and wall time.
fn build(folder: &Path) -> (f64, f64) {
    let target = folder.join("target");
    let _ = fs::remove_dir_all(&target);
    let (began, before) = (Instant::now(), spent());
    let done = cargo(folder, &["build", "--quiet"]).status().expect("cargo");
    assert!(done.success(), "{} does not build", folder.display());
    let times = (spent() - before, began.elapsed().as_secs_f64());
    fs::remove_dir_all(&target).expect("the build's folder goes");
    times
}

/// Seconds of processor time of the programs run so far, as Linux tells it.
fn spent() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the program's name, which may hold blanks: `cutime` and `cstime`, in ticks of 10 ms.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(13).take(2).filter_map(|text| text.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
