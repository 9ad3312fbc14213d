//! How the receiver is told to answer the next requests, to see what a client makes of it.

use std::collections::VecDeque;

use serde::Deserialize;

/// Demands that wait at the same time.
const MAX_DEMANDS: usize = 100;

/// How the next requests are answered.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Demand {
    /// 200 to 599.
    pub(crate) status: u16,
    /// In place of Rollbar's answer.
    pub(crate) body: Option<String>,
    /// Until the rate limit ends.
    pub(crate) seconds: Option<u64>,
    /// How many requests; 1 unless given.
    #[serde(default = "one")]
    pub(crate) count: u32,
}

fn one() -> u32 {
    1
}

/// The demands that are not yet met, in their order.
#[derive(Default)]
pub(super) struct Demands(VecDeque<Demand>);

impl Demands {
    pub(super) fn push(&mut self, demand: Demand) -> Result<(), &'static str> {
        if !(200..600).contains(&demand.status) {
            return Err("status is a number from 200 to 599");
        }
        if self.0.len() == MAX_DEMANDS {
            return Err("too many demands wait; send items first, or clear the console");
        }
        if demand.count > 0 {
            self.0.push_back(demand);
        }
        Ok(())
    }

    /// For one request.
    pub(super) fn next(&mut self) -> Option<Demand> {
        let demand = self.0.front_mut()?;
        demand.count -= 1;
        match demand.count {
            0 => self.0.pop_front(),
            _ => Some(demand.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(status: u16, count: u32) -> Demand {
        Demand { status, body: None, seconds: None, count }
    }

    #[test]
    fn a_demand_is_for_as_many_requests_as_it_says() {
        let mut demands = Demands::default();
        for (status, count) in [(429, 2), (500, 0), (503, 1)] {
            demands.push(demand(status, count)).expect("room");
        }
        let answers = (0..4).map(|_| demands.next().map(|it| it.status));
        assert_eq!(answers.collect::<Vec<_>>(), [Some(429), Some(429), Some(503), None]);
    }

    #[test]
    fn what_can_not_be_answered_is_refused_and_so_is_too_much() {
        let mut demands = Demands::default();
        for status in [0, 101, 600] {
            demands.push(demand(status, 1)).expect_err("no final answer has this status");
        }
        for _ in 0..MAX_DEMANDS {
            demands.push(demand(500, u32::MAX)).expect("room");
        }
        demands.push(demand(500, 1)).expect_err("full");
    }
}
