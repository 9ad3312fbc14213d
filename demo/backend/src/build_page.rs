//! Builds the page when it is missing or stale, if Node and npm are there.
//!
//! Only in a checkout: an installed binary has `CRUDDUR_FRONTEND_DIR`, or no page.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use tokio::process::Command;

/// The page's sources, as they were when this was compiled.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/frontend");

/// What of the sources the build reads.
const INPUTS: &[&str] = &[
    "index.html",
    "package.json",
    "package-lock.json",
    "public",
    "src",
    "tsconfig.json",
    "vite.config.ts",
];

/// The least major version of Node that the build runs on.
const NODE_MAJOR: u32 = 20;

/// Where the built page is, or will be.
pub(crate) fn directory() -> PathBuf {
    Path::new(SOURCES).join("dist")
}

/// Builds the page if it must be; or one line that says why there is none.
pub(crate) async fn ensure(say: impl Fn(&str)) -> Result<(), String> {
    ensure_at(Path::new(SOURCES), None, say).await
}

/// `path`: where Node and npm are looked for, in place of this process's `PATH`.
async fn ensure_at(sources: &Path, path: Option<&Path>, say: impl Fn(&str)) -> Result<(), String> {
    let built = sources.join("dist");
    let newest = newest_change(sources, INPUTS);
    if newest.is_none() {
        return Err(format!("no page: its sources are not at {} any more", sources.display()));
    }
    let is_current = modified(&built.join("index.html")) >= newest;
    if is_current {
        return Ok(());
    }
    let stale = if built.join("index.html").exists() { "stale" } else { "missing" };
    match build(sources, path, &say, stale).await {
        Ok(()) => {
            say("the page is built");
            Ok(())
        }
        // An old page is better than none.
        Err(reason) if stale == "stale" => {
            say(&format!("the page could not be built anew ({reason}); the old one is served"));
            Ok(())
        }
        Err(reason) => Err(format!("no page: {reason}")),
    }
}

async fn build(
    sources: &Path,
    path: Option<&Path>,
    say: &impl Fn(&str),
    why: &str,
) -> Result<(), String> {
    let node = version("node", path)
        .await
        .ok_or("Node is missing; install Node 20.19 or later, and npm")?;
    if node < NODE_MAJOR {
        return Err(format!("Node {node} is too old; install Node 20.19 or later"));
    }
    version("npm", path).await.ok_or("npm is missing; install it beside Node")?;
    let lock = modified(&sources.join("package-lock.json"));
    let installed = modified(&sources.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < lock {
        say(&format!("the page is {why}: npm ci (once, some 10 s) …"));
        npm(sources, &["ci", "--no-audit", "--no-fund"]).await?;
    }
    say(&format!("the page is {why}: npm run build …"));
    npm(sources, &["run", "build"]).await
}

async fn npm(sources: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(sources)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("npm could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n  ");
    Err(format!("`npm {}` failed:\n  {last}", arguments.join(" ")))
}

/// The major version of a tool that is there.
async fn version(tool: &str, path: Option<&Path>) -> Option<u32> {
    let mut command = Command::new(tool);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.arg("--version").stdin(Stdio::null()).output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn newest_change(directory: &Path, names: &[&str]) -> Option<SystemTime> {
    names.iter().filter_map(|name| newest(&directory.join(name))).max()
}

fn newest(path: &Path) -> Option<SystemTime> {
    let Ok(entries) = std::fs::read_dir(path) else { return modified(path) };
    let of_entries = entries.flatten().filter_map(|entry| newest(&entry.path())).max();
    of_entries.max(modified(path))
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|it| it.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, gone with its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("cruddur-page-{}", uuid::Uuid::new_v4());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).expect("a directory");
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_missing_is_said_in_one_line() {
        use std::os::unix::fs::PermissionsExt as _;
        let (sources, tools) = (Folder::new(), Folder::new());
        std::fs::write(sources.0.join("index.html"), "x").expect("a file");
        let ensure = async || ensure_at(&sources.0, Some(&tools.0), |_| ()).await;
        let tool = |name: &str, version: &str| {
            let file = tools.0.join(name);
            std::fs::write(&file, format!("#!/bin/sh\necho {version}\n")).expect("a file");
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&file, executable).expect("permissions");
        };
        let check = async |expected: &str| {
            assert_eq!(ensure().await, Err(format!("no page: {expected}")));
        };
        check("Node is missing; install Node 20.19 or later, and npm").await;
        tool("node", "v18.20.0");
        check("Node 18 is too old; install Node 20.19 or later").await;
        tool("node", "v22.1.0");
        check("npm is missing; install it beside Node").await;
        // An old page is better than none.
        std::fs::create_dir(sources.0.join("dist")).expect("a directory");
        let page = sources.0.join("dist/index.html");
        std::fs::write(&page, "old").expect("a file");
        let file = std::fs::File::options().write(true).open(page).expect("the file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        assert_eq!(ensure().await, Ok(()));
    }

    #[test]
    fn a_change_anywhere_in_the_sources_counts() {
        let directory = std::env::temp_dir().join(format!("cruddur-page-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(directory.join("src/ui")).expect("a directory");
        let file = directory.join("src/ui/app.ts");
        std::fs::write(&file, "x").expect("a file");
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        let opened = std::fs::File::options().write(true).open(&file).expect("the file");
        opened.set_modified(later).expect("a time");
        assert_eq!(newest_change(&directory, &["src", "missing"]), modified(&file));
        assert_eq!(newest_change(&directory, &["missing"]), None);
        std::fs::remove_dir_all(&directory).expect("the directory");
    }
}
