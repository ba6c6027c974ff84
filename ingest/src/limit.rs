//! What one organisation may use of the listener, so that none can starve another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Challenges that may come at once; X sends one an hour.
const CRC_BURST: u32 = 20;
/// One more challenge each.
const CRC_EVERY: Duration = Duration::from_millis(100);

/// The shares of all organisations: only configured ones get here, so they are few.
pub struct Shares {
    all: Arc<Semaphore>,
    bodies_per_org: usize,
    by_org: Mutex<HashMap<String, Arc<Share>>>,
}

struct Share {
    bodies: Arc<Semaphore>,
    crc: Mutex<Bucket>,
}

/// The right to hold one body in memory.
pub struct BodyPermit {
    _all: OwnedSemaphorePermit,
    _org: OwnedSemaphorePermit,
}

impl Shares {
    pub fn new(bodies: usize, bodies_per_org: usize) -> Self {
        let all = Arc::new(Semaphore::new(bodies));
        Self {
            all,
            bodies_per_org,
            by_org: Mutex::default(),
        }
    }

    fn of(&self, org: &str) -> Arc<Share> {
        let mut by_org = self.by_org.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = by_org.get(org) {
            return share.clone();
        }
        let share = Arc::new(Share {
            bodies: Arc::new(Semaphore::new(self.bodies_per_org)),
            crc: Mutex::new(Bucket {
                left: CRC_BURST,
                filled: Instant::now(),
            }),
        });
        by_org.insert(org.to_owned(), share.clone());
        share
    }

    /// `None` when the organisation, or everybody together, holds as many as allowed.
    pub fn body(&self, org: &str) -> Option<BodyPermit> {
        let own = self.of(org).bodies.clone().try_acquire_owned().ok()?;
        let all = self.all.clone().try_acquire_owned().ok()?;
        Some(BodyPermit {
            _all: all,
            _org: own,
        })
    }

    /// Whether one more challenge may be answered.
    pub fn crc(&self, org: &str) -> bool {
        let share = self.of(org);
        let mut bucket = share.crc.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(Instant::now())
    }
}

struct Bucket {
    left: u32,
    filled: Instant,
}

impl Bucket {
    fn take(&mut self, now: Instant) -> bool {
        let elapsed = now.duration_since(self.filled).as_millis() / CRC_EVERY.as_millis();
        let more = u32::try_from(elapsed).unwrap_or(CRC_BURST).min(CRC_BURST);
        if more > 0 {
            self.filled = now;
            self.left = (self.left + more).min(CRC_BURST);
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_answered_as_often_as_x_could_want() {
        let start = Instant::now();
        let mut bucket = Bucket {
            left: CRC_BURST,
            filled: start,
        };
        assert_eq!((0..100).filter(|_| bucket.take(start)).count(), 20);
        assert!(bucket.take(start + CRC_EVERY) && !bucket.take(start + CRC_EVERY));
        let late = start + Duration::from_hours(1);
        assert_eq!((0..100).filter(|_| bucket.take(late)).count(), 20);
    }

    #[test]
    fn an_organisation_cannot_take_the_share_of_another() {
        let shares = Shares::new(3, 2);
        let held = (shares.body("a"), shares.body("a"));
        assert!(held.0.is_some() && shares.body("a").is_none());
        let other = shares.body("b");
        assert!(
            other.is_some() && shares.body("b").is_none(),
            "three in all"
        );
        drop(held);
        assert!(shares.body("b").is_some());
    }
}
