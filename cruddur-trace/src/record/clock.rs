//! The one place that reads a clock.
//!
//! A stamp is a raw reading of the processor's counter (about 10 ns where [`std::time::Instant`]
//! takes 21); the exporter turns stamps into wall-clock time, against an anchor that it renews, so
//! that a clock set right by NTP is followed within seconds and no reading on the request path
//! does any arithmetic.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall-clock time: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixNanos(pub u64);

/// A raw reading of the monotonic clock; compare and convert, nothing else. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) u64);

static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();
static ANCHOR: Mutex<Option<Anchor>> = Mutex::new(None);

/// A moment on both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Anchor {
    wall: UnixNanos,
    stamp: Stamp,
}

/// Makes the clock ready, which takes about a millisecond; else the first reading does.
pub(crate) fn calibrate() {
    CLOCK.get_or_init(quanta::Clock::new);
}

/// Replaces the clock of this process by one that stands still, where none has been read yet:
/// for instruction counts, since reading the time is emulated there. Says whether it did.
pub(crate) fn freeze() -> bool {
    let (clock, mock) = quanta::Clock::mock();
    mock.increment(1_000_000_u64);
    CLOCK.set(clock).is_ok()
}

#[inline]
pub(crate) fn stamp() -> Stamp {
    match CLOCK.get() {
        Some(clock) => Stamp(clock.raw() | 1),
        None => first_stamp(),
    }
}

#[cold]
fn first_stamp() -> Stamp {
    calibrate();
    stamp()
}

/// How many ticks of the clock are so many nanoseconds, at most.
pub(crate) fn ticks(nanos: u64) -> u64 {
    static TICKS_PER_SECOND: OnceLock<u64> = OnceLock::new();
    let per_second = *TICKS_PER_SECOND.get_or_init(|| {
        calibrate();
        // The clock converts one way only: halve the distance until it is about a second.
        let mut ticks = 1_u64 << 48;
        let nanos = delta_nanos(Stamp(0), Stamp(ticks)).max(1);
        ticks = (u128::from(ticks) * 1_000_000_000 / u128::from(nanos)) as u64;
        ticks.max(1)
    });
    (u128::from(per_second) * u128::from(nanos) / 1_000_000_000) as u64
}

/// Seconds since 1970, at most a quarter of a second old: without a system call or its like.
pub(crate) fn coarse_seconds(now_stamp: Stamp) -> u32 {
    static SECONDS: AtomicU32 = AtomicU32::new(0);
    static VALID_UNTIL: AtomicU64 = AtomicU64::new(0);
    if now_stamp.0 < VALID_UNTIL.load(Ordering::Acquire) {
        return SECONDS.load(Ordering::Relaxed);
    }
    let seconds = (now().0 / 1_000_000_000) as u32;
    SECONDS.store(seconds, Ordering::Relaxed);
    VALID_UNTIL.store(now_stamp.0 + ticks(250_000_000), Ordering::Release);
    seconds
}

/// The wall-clock time now.
pub(crate) fn now() -> UnixNanos {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}

impl Anchor {
    /// Both clocks, read together.
    pub(crate) fn read() -> Self {
        Self { wall: now(), stamp: stamp() }
    }

    /// The anchor that conversions off the exporter's path share, renewed every second.
    pub(crate) fn current() -> Self {
        let mut anchor = ANCHOR.lock().unwrap_or_else(PoisonError::into_inner);
        match *anchor {
            Some(known) if known.nanos_until(stamp()) < 1_000_000_000 => known,
            _ => *anchor.insert(Self::read()),
        }
    }

    fn nanos_until(self, stamp: Stamp) -> u64 {
        delta_nanos(self.stamp, stamp)
    }

    /// The wall-clock time of a stamp, before or after the anchor.
    pub(crate) fn wall(self, stamp: Stamp) -> UnixNanos {
        if stamp >= self.stamp {
            UnixNanos(self.wall.0.saturating_add(delta_nanos(self.stamp, stamp)))
        } else {
            UnixNanos(self.wall.0.saturating_sub(delta_nanos(stamp, self.stamp)))
        }
    }
}

/// Nanoseconds between two stamps; 0 where they are the wrong way round.
pub(crate) fn delta_nanos(from: Stamp, to: Stamp) -> u64 {
    CLOCK.get().map_or(0, |clock| clock.delta_as_nanos(from.0, to.0))
}

/// The stamp of `nanos` before another.
#[cfg(feature = "tracing")]
pub(crate) fn stamp_before(stamp: Stamp, nanos: u64) -> Stamp {
    // The counter's pace, over a length that makes rounding negligible.
    const TICKS: u64 = 1 << 32;
    let pace = delta_nanos(Stamp(1), Stamp(1 + TICKS)).max(1);
    let ticks = u128::from(nanos) * u128::from(TICKS) / u128::from(pace);
    Stamp(stamp.0.saturating_sub(u64::try_from(ticks).unwrap_or(u64::MAX)) | 1)
}

/// RFC 3339 in UTC with microseconds: `2026-11-22T16:00:00.000000Z`.
impl fmt::Display for UnixNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000_000_000;
        let micros = self.0 % 1_000_000_000 / 1_000;
        let (year, month, day) = civil_date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar.
fn civil_date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shown_as_rfc_3339() {
        let check = |seconds: u64, expected: &str| {
            assert_eq!(UnixNanos(seconds * 1_000_000_000 + 123_456_789).to_string(), expected);
        };
        check(0, "1970-01-01T00:00:00.123456Z");
        check(951_782_400, "2000-02-29T00:00:00.123456Z");
        check(1_795_363_200, "2026-11-22T16:00:00.123456Z");
        check(4_107_542_399, "2100-02-28T23:59:59.123456Z");
        check(4_107_542_400, "2100-03-01T00:00:00.123456Z");
    }

    #[test]
    fn a_stamp_converts_before_and_after_the_anchor() {
        let before = stamp();
        let anchor = Anchor::read();
        let after = stamp();
        assert!(anchor.wall(before) <= anchor.wall);
        assert!(anchor.wall(after) >= anchor.wall);
    }
}
