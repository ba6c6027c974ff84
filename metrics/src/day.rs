//! Local days as ranges of UTC instants: pure, from the time zone database alone.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// First and last year that a day may be asked for: X began in 2006.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2999;

/// One calendar day of a time zone: every instant from `start` up to, not including, `end`.
/// It is 23, 24 or 25 hours long, or empty where the zone skipped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Its zone.
    pub zone: Tz,
    /// Its date.
    pub date: NaiveDate,
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant of the next day.
    pub end: DateTime<Utc>,
}

impl Day {
    /// The day of that date; none for a date that no item can have.
    pub fn of(zone: Tz, date: NaiveDate) -> Option<Self> {
        use chrono::Datelike as _;
        if !YEARS.contains(&date.year()) {
            return None;
        }
        let next = date.checked_add_days(Days::new(1))?;
        Some(Self {
            zone,
            date,
            start: midnight(zone, date),
            end: midnight(zone, next),
        })
    }

    /// The day that an instant falls into.
    pub fn at(zone: Tz, instant: DateTime<Utc>) -> Option<Self> {
        let day = Self::of(zone, instant.with_timezone(&zone).date_naive())?;
        // Where clocks go back over midnight a date comes twice; its second hour is the next day's.
        if instant < day.end {
            return Some(day);
        }
        Self::of(zone, day.date.checked_add_days(Days::new(1))?)
    }
}

/// The first instant whose local date is `date` or later.
fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let local = date.and_time(NaiveTime::MIN);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => {
            instant.with_timezone(&Utc)
        }
        LocalResult::None => after_gap(zone, date),
    }
}

/// Clocks jumped over midnight: the instant they jumped at.
fn after_gap(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let naive = date.and_time(NaiveTime::MIN).and_utc();
    let mut before = naive - TimeDelta::hours(36);
    let mut after = naive + TimeDelta::hours(36);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if middle.with_timezone(&zone).date_naive() < date {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bounds(zone: &str, on: &str) -> (String, i64) {
        let day = Day::of(zone.parse().unwrap(), date(on)).unwrap();
        (
            day.start.format("%FT%RZ").to_string(),
            (day.end - day.start).num_hours(),
        )
    }

    #[test]
    fn days_begin_at_local_midnight() {
        for (zone, on, start, hours) in [
            ("Etc/GMT+12", "2026-11-23", "2026-11-23T12:00Z", 24),
            ("Pacific/Kiritimati", "2026-11-23", "2026-11-22T10:00Z", 24),
            ("UTC", "2026-11-23", "2026-11-23T00:00Z", 24),
            ("Asia/Kolkata", "2026-11-23", "2026-11-22T18:30Z", 24),
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", 23),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", 25),
            // midnight does not exist, midnight comes twice, the whole day does not exist
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", 23),
            ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),
        ] {
            assert_eq!(bounds(zone, on), (start.to_owned(), hours), "{zone} {on}");
        }
    }

    #[test]
    fn a_date_no_item_can_have_is_no_day() {
        assert_eq!(Day::of(Tz::UTC, NaiveDate::MAX), None);
        assert_eq!(Day::of(Tz::UTC, NaiveDate::MIN), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        /// The naive recount: ask each instant for its local date.
        #[test]
        fn an_instant_is_in_the_day_of_its_local_date(
            zone in proptest::sample::select(&chrono_tz::TZ_VARIANTS[..]),
            // 2013 to 2037
            micros in 1_356_998_400_000_000_i64..2_114_380_800_000_000,
        ) {
            let instant = DateTime::from_timestamp_micros(micros).unwrap();
            let day = Day::of(zone, instant.with_timezone(&zone).date_naive()).unwrap();
            prop_assert!(day.start <= instant && instant < day.end, "{zone} {instant} {day:?}");
            prop_assert_eq!(Day::at(zone, instant), Some(day));
            let next = Day::of(zone, day.date + Days::new(1)).unwrap();
            prop_assert_eq!(day.end, next.start);
        }
    }
}
