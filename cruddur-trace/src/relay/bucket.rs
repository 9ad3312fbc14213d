//! How often somebody may send: token buckets by session, by address and over all.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::bounded::Bounded;
use super::policy::{Rate, Rates};
use crate::record::UnixNanos;

/// Sessions and addresses that are remembered, each.
const MAX_BUCKETS: usize = 10_000;

struct Bucket {
    tokens: f64,
    at: UnixNanos,
}

/// All buckets of a relay. Reads no clock: `now` is given.
pub(crate) struct Buckets {
    rates: Rates,
    overall: Bucket,
    sessions: Bounded<Arc<str>, Bucket>,
    addresses: Bounded<Option<IpAddr>, Bucket>,
    records: Bounded<Holder, Bucket>,
}

/// Whose records are counted: the session's, or those of an address without one.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Holder {
    Session(Arc<str>),
    Address(Option<IpAddr>),
}

impl Buckets {
    pub(crate) fn new(rates: Rates, now: UnixNanos) -> Self {
        Self {
            overall: Bucket::full(rates.overall, now),
            rates,
            sessions: Bounded::new(MAX_BUCKETS),
            addresses: Bounded::new(MAX_BUCKETS),
            records: Bounded::new(MAX_BUCKETS),
        }
    }

    /// Takes one request out of each bucket, or says how long to wait. A request that one bucket
    /// refuses takes nothing out of the others, so that one flood doesn't use up what is everyone's.
    pub(crate) fn admit(
        &mut self,
        session: Option<&Arc<str>>,
        address: Option<IpAddr>,
        now: UnixNanos,
    ) -> Result<(), Duration> {
        let rates = self.rates;
        // Whoever has no session shares the address's smaller bucket.
        let rate = if session.is_some() { rates.address } else { rates.session.quarter() };
        let of_address = self.addresses.get_or_insert(&address, || Bucket::full(rate, now));
        of_address.refill(rate, now);
        of_address.check(rate, 1.0)?;
        if let Some(session) = session {
            let of_session =
                self.sessions.get_or_insert(session, || Bucket::full(rates.session, now));
            of_session.refill(rates.session, now);
            of_session.check(rates.session, 1.0)?;
            self.overall.refill(rates.overall, now);
            self.overall.check(rates.overall, 1.0)?;
            of_session.tokens -= 1.0;
        } else {
            self.overall.refill(rates.overall, now);
            self.overall.check(rates.overall, 1.0)?;
        }
        of_address.tokens -= 1.0;
        self.overall.tokens -= 1.0;
        Ok(())
    }

    /// Takes records out of the sender's bucket, all or none.
    pub(crate) fn admit_records(
        &mut self,
        session: Option<&Arc<str>>,
        address: Option<IpAddr>,
        count: usize,
        now: UnixNanos,
    ) -> Result<(), Duration> {
        let (holder, rate) = match session {
            Some(session) => (Holder::Session(Arc::clone(session)), self.rates.records),
            None => (Holder::Address(address), self.rates.records.quarter()),
        };
        let bucket = self.records.get_or_insert(&holder, || Bucket::full(rate, now));
        bucket.refill(rate, now);
        bucket.check(rate, count as f64)?;
        bucket.tokens -= count as f64;
        Ok(())
    }
}

impl Bucket {
    fn full(rate: Rate, now: UnixNanos) -> Self {
        Self { tokens: f64::from(rate.burst), at: now }
    }

    fn refill(&mut self, rate: Rate, now: UnixNanos) {
        let seconds = now.0.saturating_sub(self.at.0) as f64 / 1e9;
        self.tokens = (self.tokens + seconds * rate.per_second).min(f64::from(rate.burst));
        self.at = UnixNanos(self.at.0.max(now.0));
    }

    fn check(&self, rate: Rate, wanted: f64) -> Result<(), Duration> {
        if self.tokens >= wanted {
            return Ok(());
        }
        let seconds = (wanted - self.tokens) / rate.per_second.max(1e-3);
        Err(Duration::from_secs_f64(seconds.min(3_600.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn buckets() -> Buckets {
        let rates = Rates {
            session: Rate { burst: 4, per_second: 1.0 },
            address: Rate { burst: 8, per_second: 2.0 },
            overall: Rate { burst: 100, per_second: 10.0 },
            records: Rate { burst: 10, per_second: 1.0 },
        };
        Buckets::new(rates, UnixNanos(0))
    }

    fn count(buckets: &mut Buckets, session: Option<&str>, address: u8, now: UnixNanos) -> usize {
        let session = session.map(Arc::from);
        let address = Some(IpAddr::from([127, 0, 0, address]));
        (0..1_000).take_while(|_| buckets.admit(session.as_ref(), address, now).is_ok()).count()
    }

    #[test]
    fn a_session_has_its_burst_and_then_its_rate() {
        let mut buckets = buckets();
        assert_eq!(count(&mut buckets, Some("a"), 1, UnixNanos(0)), 4);
        assert_eq!(count(&mut buckets, Some("a"), 1, UnixNanos(2 * SECOND)), 2);
        assert_eq!(count(&mut buckets, Some("b"), 2, UnixNanos(2 * SECOND)), 4);
    }

    #[test]
    fn many_sessions_of_one_address_share_its_bucket() {
        let mut buckets = buckets();
        let sent: usize = (0..10)
            .map(|index| count(&mut buckets, Some(&format!("session {index}")), 1, UnixNanos(0)))
            .sum();
        assert_eq!(sent, 8);
    }

    #[test]
    fn visitors_without_a_session_get_a_quarter() {
        assert_eq!(count(&mut buckets(), None, 1, UnixNanos(0)), 1);
    }

    #[test]
    fn all_together_have_a_limit_and_memory_has_too() {
        let mut buckets = buckets();
        let sent: usize =
            (0..200).map(|index| count(&mut buckets, None, index, UnixNanos(0))).sum();
        assert_eq!(sent, 100);
        for index in 0..MAX_BUCKETS + 10 {
            let session = Arc::from(index.to_string());
            let _ = buckets.admit(Some(&session), None, UnixNanos(index as u64 * SECOND));
        }
        assert!(buckets.sessions.len() <= MAX_BUCKETS);
    }

    #[test]
    fn what_one_bucket_refuses_costs_the_others_nothing() {
        let mut buckets = buckets();
        count(&mut buckets, Some("a"), 1, UnixNanos(0));
        assert_eq!(buckets.overall.tokens, 96.0);
    }

    #[test]
    fn records_are_taken_all_or_none() {
        let mut buckets = buckets();
        let session = Arc::from("a");
        assert!(buckets.admit_records(Some(&session), None, 8, UnixNanos(0)).is_ok());
        let wait = buckets.admit_records(Some(&session), None, 8, UnixNanos(0));
        assert_eq!(wait, Err(Duration::from_secs(6)));
        assert!(buckets.admit_records(Some(&session), None, 2, UnixNanos(0)).is_ok());
    }
}
