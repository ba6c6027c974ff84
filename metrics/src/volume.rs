//! The volume report: what came in, by local hour or day. The rows are counted in quarter hours
//! of UTC, of which every hour and day of every zone is a whole number.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::Day;
use crate::tiles::XToday;

/// Longest report.
pub const DAYS_MAX: i64 = 92;

/// What one line of the report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// A local hour; where clocks go back, the hour that comes twice is two lines.
    Hour,
    /// A local day.
    Day,
}

/// Items of one kind in one quarter hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarter {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// post or message.
    pub kind: String,
    /// As stored.
    pub post_type: Option<String>,
    /// Items.
    pub count: i64,
}

/// One line of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
    /// What came in: X Today's definition.
    pub count: XToday,
}

/// The report: lines without a gap, also where nothing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Lines in order of time.
    pub buckets: Vec<Bucket>,
}

impl Volume {
    /// Adds up the quarters into hours or days from `first` to `last`, both included.
    pub fn fold(zone: Tz, days: (Day, Day), grain: Grain, quarters: &[Quarter]) -> Self {
        let mut buckets = Vec::new();
        let mut date = days.0.date;
        while date <= days.1.date
            && let Some(day) = Day::of(zone, date)
        {
            split(day, grain, &mut buckets);
            let Some(next) = date.succ_opt() else { break };
            date = next;
        }
        for quarter in quarters {
            let at = buckets.partition_point(|bucket| bucket.end <= quarter.start);
            if let Some(bucket) = buckets.get_mut(at) {
                bucket
                    .count
                    .add(&quarter.kind, quarter.post_type.as_deref(), quarter.count);
            }
        }
        Self { buckets }
    }
}

fn split(day: Day, grain: Grain, into: &mut Vec<Bucket>) {
    let step = match grain {
        Grain::Hour => TimeDelta::hours(1),
        Grain::Day => day.end - day.start,
    };
    let mut start = day.start;
    while start < day.end {
        let end = (start + step).min(day.end);
        into.push(Bucket {
            start,
            end,
            count: XToday::default(),
        });
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarter(start: &str, count: i64) -> Quarter {
        Quarter {
            start: start.parse().unwrap(),
            kind: "post".into(),
            post_type: Some("reply".into()),
            count,
        }
    }

    #[test]
    fn a_day_of_25_hours_has_25_lines_and_no_quarter_is_lost() {
        let zone: Tz = "Europe/Berlin".parse().unwrap();
        let day = Day::of(zone, "2026-10-25".parse().unwrap()).unwrap();
        let quarters = [
            quarter("2026-10-24T22:00:00Z", 1),
            quarter("2026-10-25T00:45:00Z", 2),
            quarter("2026-10-25T01:00:00Z", 4),
            quarter("2026-10-25T22:45:00Z", 8),
        ];
        let hours = Volume::fold(zone, (day, day), Grain::Hour, &quarters);
        assert_eq!(hours.buckets.len(), 25);
        let counts: Vec<i64> = hours.buckets.iter().map(|b| b.count.total()).collect();
        assert_eq!(
            (counts[0], counts[2], counts[3], counts[24]),
            (1, 2, 4, 8),
            "{counts:?}"
        );
        let days = Volume::fold(zone, (day, day), Grain::Day, &quarters);
        assert_eq!(days.buckets.len(), 1);
        assert_eq!(days.buckets[0].count.replies, 15);
    }
}
