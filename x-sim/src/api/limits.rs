//! Rate limit windows: pure, in simulated time.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::XId;

pub(crate) const QUARTER: i64 = 15 * 60;
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// Who a window belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    App(XId),
    User { app: XId, user: XId },
}

/// One window that a request is counted in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charge {
    pub holder: Holder,
    pub bucket: &'static str,
    pub seconds: i64,
    pub limit: u64,
}

/// A window after the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub holder: Holder,
    pub seconds: i64,
    pub limit: u64,
    pub remaining: u64,
    pub reset: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    start: DateTime<Utc>,
    used: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Limits(HashMap<(Holder, &'static str, i64), Window>);

impl Limits {
    /// Counts the request in all of its windows, or in none when one is used up. Gives the windows
    /// and whether the request may pass.
    pub(crate) fn charge(&mut self, now: DateTime<Utc>, charges: &[Charge]) -> (Vec<State>, bool) {
        for charge in charges {
            let key = (charge.holder, charge.bucket, charge.seconds);
            let fresh = Window {
                start: now,
                used: 0,
            };
            let window = self.0.entry(key).or_insert(fresh);
            let over = now - window.start >= TimeDelta::seconds(charge.seconds);
            // A clock that was turned back must not leave a window without an end.
            if over || now < window.start {
                *window = fresh;
            }
        }
        let fits = |charge: &Charge| self.used(charge) < charge.limit;
        let passes = charges.iter().all(fits);
        if passes {
            for charge in charges {
                let key = (charge.holder, charge.bucket, charge.seconds);
                if let Some(window) = self.0.get_mut(&key) {
                    window.used += 1;
                }
            }
        }
        let states = charges.iter().map(|charge| self.state(charge, now));
        (states.collect(), passes)
    }

    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    fn used(&self, charge: &Charge) -> u64 {
        let key = (charge.holder, charge.bucket, charge.seconds);
        self.0.get(&key).map_or(0, |window| window.used)
    }

    fn state(&self, charge: &Charge, now: DateTime<Utc>) -> State {
        let key = (charge.holder, charge.bucket, charge.seconds);
        let start = self.0.get(&key).map_or(now, |window| window.start);
        State {
            holder: charge.holder,
            seconds: charge.seconds,
            limit: charge.limit,
            remaining: charge.limit.saturating_sub(self.used(charge)),
            reset: start + TimeDelta::seconds(charge.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_a_full_one_charges_no_other() {
        let mut limits = Limits::default();
        let now = Utc::now();
        let user = Holder::User {
            app: XId(1),
            user: XId(2),
        };
        let charge = |seconds, limit| Charge {
            holder: user,
            bucket: "x",
            seconds,
            limit,
        };
        let both = [charge(QUARTER, 2), charge(DAY, 3)];
        assert!(limits.charge(now, &both).1);
        let (states, passed) = limits.charge(now, &both);
        assert!(passed);
        assert_eq!((states[0].remaining, states[1].remaining), (0, 1));
        let (states, passed) = limits.charge(now, &both);
        assert!(!passed);
        assert_eq!(states[1].remaining, 1, "a refused request is not counted");
        assert_eq!(states[0].reset, now + TimeDelta::seconds(QUARTER));
        let later = now + TimeDelta::seconds(QUARTER);
        assert!(limits.charge(later, &both).1);
        assert!(!limits.charge(later, &both).1, "the day is used up");
        assert!(limits.charge(now + TimeDelta::seconds(DAY), &both).1);
        assert!(
            limits.charge(now, &both).1,
            "a clock turned back opens new windows"
        );
    }
}
