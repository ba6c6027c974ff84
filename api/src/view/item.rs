use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Panel;
use super::text::TextState;

/// One post or message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    pub item_id: Uuid,
    pub kind: Panel,
    /// Row of the list that it belongs to.
    pub thread: String,
    /// Belongs to the row that was opened; others of the conversation are dimmed.
    pub own: bool,
    pub x_id: String,
    /// Where it stands on X; posts only.
    pub permalink: Option<String>,
    /// Edit history, oldest first.
    pub version_ids: Vec<String>,
    /// inbound or outbound; null while only facts about it were seen.
    pub direction: Option<String>,
    /// What we wrote: who did it here; null if it was written at X.
    pub sent_by: Option<String>,
    /// Its reply, for `GET /replies/{id}`.
    pub reply_id: Option<Uuid>,
    pub post_type: Option<String>,
    pub person_id: String,
    pub author: Author,
    pub parent_x_id: Option<String>,
    pub quoted_x_id: Option<String>,
    /// What it quotes, in a window of a conversation, if that is stored and stands in another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub quoted: Option<Box<Item>>,
    pub repost_of_x_id: Option<String>,
    pub in_reply_to_x_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub text_state: TextState,
    /// Links, mentions and tags of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub entities: Option<serde_json::Value>,
    /// Pictures and videos; `media_id` for `GET /media/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub media: Option<serde_json::Value>,
    pub lang: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub sentiment: Option<serde_json::Value>,
    pub likes: i64,
    pub reposts: i64,
    pub replies: i64,
    pub quotes: i64,
    pub posted_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    /// open, draft or closed; null for what we wrote.
    pub status: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<String>,
    pub closed_rule: Option<String>,
    pub case_id: Option<Uuid>,
    pub case_no: Option<i64>,
    pub customer_id: Option<Uuid>,
    pub revision: i64,
}

/// Who wrote an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct Author {
    pub x_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    /// Picture, for `GET /media/{id}`; null until we have it.
    pub avatar_id: Option<String>,
    /// When it was written.
    pub followers_then: Option<i64>,
}

/// A post of the conversation that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Hole {
    pub x_id: String,
    /// not-fetched, or why X does not give it: deleted, protected or unavailable.
    pub reason: String,
    /// Somebody asked for it, and it is being looked up.
    pub fetching: bool,
    /// Why nothing came of it when it was asked for last.
    pub problem: Option<String>,
}

/// A window of a conversation, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Window {
    pub items: Vec<Item>,
    /// Posts that items of the window hang on and that are not there.
    pub holes: Vec<Hole>,
    /// There is more before the window: ask with `before` = X id of its first item.
    pub more_before: bool,
    /// There is more after the window: ask with `after` = X id of its last item.
    pub more_after: bool,
}

/// Why an item ranks where it does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Priority {
    pub score: f64,
    pub as_of: DateTime<Utc>,
    pub terms: Vec<Term>,
}

/// One term of a priority.
#[derive(Debug, Serialize, ToSchema)]
pub struct Term {
    pub name: String,
    /// Strength from 0 to 1.
    pub value: f64,
    /// The organisation's weight.
    pub weight: f64,
    /// What it adds to the score.
    pub points: f64,
}

/// Why an item has the case that it has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    pub case: Option<super::row::CaseBrief>,
    pub customer_id: Option<Uuid>,
    /// thread-case, only-open-case, opened-from-item, reply, by-hand or unlinked-by-hand.
    pub rule: Option<String>,
    pub version: Option<i32>,
    /// What the rule saw.
    #[schema(value_type = Option<Object>)]
    pub inputs: Option<serde_json::Value>,
    pub by: Option<String>,
    pub at: Option<DateTime<Utc>>,
    /// True once any case was linked.
    pub had_case: bool,
}
