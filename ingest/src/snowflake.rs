//! X's ids tell their time: milliseconds since November 2010, then 22 bits. So a time can stand
//! where X asks for an id, and an id says when it was made.

use chrono::{DateTime, TimeDelta, Utc};

const EPOCH_MS: i64 = 1_288_834_974_657;
const LOW_BITS: u32 = 22;

/// The least id of a moment; 0 before X's epoch.
pub fn id_at(time: DateTime<Utc>) -> i64 {
    (time.timestamp_millis() - EPOCH_MS).clamp(0, i64::MAX >> LOW_BITS) << LOW_BITS
}

/// When an id was made.
pub fn time_of(id: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds((id.max(0) >> LOW_BITS) + EPOCH_MS)
}

/// An id of X as a number; nothing for what is none.
pub fn number(id: &str) -> Option<i64> {
    id.parse().ok().filter(|id| *id >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_its_least_id_are_the_same_moment() {
        let time = DateTime::from_timestamp_millis(1_767_225_600_123).unwrap_or_default();
        assert_eq!(time_of(id_at(time)), time);
        assert_eq!(time_of(id_at(time) + 4_194_303), time);
        assert_eq!(id_at(DateTime::UNIX_EPOCH), 0);
        assert_eq!(number("12"), Some(12));
        assert_eq!(number("-1"), None);
        assert_eq!(number("99999999999999999999"), None);
    }
}
