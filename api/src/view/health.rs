use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::standing::{Feed, Limit, Modes, OpenGap};

/// How the channels of the organisation stand.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Channels {
    pub accounts: Vec<Channel>,
    /// When X last asked whether our address is ours, and was answered.
    pub last_challenge_at: Option<DateTime<Utc>>,
    pub cost: Cost,
    /// Records that could not be handled and wait for an operator; null while unknown.
    pub quarantined: Option<i64>,
    pub configuration: Configuration,
}

/// An X account.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Channel {
    /// X user id, or the handle where no id is configured.
    pub account: String,
    pub handle: String,
    /// ok, warn, fail; unknown before the first check.
    pub state: String,
    /// What is wrong, in words for whoever works at the desk.
    pub notices: Vec<Notice>,
    pub last_event_at: Option<DateTime<Utc>>,
    pub modes: Modes,
    pub webhook: Option<Webhook>,
    /// Since when the access token is known to be in use.
    pub token_since: Option<DateTime<Utc>>,
    /// Features that are off, since the token may not do what they need.
    pub lost: Vec<Lost>,
    /// Seconds since the feed that is farthest behind was last read to its end; null where nothing is
    /// polled.
    pub cursor_gap_seconds: Option<i64>,
    /// Feeds that are polled.
    pub feeds: Vec<Feed>,
    /// What may have been missed and is not recovered, by way.
    pub open_gaps: Vec<OpenGap>,
    /// What is left of X's limits.
    pub limits: Vec<Limit>,
    pub checked_at: Option<DateTime<Utc>>,
    /// A check was asked for and is not done yet.
    pub check_pending: bool,
    pub checks: Vec<Check>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    /// warn or fail.
    pub state: String,
    pub text: String,
    pub since: Option<DateTime<Utc>>,
}

/// The webhook as X last described it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Webhook {
    pub registered: bool,
    /// X delivers nothing while false.
    pub valid: bool,
    pub seen_at: DateTime<Utc>,
}

/// A feature that is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lost {
    pub permission: String,
    pub feature: String,
}

/// A line of the last check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    pub check: String,
    /// ok, warn or fail.
    pub state: String,
    pub what: String,
    /// The command or page that cures it; empty if nothing is wrong.
    pub cure: String,
}

/// What X cost today, at its published prices.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cost {
    /// UTC day.
    pub day: NaiveDate,
    pub calls: i64,
    /// Of them without success.
    pub failed: i64,
    /// US dollars, six decimals.
    pub usd: String,
    pub warn_usd: Option<f64>,
    pub slow_usd: Option<f64>,
    /// free, warned (past warn) or slowed (past slow: X is asked less often).
    pub state: String,
}

/// Whether the newest configuration is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Configuration {
    /// The newest is refused since then; an older one is in force.
    pub rejected_at: Option<DateTime<Utc>>,
    /// Why; null where it would tell of other organisations.
    pub rejected_reason: Option<String>,
    /// Where the configuration comes from cannot be read since then.
    pub source_away_since: Option<DateTime<Utc>>,
}

/// A check was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckRequested {
    pub account: String,
    pub requested_at: DateTime<Utc>,
}
