//! `Last-Event-ID`: when and at which snapshot of PostgreSQL the last frame stood.

use chrono::{DateTime, TimeDelta, Utc};

/// A stream can be taken up again for so long.
pub const RESUME_HOURS: i64 = 24;
/// An id that is longer is none of ours.
const BYTES_MAX: usize = 4_096;

/// A snapshot as PostgreSQL writes it: `xmin:xmax:xip,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    text: String,
    next: u64,
    running: Vec<u64>,
}

impl Snapshot {
    /// Reads one; nothing that PostgreSQL would refuse passes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (oldest, next, running) = (parts.next()?, parts.next()?, parts.next()?);
        let (oldest, next) = (number(oldest)?, number(next)?);
        let ids = running.split(',').filter(|_| !running.is_empty());
        let running: Vec<u64> = ids.map(number).collect::<Option<_>>()?;
        let bounds = oldest > 0 && oldest <= next && parts.next().is_none();
        let inside = running.iter().all(|id| (oldest..next).contains(id));
        (bounds && inside && running.is_sorted_by(|a, b| a < b)).then(|| Self {
            text: text.to_owned(),
            next,
            running,
        })
    }

    /// As PostgreSQL reads it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Everything that is visible in this one is so in the other. Of two snapshots of one database one
    /// is always not after the other.
    pub fn not_after(&self, other: &Self) -> bool {
        let mut still_running = other.running.iter().filter(|id| **id < self.next);
        self.next <= other.next && still_running.all(|id| self.running.binary_search(id).is_ok())
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = digits.then(|| text.parse().ok()).flatten()?;
    (i64::try_from(number).is_ok()).then_some(number)
}

/// The id of a frame.
pub fn encode(at: DateTime<Utc>, snapshot: &Snapshot) -> String {
    format!("{}-{}", at.timestamp(), snapshot.text)
}

/// The snapshot of an id that came back; none if it is too old or none of ours.
pub fn decode(id: &str, now: DateTime<Utc>) -> Option<Snapshot> {
    if id.len() > BYTES_MAX {
        return None;
    }
    let (at, snapshot) = id.split_once('-')?;
    let at = DateTime::from_timestamp(at.parse().ok()?, 0)?;
    let age = now.signed_duration_since(at);
    (age <= TimeDelta::hours(RESUME_HOURS)).then(|| Snapshot::parse(snapshot))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_postgresql_takes_is_a_snapshot() {
        for text in ["5:5:", "5:9:5,7", "1:2:1"] {
            assert_eq!(Snapshot::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "5",
            "5:9",
            "9:5:",
            "5:9:9",
            "5:9:4",
            "5:9:7,6",
            "5:9:7,",
            "0:0:",
            "5:9:7:1",
            "-5:9:",
            "5:9:x",
            "5:99999999999999999999:",
        ] {
            assert_eq!(Snapshot::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_earlier_of_two_snapshots_sees_no_more() {
        let order = [
            "5:9:5,7",
            "5:9:5,7",
            "5:9:5",
            "5:12:5,10",
            "10:12:10",
            "12:12:",
        ];
        let order = order.map(|text| Snapshot::parse(text).unwrap());
        for (n, later) in order.iter().enumerate().skip(2) {
            for earlier in &order[..n] {
                assert!(earlier.not_after(later), "{earlier:?} {later:?}");
                assert!(!later.not_after(earlier), "{earlier:?} {later:?}");
            }
        }
        assert!(order[0].not_after(&order[1]));
    }

    #[test]
    fn an_id_is_good_for_a_day() {
        let at: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
        let snapshot = Snapshot::parse("5:9:5,7").unwrap();
        let id = encode(at, &snapshot);
        let day = TimeDelta::hours(RESUME_HOURS);
        assert_eq!(decode(&id, at + day).as_ref(), Some(&snapshot));
        assert_eq!(decode(&id, at + day + TimeDelta::seconds(1)), None);
        for id in ["", "7", "x-5:9:", "1764000000-5:9", "1764000000-5:9:\u{e4}"] {
            assert_eq!(decode(id, at), None, "{id}");
        }
    }
}
