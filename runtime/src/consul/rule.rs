//! What Consul's page on blocking queries asks of its clients, as rules.

use std::time::Duration;

/// First pause after a failure; doubled each time.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// Longest pause: Consul back again is seen within it.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Answers that cannot be read are asked for again after a second at most: the change that mends
/// them should be in force within two.
pub(super) const REFUSED_FAILURES_MAX: u32 = 3;

/// The index to wait for after an answer: none (ask at once) when it went backwards, and never 0,
/// which would not wait.
pub(super) fn next_index(asked: Option<u64>, answered: Option<u64>) -> Option<u64> {
    let answered = answered?.max(1);
    match asked {
        Some(asked) if answered < asked => None,
        _ => Some(answered),
    }
}

/// How long to wait before asking again, after so many failures in a row.
pub(super) fn pause(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        _ => PAUSE_MIN
            .saturating_mul(2_u32.saturating_pow(failures - 1))
            .min(PAUSE_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_goes_forward_or_is_asked_anew() {
        for (asked, answered, next) in [
            (None, Some(7), Some(7)),
            (Some(7), Some(7), Some(7)),
            (Some(7), Some(9), Some(9)),
            (Some(7), Some(3), None),
            (None, Some(0), Some(1)),
            (Some(1), Some(0), Some(1)),
            (Some(7), None, None),
        ] {
            assert_eq!(next_index(asked, answered), next, "{asked:?} {answered:?}");
        }
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        assert_eq!(pause(REFUSED_FAILURES_MAX), Duration::from_secs(1));
        let millis = |failures| pause(failures).as_millis();
        assert_eq!([0, 1, 2, 3].map(millis), [0, 250, 500, 1_000]);
        assert_eq!([6, 40, u32::MAX].map(millis), [5_000; 3]);
    }
}
