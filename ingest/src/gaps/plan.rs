//! What comes next for a gap. Pure: X's rules for replays, and when a gap counts as closed.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use crate::pg::gaps::Gap;
use crate::webhook;

/// X replays the last 24 hours; a minute less, since minutes are cut.
const REACH: TimeDelta = TimeDelta::minutes(24 * 60 - 2);
/// X: from at least 31 minutes ago.
const FROM_AGE: TimeDelta = TimeDelta::minutes(32);
/// X: to at least 10 minutes ago.
const TO_AGE: TimeDelta = TimeDelta::minutes(11);
/// A replay whose end was not told by then will not be.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It lasts, or X is not ready.
    Wait,
    /// Fetch what was said in it.
    Poll,
    /// Have X deliver again.
    Replay {
        /// From, whole minutes.
        from: DateTime<Utc>,
        /// To before this, whole minutes.
        to: DateTime<Utc>,
    },
    /// It is closed, by this.
    Recovered(&'static str),
}

/// What comes next for a gap. `webhook` tells whether X can deliver again at all.
pub fn next(gap: &Gap, now: DateTime<Utc>, webhook: bool) -> Step {
    let Some(to_at) = gap.to_at else {
        return Step::Wait;
    };
    if gap.replayed_at.is_some() {
        return Step::Recovered("replay");
    }
    if gap.polled_at.is_none() {
        return Step::Poll;
    }
    if gap.way != webhook::WAY || !webhook || gap.problem {
        return Step::Recovered("poll");
    }
    if let Some(asked) = gap.replay_at {
        return if now - asked > PATIENCE {
            Step::Recovered("poll")
        } else {
            Step::Wait
        };
    }
    window(gap.from_at, to_at, now)
}

fn window(from: DateTime<Utc>, to: DateTime<Utc>, now: DateTime<Utc>) -> Step {
    let minute = TimeDelta::minutes(1);
    let cut = |at: DateTime<Utc>| at.duration_trunc(minute).unwrap_or(at);
    let from = cut(from).max(cut(now - REACH));
    let to = cut(to) + minute;
    if to <= from {
        return Step::Recovered("poll");
    }
    if now - from < FROM_AGE || now - to < TO_AGE {
        return Step::Wait;
    }
    Step::Replay { from, to }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn gap(from: i64, to: Option<i64>) -> Gap {
        Gap {
            gap_id: Uuid::nil(),
            account: "1".to_owned(),
            way: "webhook".to_owned(),
            from_at: at(from) + TimeDelta::seconds(20),
            to_at: to.map(|to| at(to) + TimeDelta::seconds(20)),
            polled_at: None,
            replay_at: None,
            replayed_at: None,
            problem: false,
        }
    }

    #[test]
    fn a_gap_is_polled_at_once_and_replayed_when_x_allows_it() {
        let mut gap = gap(1_000, Some(1_010));
        assert_eq!(
            next(&super::tests::gap(1_000, None), at(2_000), true),
            Step::Wait
        );
        assert_eq!(next(&gap, at(1_011), true), Step::Poll);
        gap.polled_at = Some(at(1_011));
        assert_eq!(
            next(&gap, at(1_031), true),
            Step::Wait,
            "31 minutes are not over"
        );
        let replay = Step::Replay {
            from: at(1_000),
            to: at(1_011),
        };
        assert_eq!(next(&gap, at(1_032), true), replay);
        gap.replay_at = Some(at(1_032));
        assert_eq!(next(&gap, at(1_033), true), Step::Wait);
        assert_eq!(next(&gap, at(1_093), true), Step::Recovered("poll"));
        gap.replayed_at = Some(at(1_034));
        assert_eq!(next(&gap, at(1_035), true), Step::Recovered("replay"));
    }

    #[test]
    fn where_x_cannot_replay_polling_closes_it() {
        let mut gap = gap(1_000, Some(1_010));
        gap.polled_at = Some(at(1_011));
        assert_eq!(next(&gap, at(1_032), false), Step::Recovered("poll"));
        assert_eq!(
            next(&gap, at(1_000 + 1_500), true),
            Step::Recovered("poll"),
            "too old"
        );
        gap.way = "stream".to_owned();
        assert_eq!(next(&gap, at(1_032), true), Step::Recovered("poll"));
    }

    #[test]
    fn a_gap_that_began_before_x_reaches_is_replayed_from_there() {
        let mut gap = gap(0, Some(60));
        gap.polled_at = Some(at(61));
        let Step::Replay { from, to } = next(&gap, at(24 * 60 + 10), true) else {
            panic!("no replay");
        };
        assert_eq!((from, to), (at(12), at(61)));
    }
}
