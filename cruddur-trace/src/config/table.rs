//! The table of all environment variables: the one place that names them.

mod aws;
mod otel;
mod otlp;
mod ours;

/// Whether a variable does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// It does.
    Yes,
    /// It does not, and this is why.
    No(&'static str),
    /// The platform sets it, and it is read to find out where the process runs.
    Platform,
    /// A library underneath reads it, so its own documentation counts.
    Library(&'static str),
}

/// One environment variable.
#[derive(Debug)]
#[non_exhaustive]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value that holds if nobody sets it; empty: none.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Whether it does anything.
    pub support: Support,
    /// Whether its value must not be shown; then `<NAME>_FILE` is read, too.
    pub secret: bool,
}

impl Variable {
    const fn new(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { name, default, meaning, support: Support::Yes, secret: false }
    }

    const fn secret(name: &'static str, meaning: &'static str) -> Self {
        Self { name, default: "", meaning, support: Support::Yes, secret: true }
    }

    const fn unsupported(name: &'static str, why: &'static str) -> Self {
        Self { name, default: "", meaning: "", support: Support::No(why), secret: false }
    }

    const fn platform(name: &'static str, meaning: &'static str) -> Self {
        Self { name, default: "", meaning, support: Support::Platform, secret: false }
    }

    const fn library(name: &'static str, library: &'static str, meaning: &'static str) -> Self {
        Self { name, default: "", meaning, support: Support::Library(library), secret: false }
    }

    const fn library_secret(
        name: &'static str,
        library: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, default: "", meaning, support: Support::Library(library), secret: true }
    }
}

/// The sections of the table, in the order of the documentation.
pub(super) const SECTIONS: [(&str, &[Variable]); 10] = [
    ("What is on, and who it is", otel::GENERAL),
    ("Sampling and propagation", otel::CONTEXT),
    ("Queues and batches", otel::BATCHES),
    ("Limits", otel::LIMITS),
    ("OTLP", otlp::OTLP),
    ("Honeycomb", ours::HONEYCOMB),
    ("AWS: X-Ray and CloudWatch Logs", aws::AWS),
    ("Rollbar and Sentry", ours::REPORTS),
    ("The HTTP layer", ours::HTTP),
    ("Filters, diagnostics and the rest", ours::REST),
];

/// Every variable, in the order of the documentation.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    SECTIONS.into_iter().flat_map(|(_, rows)| rows)
}

pub(super) fn find(name: &str) -> Option<&'static Variable> {
    variables().find(|variable| variable.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_every_row_says_something() {
        let mut names = std::collections::BTreeSet::new();
        for row in variables() {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            let says = match row.support {
                Support::Yes | Support::Platform | Support::Library(_) => row.meaning,
                Support::No(why) => why,
            };
            assert!(!says.is_empty(), "{} says nothing", row.name);
        }
    }
}
