//! Programs that some tests need and that not every machine has.
//!
//! `cargo xtask test` sets them up and says where they are; a plain `cargo test` does without, and
//! the tests that need them say that they were skipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Python with the packages of `tests/interop/requirements.txt`.
#[must_use]
pub fn python() -> Option<PathBuf> {
    from_environment("CRUDDUR_TEST_PYTHON")
        .or_else(|| existing(&workspace().join("target/venv/bin/python")))
}

/// Chromium.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    from_environment("CRUDDUR_TEST_CHROMIUM").or_else(|| existing(Path::new("/usr/bin/chromium")))
}

/// Node.js, with the packages of `tests/browser` installed.
#[must_use]
pub fn node() -> Option<PathBuf> {
    existing(&workspace().join("tests/browser/node_modules"))?;
    from_environment("CRUDDUR_TEST_NODE").or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find_map(|folder| existing(&folder.join("node")))
    })
}

/// Says that a test was skipped for want of a tool; `cargo xtask test` counts these lines.
///
/// # Panics
/// Where `CRUDDUR_TEST_NO_SKIPS` is set, as it is in CI: there a skipped test is a failed one.
pub fn skip(test: &str, tool: &str) {
    assert!(
        std::env::var_os("CRUDDUR_TEST_NO_SKIPS").is_none(),
        "{test} needs {tool}, and nothing may be skipped here"
    );
    // Not `eprintln`, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {tool} is missing");
}

/// The root of the repository.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn from_environment(variable: &str) -> Option<PathBuf> {
    existing(Path::new(&std::env::var_os(variable)?))
}

fn existing(path: &Path) -> Option<PathBuf> {
    path.exists().then(|| path.to_path_buf())
}
