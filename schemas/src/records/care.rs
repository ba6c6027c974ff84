//! Records of what the desk did.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record;
use crate::Kind;

/// Social account mapping: a person on X and the customer they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountLinked {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item that was the evidence.
    pub item_id: Option<Uuid>,
    /// X user id of the person.
    pub x_id: String,
    /// Highest of a key is the truth.
    pub revision: i64,
    /// upsert, or withdraw after a detach.
    pub op: String,
    /// Customer; null after a detach.
    pub customer_id: Option<Uuid>,
    /// told-us, public-profile or consent.
    pub basis: Option<String>,
    /// User or key that did it.
    pub by: String,
    /// X's time of the item; null while unknown.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the first delivery reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// When this record was made.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// How it came first: webhook, stream, poll, replay, lookup, import or desk.
    pub source: String,
    /// True for history fetched later: rings no bells.
    pub backfill: bool,
}

/// A case. Its description and notes stay in the desk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseChanged {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item that it was opened from.
    pub item_id: Option<Uuid>,
    /// Case.
    pub case_id: Uuid,
    /// Number that people use.
    pub case_no: i64,
    /// Highest of a key is the truth.
    pub revision: i64,
    /// upsert.
    pub op: String,
    /// open or closed.
    pub status: String,
    /// X user id of the person it was opened for.
    pub person_id: Option<String>,
    /// Customer, if known.
    pub customer_id: Option<Uuid>,
    /// Social.
    pub origin: String,
    /// Reason code.
    pub category: Option<String>,
    /// low, medium, high or urgent.
    pub priority: String,
    /// Resolution code.
    pub resolution_code: Option<String>,
    /// Follow up was ticked.
    pub follow_up: bool,
    /// Reply whose posting closes the case.
    pub close_on_reply: Option<String>,
    /// User or key that made this change.
    pub by: String,
    /// When it was opened.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub opened_at: DateTime<Utc>,
    /// When it was closed.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub closed_at: Option<DateTime<Utc>>,
    /// X's time of the item; null while unknown.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the first delivery reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// When this record was made.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// How it came first: webhook, stream, poll, replay, lookup, import or desk.
    pub source: String,
    /// True for history fetched later: rings no bells.
    pub backfill: bool,
}

/// What a CSR did to which item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedWorked {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item.
    pub item_id: Uuid,
    /// Revision of the item after the act.
    pub revision: i64,
    /// upsert.
    pub op: String,
    /// done, reopen, link, unlink, attach, detach, open-case, close-case, assign, snooze, label, hide or note.
    pub action: String,
    /// User or key that did it.
    pub by: String,
    /// Rule that did it, where no user did.
    pub rule: Option<String>,
    /// X user id of the person.
    pub person_id: String,
    /// Case concerned.
    pub case_id: Option<Uuid>,
    /// Customer concerned.
    pub customer_id: Option<Uuid>,
    /// X's time of the item; null while unknown.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the first delivery reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// When this record was made.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// How it came first: webhook, stream, poll, replay, lookup, import or desk.
    pub source: String,
    /// True for history fetched later: rings no bells.
    pub backfill: bool,
}

/// One step of a reply on its way to X.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplyStepped {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item answered.
    pub item_id: Option<Uuid>,
    /// Reply.
    pub reply_id: Uuid,
    /// Rises with each step; highest of a key is the truth.
    pub revision: i64,
    /// upsert.
    pub op: String,
    /// post or message.
    pub kind: Kind,
    /// queued, sending, posted, failed, unknown or cancelled.
    pub state: String,
    /// X user id of the person answered.
    pub person_id: String,
    /// Case that waited for it or is linked.
    pub case_id: Option<Uuid>,
    /// Customer, if known.
    pub customer_id: Option<Uuid>,
    /// X id once posted.
    pub x_id: Option<String>,
    /// X's problem slug, if failed.
    pub error: Option<String>,
    /// Attempts begun.
    pub attempt: i32,
    /// User who wrote it.
    pub by: String,
    /// X's time of the item; null while unknown.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the first delivery reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// When this record was made.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// How it came first: webhook, stream, poll, replay, lookup, import or desk.
    pub source: String,
    /// True for history fetched later: rings no bells.
    pub backfill: bool,
}

record!(AccountLinked, "AccountLinked", 1_000_005);
record!(CaseChanged, "CaseChanged", 1_000_006);
record!(FeedWorked, "FeedWorked", 1_000_007);
record!(ReplyStepped, "ReplyStepped", 1_000_008);
