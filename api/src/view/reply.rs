use chrono::{DateTime, Utc};
use respond::decide;
use schemas::Kind;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::text::Sight;
use crate::row_id::RowId;

/// Something that was asked of X, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply {
    pub reply_id: Uuid,
    /// public, message, delete-post, delete-message, like or unlike.
    pub kind: String,
    /// queued, sending, posted, failed, unknown or cancelled.
    pub state: String,
    /// Row of the list.
    pub thread: Option<String>,
    /// Item answered, liked or deleted.
    pub item_id: Uuid,
    pub person_id: String,
    pub customer_id: Option<Uuid>,
    /// Case of the item when it was written.
    pub case_id: Option<Uuid>,
    /// X id of our account.
    pub account: String,
    /// Absent for a private message that the key may not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub media_id: Option<String>,
    pub by: String,
    pub created_at: DateTime<Utc>,
    /// Queued: not sent before.
    pub not_before: DateTime<Utc>,
    /// Queued: undo, rate-limit, no-connection or account.
    pub waits_for: Option<String>,
    /// Queued: place among those that wait for the same.
    pub place: Option<i32>,
    /// Calls begun.
    pub attempts: i32,
    pub started_at: Option<DateTime<Utc>>,
    /// Unknown: X does not show it, a person must say what became of it.
    pub ask_person: bool,
    /// Posted: id at X.
    pub x_id: Option<String>,
    /// Posted: item that it is, once X's echo came.
    pub posted_item_id: Option<Uuid>,
    pub permalink: Option<String>,
    pub posted_at: Option<DateTime<Utc>>,
    /// Who said what became of it.
    pub resolved_by: Option<String>,
    /// Failed: X's words.
    pub x: Option<XFailure>,
    /// Deletions: everywhere (a post), or own-side (a message: its recipient keeps it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletes: Option<&'static str>,
    pub revision: i64,
}

/// Why X did not take it.
#[derive(Debug, Serialize, ToSchema)]
pub struct XFailure {
    pub status: Option<u16>,
    #[serde(rename = "type")]
    pub problem_type: String,
    pub title: String,
    pub detail: String,
}

impl Reply {
    /// A row as a caller may see it.
    pub fn of(row: respond::Reply, text: Option<String>, sight: Sight, now: DateTime<Utc>) -> Self {
        let private = matches!(row.kind.as_str(), "message" | "delete-message");
        let kind = if private { Kind::Message } else { Kind::Post };
        let posted = row.x_id.as_deref().filter(|_| row.writes());
        let failure = row.failure();
        let tried = row.started_at.unwrap_or(row.created_at);
        Self {
            thread: RowId::from_key(&row.thread_key).map(|id| id.encode()),
            text: text.filter(|_| sight.sees(kind.as_str())),
            media_id: row.media_sha256.as_deref().map(runtime::pictures::id),
            ask_person: row.state == "unknown" && decide::shown(tried, now),
            posted_item_id: row.posted_item(),
            permalink: posted
                .filter(|_| !private)
                .map(|x_id| format!("https://x.com/i/status/{x_id}")),
            x: failure.map(|failure| XFailure {
                status: failure.status,
                problem_type: failure.kind,
                title: failure.title,
                detail: failure.detail,
            }),
            deletes: match row.kind.as_str() {
                "delete-post" => Some("everywhere"),
                "delete-message" => Some("own-side"),
                _ => None,
            },
            reply_id: row.reply_id,
            kind: row.kind,
            state: row.state,
            item_id: row.item_id,
            person_id: row.person_id,
            customer_id: row.customer_id,
            case_id: row.case_id,
            account: row.account,
            by: row.written_by,
            created_at: row.created_at,
            not_before: row.not_before,
            waits_for: row.wait_reason,
            place: row.wait_place,
            attempts: row.attempts,
            started_at: row.started_at,
            x_id: row.x_id,
            posted_at: row.posted_at,
            resolved_by: row.resolved_by,
            revision: row.revision,
        }
    }
}

/// Something that came into a row of the list after the version that a sender saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct New {
    /// item, reply, note or close.
    pub what: String,
    /// Id of the item, reply or note.
    pub id: Uuid,
    /// X id of the author, or the user or key.
    pub by: String,
    pub at: DateTime<Utc>,
}

/// How an item may be answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyOptions {
    /// X id of the account that would act.
    pub account: Option<String>,
    pub public: Way,
    pub message: Way,
    /// A draft's weight, if one was sent.
    pub weight: Option<u32>,
    /// Weight of a post at most.
    pub weight_max: u32,
    /// Characters of a message at most.
    pub message_chars_max: usize,
    /// Types of a picture; one, up to 5 MB.
    pub media_types: Vec<String>,
    pub media_bytes_max: usize,
    /// Who is addressed by a public reply; all but the author can be left out.
    pub addressed: Vec<Addressed>,
}

/// One way to answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Way {
    pub allowed: bool,
    /// summoned, enterprise, own-post, capability-on, conversation, not-known; not-summoned, deleted, protected,
    /// closed, capability-off, private-message, no-account.
    pub why: String,
    /// Millionths of a US dollar, by X's published prices.
    pub cost_micro_usd: i64,
    /// With a link.
    pub cost_link_micro_usd: i64,
    /// Calls left in the window of X's that is used up the most (15 minutes; messages: a day too), by
    /// what went out through us.
    pub left: i64,
    pub of: i64,
    /// When the next can go, if none is left.
    pub next_at: Option<DateTime<Utc>>,
}

/// Somebody who is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Addressed {
    pub x_id: Option<String>,
    pub handle: String,
    /// The author of the item: always addressed.
    pub author: bool,
}
