//! The machine and the process themselves.
//!
//! Deliberately not told: the command line and the owner of the process, which may hold secrets.

use super::ReadFile;
use crate::record::Attribute;

/// What the process knows of itself and of its host.
pub(crate) fn host_and_process(read_file: ReadFile<'_>) -> Vec<Attribute> {
    let mut found = vec![
        Attribute::new("process.pid", std::process::id()),
        Attribute::new("process.executable.name", program_name()),
        Attribute::new("process.runtime.name", "rustc"),
        Attribute::new("host.arch", architecture(std::env::consts::ARCH)),
        Attribute::new("os.type", system(std::env::consts::OS)),
    ];
    // Linux; elsewhere the name stays unknown, since asking needs a system call that the standard
    // library does not offer.
    found.extend(line(read_file, "/proc/sys/kernel/hostname", "host.name"));
    found
}

/// The file name of the running program.
pub(crate) fn program_name() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_name());
    name.map_or_else(|| "rust".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn line(read_file: ReadFile<'_>, path: &str, key: &'static str) -> Option<Attribute> {
    let text = read_file(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| Attribute::new(key, text.to_owned()))
}

/// The conventions' word for Rust's name of an architecture.
fn architecture(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The conventions' word for Rust's name of an operating system.
fn system(rust: &'static str) -> &'static str {
    match rust {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_conventions() {
        assert_eq!([architecture("x86_64"), architecture("aarch64")], ["amd64", "arm64"]);
        assert_eq!([system("macos"), system("linux")], ["darwin", "linux"]);
    }

    #[test]
    fn the_host_has_the_name_that_the_kernel_has() {
        let named = |file: &str| {
            let read = |_: &str| Ok(file.to_owned());
            let found = host_and_process(&read);
            found.iter().find(|it| it.key == "host.name").map(|it| it.value.to_string())
        };
        assert_eq!(named("web-1\n").as_deref(), Some("web-1"));
        assert_eq!(named("\n"), None);
    }
}
