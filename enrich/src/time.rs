//! X's times: RFC 3339, the format of version 1.1, milliseconds, and the time inside an id.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// First millisecond of X's ids.
const EPOCH_MS: i64 = 1_288_834_974_657;
/// Ids below it were counted one by one and carry no time.
const FIRST_WITH_TIME: i64 = 29_700_000_000;

/// Reads `2026-07-24T21:23:23.000Z` or `Wed Aug 19 16:26:16 +0000 2020`.
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let time = match text.as_bytes().first()? {
        b'0'..=b'9' => DateTime::parse_from_rfc3339(text).ok()?.to_utc(),
        _ => parse_v1(text)?,
    };
    plausible(time)
}

/// Reads milliseconds since 1970.
pub fn from_ms(ms: i64) -> Option<DateTime<Utc>> {
    plausible(DateTime::from_timestamp_millis(ms)?)
}

/// The time inside an id, unless it is too old to have one or lies in the future of `received`.
pub fn from_id(id: &str, received: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let number: i64 = id.parse().ok()?;
    if number < FIRST_WITH_TIME {
        return None;
    }
    let latest = received.checked_add_signed(TimeDelta::days(1))?;
    from_ms((number >> 22) + EPOCH_MS).filter(|time| *time <= latest)
}

// A damaged year must not reach a sort order or a column of PostgreSQL.
fn plausible(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (2006..2100).contains(&time.year()).then_some(time)
}

// By hand: chrono's format strings take longer than the rest of a post.
fn parse_v1(text: &str) -> Option<DateTime<Utc>> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split(' ').skip(1);
    let name = words.next().filter(|name| name.len() == 3)?;
    let month = MONTHS.find(name).filter(|at| at % 3 == 0)?;
    let day = words.next()?.parse().ok()?;
    let mut clock = words
        .next()?
        .split(':')
        .map(|part| part.parse::<u32>().ok());
    if words.next()? != "+0000" {
        return None;
    }
    let year = words.next()?.parse().ok()?;
    let month = u32::try_from(month / 3).ok()? + 1;
    let time = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(
        clock.next()??,
        clock.next()??,
        clock.next()??,
    )?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_of_x_are_read() {
        for (text, expected) in [
            (
                "2026-07-24T21:23:23.000Z",
                Some("2026-07-24T21:23:23+00:00"),
            ),
            ("2013-12-14T04:35:55Z", Some("2013-12-14T04:35:55+00:00")),
            (
                "Wed Aug 19 16:26:16 +0000 2020",
                Some("2020-08-19T16:26:16+00:00"),
            ),
            (
                "Mon May 19 14:01:46 +0000 2025",
                Some("2025-05-19T14:01:46+00:00"),
            ),
            ("Mon May 39 14:01:46 +0000 2025", None),
            ("Mon anF 19 14:01:46 +0000 2025", None),
            ("9999-12-31T00:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(
                parse(text).map(|time| time.to_rfc3339()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn an_id_tells_its_time_where_it_can() {
        let received = parse("2026-08-01T00:00:00Z").unwrap();
        let at = |id| from_id(id, received).map(|time| time.timestamp_millis());
        assert_eq!(at("1307025659294674945"), Some(1_600_454_175_195));
        assert_eq!(at("1234567890"), None, "counted one by one");
        assert_eq!(at("9223372036854775807"), None, "in the future");
        assert_eq!(at("x"), None);
    }
}
