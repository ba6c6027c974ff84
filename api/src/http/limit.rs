//! Bounds of requests: a bucket for each key and user, a number at once for each organisation, so that
//! one organisation cannot starve another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::auth::Caller;
use super::kinds;
use super::problem::Problem;
use crate::App;

/// Buckets kept; the fullest are forgotten first, which loses nothing.
const BUCKETS_MAX: usize = 10_000;

#[derive(Default)]
pub struct Limits {
    buckets: Mutex<HashMap<(String, String), Bucket>>,
    running: Arc<Mutex<HashMap<String, u32>>>,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

/// One request on its way; ends when it is dropped.
pub struct Permit {
    org: String,
    running: Arc<Mutex<HashMap<String, u32>>>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.org) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                running.remove(&self.org);
            }
        }
    }
}

impl Limits {
    pub fn enter(&self, app: &App, caller: &Caller) -> Result<Permit, Problem> {
        let bounds = app.org(&caller.org).settings().api;
        self.take(caller, f64::from(bounds.rate), Instant::now())?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(caller.org.clone()).or_default();
        if *count >= bounds.concurrency {
            return Err(too_many(
                "Too many requests of your organisation at once.",
                1,
            ));
        }
        *count += 1;
        Ok(Permit {
            org: caller.org.clone(),
            running: Arc::clone(&self.running),
        })
    }

    fn take(&self, caller: &Caller, rate: f64, now: Instant) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, b| now.duration_since(b.at).as_secs_f64() * rate < rate);
        }
        let bucket = buckets
            .entry((caller.org.clone(), caller.actor.clone()))
            .or_insert(Bucket {
                tokens: rate,
                at: now,
            });
        let earned = now.duration_since(bucket.at).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + earned).min(rate);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(too_many("Too many requests.", 1));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

fn too_many(detail: &str, seconds: u64) -> Problem {
    Problem {
        retry_after_seconds: Some(seconds),
        ..Problem::new(&kinds::TOO_MANY, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::auth::Role;
    use std::time::Duration;

    #[test]
    fn a_caller_gets_its_rate_and_no_more() {
        let limits = Limits::default();
        let caller = |name: &str| Caller {
            org: "acme".into(),
            actor: name.into(),
            role: Role::Csr,
            messages: true,
            user: None,
        };
        let (dana, ana) = (caller("key:dana"), caller("key:ana"));
        let start = Instant::now();
        for _ in 0..3 {
            limits.take(&dana, 3.0, start).unwrap();
        }
        let refused = limits.take(&dana, 3.0, start).unwrap_err();
        assert_eq!(refused.kind, &kinds::TOO_MANY);
        assert_eq!(refused.retry_after_seconds, Some(1));
        limits.take(&ana, 3.0, start).unwrap();
        let later = start + Duration::from_millis(334);
        limits.take(&dana, 3.0, later).unwrap();
        limits.take(&dana, 3.0, later).unwrap_err();
    }
}
