//! Ids of X: 64-bit numbers that travel as strings, and how they are minted from a time.

use std::{fmt, num::ParseIntError, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An id of a person, post, message or media object; a decimal string on every wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XId(pub u64);

impl fmt::Display for XId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for XId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for XId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for XId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|_| D::Error::custom("an id is a string of 1 to 19 digits"))
    }
}

impl XId {
    /// The id as a number that went through a double and was printed the way JavaScript prints it,
    /// which is what X's `id` fields beside `id_str` show above 2^53.
    pub fn js_rounded(self) -> u64 {
        #[expect(clippy::cast_precision_loss, reason = "the loss is what is reproduced")]
        let shortest = format!("{:e}", self.0 as f64);
        let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
        let digits: String = digits.chars().filter(|c| *c != '.').collect();
        let width = exponent.parse::<usize>().unwrap_or(0) + 1;
        format!("{digits:0<width$}").parse().unwrap_or(self.0)
    }
}

/// The id scheme of posts and messages: milliseconds since November 2010, then 22 bits.
#[derive(Debug, Clone, Copy)]
pub struct Snowflake;

impl Snowflake {
    pub const EPOCH_MS: i64 = 1_288_834_974_657;
    const SEQUENCE_BITS: u32 = 22;

    /// The id of the `seq`-th object of that millisecond. Times before the epoch become its first.
    pub fn at(time: DateTime<Utc>, seq: u32) -> XId {
        let ms = (time.timestamp_millis() - Self::EPOCH_MS)
            .max(0)
            .cast_unsigned();
        let low = u64::from(seq) & ((1 << Self::SEQUENCE_BITS) - 1);
        XId((ms << Self::SEQUENCE_BITS) | low)
    }

    pub fn time_of(id: XId) -> DateTime<Utc> {
        let ms = (id.0 >> Self::SEQUENCE_BITS).cast_signed() + Self::EPOCH_MS;
        DateTime::from_timestamp_millis(ms).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_matches_the_published_longform_example() {
        for (exact, rounded) in [
            (1_924_465_506_158_878_979, 1_924_465_506_158_879_000),
            (1_296_887_316_556_980_230, 1_296_887_316_556_980_200),
            (857_699_969_263_964_161, 857_699_969_263_964_200),
            (2_244_994_945, 2_244_994_945),
            (0, 0),
        ] {
            assert_eq!(XId(exact).js_rounded(), rounded);
        }
    }

    #[test]
    fn a_snowflake_carries_its_time() {
        let time = DateTime::from_timestamp_millis(1_784_927_148_123).unwrap();
        let id = Snowflake::at(time, 77);
        assert_eq!(Snowflake::time_of(id), time);
        assert!(Snowflake::at(time, 78) > id);
        assert_eq!(Snowflake::at(DateTime::UNIX_EPOCH, 5), XId(5));
        // Published: a post of 2026-07-24T21:05:48Z has the id 2080761390344937796.
        let published = Snowflake::time_of(XId(2_080_761_390_344_937_796));
        assert_eq!(published.timestamp(), 1_784_927_148);
    }
}
