//! Which callsites make spans: by level, at compile time and at run time.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::record::{Callsite, Level};

static MAX_LEVEL: AtomicU8 = AtomicU8::new(Level::Trace as u8);

/// Spans of callsites with more detail than `level` are not made. The default is everything.
pub fn set_max_level(level: Level) {
    MAX_LEVEL.store(level as u8, Ordering::Relaxed);
}

/// The most detail that is compiled in, by the features `max-level-*`: the compiler drops the rest.
const COMPILED_LEVEL: Level = if cfg!(feature = "max-level-error") {
    Level::Error
} else if cfg!(feature = "max-level-warn") {
    Level::Warn
} else if cfg!(feature = "max-level-info") {
    Level::Info
} else if cfg!(feature = "max-level-debug") {
    Level::Debug
} else {
    Level::Trace
};

/// Levels of single targets. Rarely changed, and only read while [`HAS_TARGETS`] says so.
static TARGETS: RwLock<Vec<(String, Level)>> = RwLock::new(Vec::new());
static HAS_TARGETS: AtomicBool = AtomicBool::new(false);

/// The same for callsites whose target is `target` or below it (`app` covers `app::db`), in place of
/// the general level. The longest target that fits counts.
pub fn set_target_level(target: impl Into<String>, level: Level) {
    let target = target.into();
    let mut targets = TARGETS.write().unwrap_or_else(PoisonError::into_inner);
    match targets.iter_mut().find(|(known, _)| *known == target) {
        Some((_, known)) => *known = level,
        None => targets.push((target, level)),
    }
    HAS_TARGETS.store(true, Ordering::Release);
}

#[inline]
pub(crate) fn is_enabled(callsite: &Callsite) -> bool {
    let level = callsite.level;
    if level as u8 > COMPILED_LEVEL as u8 {
        return false;
    }
    let general = MAX_LEVEL.load(Ordering::Relaxed);
    if HAS_TARGETS.load(Ordering::Relaxed) {
        return level as u8 <= level_of(callsite.target).map_or(general, |level| level as u8);
    }
    level as u8 <= general
}

#[cold]
fn level_of(target: &str) -> Option<Level> {
    let targets = TARGETS.read().unwrap_or_else(PoisonError::into_inner);
    let fitting = targets.iter().filter(|(known, _)| is_below(target, known));
    fitting.max_by_key(|(known, _)| known.len()).map(|(_, level)| *level)
}

fn is_below(target: &str, above: &str) -> bool {
    target.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_covers_what_is_below_it() {
        let check = |target: &str, above: &str, expected: bool| {
            assert_eq!(is_below(target, above), expected, "{target} below {above}");
        };
        check("app", "app", true);
        check("app::db", "app", true);
        check("application", "app", false);
        check("app", "app::db", false);
    }

    #[test]
    fn the_longest_target_counts() {
        let callsite = |target, level| Callsite::new("f", "f", target, "f.rs", 1).with_level(level);
        set_target_level("filter_test", Level::Error);
        set_target_level("filter_test::loud", Level::Trace);
        assert!(!is_enabled(&callsite("filter_test::quiet", Level::Info)));
        assert!(is_enabled(&callsite("filter_test::quiet", Level::Error)));
        assert!(is_enabled(&callsite("filter_test::loud::er", Level::Trace)));
        assert!(is_enabled(&callsite("elsewhere", Level::Info)));
    }
}
