//! When an idempotent read is repeated: X's documents allow it after 429 (at the reset), 500, 502,
//! 503, 504 and failures of the network. Pure; the caller sleeps.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How often and how soon a read is repeated. Writes never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests for one call. Default 3.
    pub attempts_max: u32,
    /// Pause after the first failure; it doubles. Default 250 ms.
    pub pause_min: Duration,
    /// Longest pause. Default 4 s.
    pub pause_max: Duration,
    /// A reset is waited for if it is no farther away. Default 5 s.
    pub reset_wait_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 3,
            pause_min: Duration::from_millis(250),
            pause_max: Duration::from_secs(4),
            reset_wait_max: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// Pause before the next request after `made` failed ones; `None` ends the call. `jitter` of 0
    /// to 1 takes up to half of the pause away.
    pub fn pause(&self, made: u32, jitter: f64) -> Option<Duration> {
        if made >= self.attempts_max {
            return None;
        }
        let doubled = 2_u32.saturating_pow(made.saturating_sub(1));
        let pause = self.pause_min.saturating_mul(doubled).min(self.pause_max);
        Some(pause.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0))
    }

    /// Pause until a reset after `made` requests; `None` ends the call.
    pub fn until(&self, made: u32, reset: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
        let wait = (reset - now).to_std().unwrap_or_default();
        (made < self.attempts_max && wait <= self.reset_wait_max).then_some(wait)
    }
}

/// Whether X's status says that it failed, so that a read may be repeated and the outcome of a
/// write is not known: 500, 502, 503, 504, other 5xx of what stands between, and 408.
pub fn is_failure(status: u16) -> bool {
    status >= 500 || status == 408
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let policy = RetryPolicy {
            attempts_max: 7,
            ..RetryPolicy::default()
        };
        let pauses: Vec<_> = (1..=7)
            .map(|made| policy.pause(made, 0.0).map(|p| p.as_millis()))
            .collect();
        let expected = [
            Some(250),
            Some(500),
            Some(1_000),
            Some(2_000),
            Some(4_000),
            Some(4_000),
            None,
        ];
        assert_eq!(pauses, expected);
        assert_eq!(policy.pause(1, 1.0), Some(Duration::from_millis(125)));
        assert_eq!(
            policy.pause(1, f64::INFINITY),
            Some(Duration::from_millis(125))
        );
        assert_eq!(
            RetryPolicy {
                attempts_max: u32::MAX,
                ..policy
            }
            .pause(99, 0.0),
            Some(policy.pause_max)
        );
    }

    #[test]
    fn only_a_near_reset_is_waited_for() {
        let policy = RetryPolicy::default();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let after = |seconds| now + chrono::TimeDelta::seconds(seconds);
        assert_eq!(policy.until(1, after(5), now), Some(Duration::from_secs(5)));
        assert_eq!(policy.until(1, after(6), now), None);
        assert_eq!(policy.until(1, after(-9), now), Some(Duration::ZERO));
        assert_eq!(policy.until(3, after(1), now), None);
    }

    #[test]
    fn what_is_a_failure() {
        for status in [408, 500, 502, 503, 504, 520, 599] {
            assert!(is_failure(status), "{status}");
        }
        for status in [200, 201, 301, 400, 401, 403, 404, 409, 429] {
            assert!(!is_failure(status), "{status}");
        }
    }
}
