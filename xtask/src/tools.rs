//! Programs that some steps need: found, or set up where that is allowed.
//!
//! Python packages go to `target/venv` and npm packages beside their lock files. System packages and
//! cargo programs are only installed under `CI=true`; elsewhere the step says what to install.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// `program` with its folder set to the root.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Whether a program answers.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let silent = command(program, arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    silent.is_ok_and(|status| status.success())
}

pub(crate) fn may_install() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

fn succeeds(mut command: Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// Python with the packages that the tests need.
pub(crate) fn python() -> Result<PathBuf, String> {
    let folder = root().join("target/venv");
    let python = folder.join("bin/python");
    let requirements = root().join("tests/interop/requirements.txt");
    let stamp = folder.join("requirements.txt");
    let wanted = std::fs::read(&requirements).map_err(|error| error.to_string())?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) && python.exists() {
        return Ok(python);
    }
    let venv = command("python3", &["-m", "venv", "--clear", &folder.to_string_lossy()]);
    if !succeeds(venv) {
        return Err("python3 with venv is missing (Debian: apt install python3-venv)".into());
    }
    let mut pip = command(&python, &["-m", "pip", "install", "--quiet"]);
    pip.arg("--disable-pip-version-check").arg("--requirement").arg(&requirements);
    if !succeeds(pip) {
        return Err("pip could not install tests/interop/requirements.txt".into());
    }
    std::fs::copy(&requirements, &stamp).map_err(|error| error.to_string())?;
    Ok(python)
}

/// Chromium; installed from Debian's packages where that is allowed.
pub(crate) fn chromium() -> Result<PathBuf, String> {
    let path = PathBuf::from("/usr/bin/chromium");
    if !path.exists() && may_install() {
        let updated = succeeds(command("apt-get", &["update", "-qq"]));
        let arguments = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
        if !(updated && succeeds(command("apt-get", &arguments))) {
            return Err("apt-get could not install chromium".into());
        }
    }
    if path.exists() { Ok(path) } else { Err("chromium is missing (apt install chromium)".into()) }
}

/// npm packages of a folder with a lock file.
pub(crate) fn npm_packages(folder: &str) -> Result<(), String> {
    let folder = root().join(folder);
    if !answers("npm", &["--version"]) {
        return Err("Node.js with npm is missing".into());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    if succeeds(install) { Ok(()) } else { Err(format!("npm ci failed in {}", folder.display())) }
}

/// cargo-deny; built where that is allowed.
pub(crate) fn cargo_deny() -> Result<(), String> {
    if answers("cargo", &["deny", "--version"]) {
        return Ok(());
    }
    let advice = "cargo-deny is missing (cargo install cargo-deny --locked)";
    if !may_install() {
        return Err(advice.into());
    }
    let installed = succeeds(cargo(&["install", "--quiet", "--debug", "--locked", "cargo-deny"]));
    if installed { Ok(()) } else { Err(advice.into()) }
}
