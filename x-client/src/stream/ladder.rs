//! When to open a stream again, as X asks: at once after silence; after failures of the network
//! 250 ms more each time up to 16 s; after HTTP errors 5 s, doubled up to 320 s; after 429 a minute,
//! doubled. Pure; the caller sleeps.

use std::time::Duration;

use crate::error::{Error, Failure};

const NETWORK_STEP: Duration = Duration::from_millis(250);
const NETWORK_MAX: Duration = Duration::from_secs(16);
const HTTP_FIRST: Duration = Duration::from_secs(5);
const HTTP_MAX: Duration = Duration::from_secs(320);
const LIMITED_FIRST: Duration = Duration::from_mins(1);
const LIMITED_MAX: Duration = Duration::from_mins(16);

/// Why a stream ended or was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was silent for too long, or ended by itself.
    Silence,
    /// The network failed.
    Network,
    /// X answered with an error.
    Http,
    /// X answered 429.
    Limited,
}

impl Cause {
    /// The cause that an error of opening a stream is.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::RateLimited { .. } => Self::Limited,
            Error::Transient {
                failure: Failure::Status(_) | Failure::Unreadable(_),
                ..
            }
            | Error::Refused { .. }
            | Error::AuthLost { .. }
            | Error::Invalid { .. } => Self::Http,
            Error::Transient { .. } | Error::NotSent { .. } | Error::OutcomeUnknown { .. } => {
                Self::Network
            }
        }
    }
}

/// Consecutive failures of each kind. A failure of one kind begins the others anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ladder {
    last: Option<(Cause, u32)>,
}

impl Ladder {
    /// Notes a failure; how long to wait before the next try.
    pub fn failed(&mut self, cause: Cause) -> Duration {
        let made = match self.last {
            Some((last, made)) if last == cause => made.saturating_add(1),
            _ => 1,
        };
        self.last = Some((cause, made));
        let doubled = |first: Duration, max: Duration| {
            first
                .saturating_mul(2_u32.saturating_pow(made - 1))
                .min(max)
        };
        match cause {
            // The first silence is answered at once; silence upon silence is a network that fails.
            Cause::Silence => NETWORK_STEP.saturating_mul(made - 1).min(NETWORK_MAX),
            Cause::Network => NETWORK_STEP.saturating_mul(made).min(NETWORK_MAX),
            Cause::Http => doubled(HTTP_FIRST, HTTP_MAX),
            Cause::Limited => doubled(LIMITED_FIRST, LIMITED_MAX),
        }
    }

    /// Notes that the stream delivers: the next failure begins at the first step.
    pub fn delivered(&mut self) {
        self.last = None;
    }

    /// Whether the longest wait is reached: time for an alarm.
    pub fn is_at_the_top(&self) -> bool {
        let top = |cause| match cause {
            Cause::Silence | Cause::Network => NETWORK_MAX,
            Cause::Http => HTTP_MAX,
            Cause::Limited => LIMITED_MAX,
        };
        let mut next = *self;
        self.last
            .is_some_and(|(cause, _)| next.failed(cause) >= top(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(cause: Cause, count: usize) -> Vec<u128> {
        let mut ladder = Ladder::default();
        (0..count)
            .map(|_| ladder.failed(cause).as_millis())
            .collect()
    }

    #[test]
    fn each_ladder_climbs_to_its_top_and_stays() {
        assert_eq!(waits(Cause::Silence, 3), [0, 250, 500]);
        assert_eq!(waits(Cause::Network, 4), [250, 500, 750, 1_000]);
        assert_eq!(
            waits(Cause::Network, 70)[62..66],
            [15_750, 16_000, 16_000, 16_000]
        );
        assert_eq!(
            waits(Cause::Http, 8),
            [
                5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000
            ]
        );
        assert_eq!(
            waits(Cause::Limited, 6),
            [60_000, 120_000, 240_000, 480_000, 960_000, 960_000]
        );
        let mut ladder = Ladder {
            last: Some((Cause::Http, u32::MAX)),
        };
        assert_eq!(ladder.failed(Cause::Http), HTTP_MAX);
    }

    #[test]
    fn a_delivery_or_another_cause_begins_anew() {
        let mut ladder = Ladder::default();
        ladder.failed(Cause::Http);
        ladder.failed(Cause::Http);
        assert_eq!(ladder.failed(Cause::Network), Duration::from_millis(250));
        assert_eq!(ladder.failed(Cause::Http), HTTP_FIRST);
        ladder.failed(Cause::Http);
        ladder.delivered();
        assert_eq!(ladder.failed(Cause::Http), HTTP_FIRST);
    }

    #[test]
    fn the_top_is_known() {
        let mut ladder = Ladder::default();
        assert!(!ladder.is_at_the_top());
        for _ in 0..5 {
            ladder.failed(Cause::Http);
            assert!(!ladder.is_at_the_top());
        }
        ladder.failed(Cause::Http);
        assert!(ladder.is_at_the_top());
    }
}
