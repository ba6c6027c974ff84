use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Ways in that are on: as configured, or as a command says since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Modes {
    pub webhook: bool,
    pub stream: bool,
    /// Seconds between polls; 0 never polls.
    pub poll_s: u32,
}

/// A feed that is polled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Feed {
    /// mentions or messages.
    pub feed: String,
    /// When it was last read to its end.
    pub polled_at: Option<DateTime<Utc>>,
    /// Seconds since then.
    pub gap_seconds: Option<i64>,
}

/// Time in which a way may have missed items, and which is not recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenGap {
    /// webhook, stream or poll.
    pub way: String,
    pub gaps: i64,
    /// Their lengths together.
    pub seconds: i64,
    /// Where the oldest begins.
    pub since: DateTime<Utc>,
}

/// What is left of one of X's limits, as X last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Limit {
    /// What is called, such as users.mentions.
    pub endpoint: String,
    /// account, or app: shared by the accounts of an app.
    pub of: String,
    /// quarter (15 minutes), user-day or app-day.
    pub window: String,
    /// Calls of a window, where X said so.
    pub limit: Option<i64>,
    /// Calls left.
    pub remaining: i64,
    /// When the window ends.
    pub resets_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}
