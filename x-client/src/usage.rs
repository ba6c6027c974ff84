//! What calls cost. Prices come from a table with a version, money is whole micro-dollars.
//!
//! The cost is what X's published prices say for what was returned or created. X counts a thing
//! that is read twice on a day once and may grant other prices; so the sum is an upper estimate,
//! not an invoice.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Add, AddAssign, Mul};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::client::AccountKey;
use crate::endpoint::{Endpoint, UnknownEndpoint};
use crate::error::Failure;

/// The prices that are built in.
const DEFAULT_TABLE: &str = include_str!("prices.toml");
/// Digits after the point of a price.
const DECIMALS: usize = 6;

/// US dollars in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct MicroUsd(pub i64);

impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, micros) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u32> for MicroUsd {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(times)))
    }
}

/// What X puts on the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charge {
    /// Nothing.
    #[default]
    None,
    /// Posts that were returned.
    Posts(u32),
    /// Users that were returned.
    Users(u32),
    /// Private events that were returned.
    DmEvents(u32),
    /// A post that was published.
    PostCreated {
        /// Its text has a link.
        link: bool,
        /// It answers somebody who summoned the account.
        summoned: bool,
    },
    /// A private message that was sent.
    DmCreated,
}

/// A price table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// Not TOML, or a key is missing or unknown.
    #[error("the price table cannot be read")]
    Read(#[from] toml::de::Error),
    /// A price.
    #[error("{key}: {text:?} is not a price: expected US dollars in quotes, such as \"0.005\"")]
    Price {
        /// Key.
        key: &'static str,
        /// What stands there.
        text: String,
    },
    /// An endpoint under `owned_endpoints`.
    #[error("owned_endpoints: {0}")]
    Endpoint(#[from] UnknownEndpoint),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    owned_endpoints: Vec<String>,
    post_read: String,
    user_read: String,
    dm_event_read: String,
    owned_read: String,
    post_created: String,
    post_with_link_created: String,
    summoned_reply_created: String,
    dm_created: String,
}

/// Unit prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTable {
    /// Names the prices, for the ledger.
    pub version: String,
    owned_endpoints: BTreeSet<Endpoint>,
    post_read: MicroUsd,
    user_read: MicroUsd,
    dm_event_read: MicroUsd,
    owned_read: MicroUsd,
    post_created: MicroUsd,
    post_with_link_created: MicroUsd,
    summoned_reply_created: MicroUsd,
    dm_created: MicroUsd,
}

impl PriceTable {
    /// The prices that X published when this was written.
    pub fn built_in() -> Result<Self, PriceError> {
        Self::from_toml(DEFAULT_TABLE)
    }

    /// Reads a table (`x.price_table`), of the same form as the built-in one.
    pub fn from_toml(text: &str) -> Result<Self, PriceError> {
        let file: File = toml::from_str(text)?;
        let endpoints = file.owned_endpoints.iter().map(|name| name.parse());
        Ok(Self {
            owned_endpoints: endpoints.collect::<Result<_, UnknownEndpoint>>()?,
            post_read: price("post_read", &file.post_read)?,
            user_read: price("user_read", &file.user_read)?,
            dm_event_read: price("dm_event_read", &file.dm_event_read)?,
            owned_read: price("owned_read", &file.owned_read)?,
            post_created: price("post_created", &file.post_created)?,
            post_with_link_created: price("post_with_link_created", &file.post_with_link_created)?,
            summoned_reply_created: price("summoned_reply_created", &file.summoned_reply_created)?,
            dm_created: price("dm_created", &file.dm_created)?,
            version: file.version,
        })
    }

    /// What a call costs.
    pub fn cost(&self, endpoint: Endpoint, charge: Charge) -> MicroUsd {
        let read = |price: MicroUsd, count: u32| {
            let owned = self.owned_endpoints.contains(&endpoint);
            (if owned { self.owned_read } else { price }) * count
        };
        match charge {
            Charge::None => MicroUsd(0),
            Charge::Posts(count) => read(self.post_read, count),
            Charge::Users(count) => read(self.user_read, count),
            Charge::DmEvents(count) => read(self.dm_event_read, count),
            // A link is dear whoever is answered: X prices the link, so that estimate is the safe one.
            Charge::PostCreated { link: true, .. } => self.post_with_link_created,
            Charge::PostCreated { summoned: true, .. } => self.summoned_reply_created,
            Charge::PostCreated { .. } => self.post_created,
            Charge::DmCreated => self.dm_created,
        }
    }
}

/// Dollars with at most six decimals, exactly.
fn price(key: &'static str, text: &str) -> Result<MicroUsd, PriceError> {
    let wrong = || PriceError::Price {
        key,
        text: text.to_owned(),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(decimals) || decimals.len() > DECIMALS {
        return Err(wrong());
    }
    format!("{whole}{decimals:0<DECIMALS$}")
        .parse()
        .map(MicroUsd)
        .map_err(|_| wrong())
}

/// How one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// X answered with this status.
    Status(u16),
    /// There was no answer.
    Failed(Failure),
}

/// One request that was made.
#[derive(Debug, Clone, Copy)]
pub struct Usage<'a> {
    /// For which account.
    pub account: &'a AccountKey,
    /// Of what.
    pub endpoint: Endpoint,
    /// How it ended.
    pub outcome: Outcome,
    /// What is billed.
    pub charge: Charge,
    /// What that costs.
    pub cost: MicroUsd,
    /// By which prices.
    pub price_version: &'a str,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
}

/// Told of every request, repetitions and renewals of tokens included. Must not block.
pub trait Observer: Send + Sync {
    /// A request was made.
    fn called(&self, usage: &Usage<'_>);
}

/// Nobody is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn called(&self, _: &Usage<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prices() {
        let table = PriceTable::built_in().unwrap();
        let created = |link, summoned| Charge::PostCreated { link, summoned };
        for (endpoint, charge, micros) in [
            (Endpoint::UsersMentions, Charge::Posts(3), 15_000),
            (Endpoint::PostsLookup, Charge::Posts(100), 500_000),
            (Endpoint::UsersLookup, Charge::Users(2), 20_000),
            (Endpoint::UsersMe, Charge::Users(1), 1_000),
            (Endpoint::UsersPosts, Charge::Posts(5), 5_000),
            (Endpoint::DmEvents, Charge::DmEvents(7), 70_000),
            (Endpoint::PostsCreate, created(false, false), 15_000),
            (Endpoint::PostsCreate, created(false, true), 10_000),
            (Endpoint::PostsCreate, created(true, false), 200_000),
            (Endpoint::PostsCreate, created(true, true), 200_000),
            (Endpoint::DmSend, Charge::DmCreated, 15_000),
            (Endpoint::WebhooksList, Charge::None, 0),
        ] {
            assert_eq!(
                table.cost(endpoint, charge),
                MicroUsd(micros),
                "{endpoint} {charge:?}"
            );
        }
        assert!(!table.version.is_empty());
    }

    #[test]
    fn prices_are_read_exactly_or_refused() {
        for (text, micros) in [
            ("0.005", 5_000),
            ("1", 1_000_000),
            ("0.000001", 1),
            ("12.34", 12_340_000),
        ] {
            assert_eq!(price("k", text).unwrap(), MicroUsd(micros), "{text}");
        }
        for wrong in [
            "",
            ".5",
            "1.",
            "-1",
            "1e3",
            "0.0000001",
            "$1",
            "1,5",
            "99999999999999999999",
        ] {
            let error = price("post_read", wrong).unwrap_err().to_string();
            assert!(error.starts_with("post_read: "), "{error}");
        }
    }

    #[test]
    fn a_table_says_what_is_wrong_with_it() {
        let with =
            |from: &str, to: &str| PriceTable::from_toml(&DEFAULT_TABLE.replacen(from, to, 1));
        assert!(matches!(
            with("post_read", "post_reed"),
            Err(PriceError::Read(_))
        ));
        assert!(matches!(
            with("users.me", "users.you"),
            Err(PriceError::Endpoint(_))
        ));
        assert!(matches!(
            with("\"0.005\"", "\"cheap\""),
            Err(PriceError::Price {
                key: "post_read",
                ..
            })
        ));
        assert!(matches!(
            with("\"0.005\"", "0.005"),
            Err(PriceError::Read(_))
        ));
    }

    #[test]
    fn money_is_shown_whole() {
        assert_eq!(MicroUsd(1_230_045).to_string(), "1.230045");
        assert_eq!((MicroUsd(-5) + MicroUsd(2)).to_string(), "-0.000003");
        assert_eq!(MicroUsd(i64::MAX) * 2, MicroUsd(i64::MAX));
    }
}
