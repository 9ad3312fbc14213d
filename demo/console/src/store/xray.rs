//! What the X-Ray stand-in holds: documents as they were sent, groups, and sampling rules.

mod groups;
mod rules;
mod segments;

use std::sync::Mutex;

pub(crate) use groups::{Group, Groups, Insights};
pub(crate) use rules::{RuleRecord, Rules, arn as rule_arn};
pub(crate) use segments::{Refused, Segments, StoredDocument, StoredTrace};

use super::lock;

/// All of X-Ray's data, behind one lock.
#[derive(Default)]
pub(crate) struct Xray {
    inner: Mutex<XrayData>,
}

/// The data, as a caller under the lock sees it.
#[derive(Default)]
pub(crate) struct XrayData {
    pub(crate) segments: Segments,
    pub(crate) groups: Groups,
    pub(crate) rules: Rules,
}

impl Xray {
    /// Lets a caller read or change the data; others wait meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut XrayData) -> T) -> T {
        work(&mut lock(&self.inner))
    }

    /// Forgets traces; groups and rules are settings, and stay.
    pub(crate) fn clear(&self) {
        self.with(|data| data.segments = Segments::default());
    }
}
