//! What a command found and did, one line each.

use std::fmt;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// E.g. ``X-Ray group `Cruddur` ``.
    pub(super) what: String,
    pub(super) verdict: Verdict,
    /// What differs: a name, what is, what should be.
    pub(super) differences: Vec<(String, String, String)>,
}

/// What a command found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    /// What else helps, such as a link.
    pub(super) notes: Vec<String>,
}

impl From<Vec<Finding>> for Outcome {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, notes: Vec::new() }
    }
}

impl Finding {
    /// A finding without differences.
    #[cfg_attr(not(feature = "rollbar"), allow(dead_code, reason = "some commands need it"))]
    pub(super) fn new(what: impl Into<String>, verdict: Verdict) -> Self {
        Self { what: what.into(), verdict, differences: Vec::new() }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    AsWished,
    Created,
    Updated,
    /// Missing, and nothing was changed.
    WouldCreate,
    /// Different, and nothing was changed.
    WouldUpdate,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::AsWished => "is as it should be",
            Verdict::Created => "was created",
            Verdict::Updated => "was updated",
            Verdict::WouldCreate => "is missing and would be created",
            Verdict::WouldUpdate => "differs and would be updated",
        };
        write!(f, "{} {verdict}", self.what)?;
        for (name, is, should) in &self.differences {
            write!(f, "\n  {name}: {is} -> {should}")?;
        }
        Ok(())
    }
}

/// A command that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetupError {
    pub(super) what: String,
    /// Whether the arguments or settings are to blame.
    pub(super) is_usage: bool,
}

impl SetupError {
    pub(super) fn failed(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_usage: false }
    }

    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_usage: true }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for SetupError {}
