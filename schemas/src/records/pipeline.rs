//! Records that the pipeline carries: received, enriched, item, interaction.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::parts::{Content, Counts, Entities, Media, PriorityTerm, Profile, Sentiment};
use super::record;
use crate::Kind;

/// An item or event as X sent it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Received {
    /// Organisation (canonical orgId).
    pub org: String,
    /// X user id of our account that it was delivered for.
    pub account: String,
    /// X user ids of all accounts of the organisation, so that direction can be told from this record alone.
    pub own_accounts: Vec<String>,
    /// webhook, stream, poll, replay, lookup or import.
    pub source: String,
    /// xaa (X Activity), aaa (Account Activity) or v2 (REST and filtered stream).
    pub envelope: String,
    /// Name of the event as X names it, such as post.mention.create or tweet_create_events.
    pub event: String,
    /// X id of the post or message concerned, where one is.
    pub x_id: Option<String>,
    /// Bytes of the item or event exactly as X sent them.
    #[serde(with = "apache_avro::serde::bytes")]
    pub payload: Vec<u8>,
    /// Bytes of the neighbouring object that is needed to read it (users of a DM event), as X sent them.
    #[serde(with = "apache_avro::serde::bytes_opt")]
    pub context: Option<Vec<u8>>,
    /// When it reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// True for history fetched later.
    pub backfill: bool,
}

/// A normalised item, or a later fact about one. Both share the key of the item, so this topic is never compacted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enriched {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item: UUIDv5 of organisation, network, kind and first X id.
    pub item_id: Uuid,
    /// post or message.
    pub kind: Kind,
    /// Always 0: revisions are given by the case linker.
    pub revision: i64,
    /// upsert, or erase when the fact is a deletion.
    pub op: String,
    /// item, counts, delete or profile.
    pub fact: String,
    /// X id of the post or message; of the user for a profile.
    pub x_id: String,
    /// X user id of the author; empty where the event did not say.
    pub author_id: String,
    /// X user id of the person concerned: the author, for messages the other side; empty where unknown.
    pub person_id: String,
    /// X user id of our account that it was delivered for.
    pub account: String,
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
    /// What was written; for fact item.
    pub content: Option<Content>,
    /// Public counts, if X sent them.
    pub counts: Option<Counts>,
    /// When it was deleted on X; for fact delete.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// People that the event described: author first.
    pub profiles: Vec<Profile>,
}

/// A Feed (post) or Message: the whole item row with links and work columns. An upsert stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, sqlx::Type)]
#[serde(default)]
#[sqlx(type_name = "item_row")]
pub struct Item {
    /// Organisation (canonical orgId).
    pub org: String,
    /// Item: UUIDv5 of organisation, network, kind and first X id.
    pub item_id: Uuid,
    /// post or message.
    pub kind: Kind,
    /// Rises by at least one with each change of the item; the highest of a key is the truth.
    pub revision: i64,
    /// upsert; erase (deleted on X: ids only, for ever); withdraw (it was a later version of another item, which has it now).
    pub op: String,
    /// X id of the first version.
    pub x_id: String,
    /// X id of the newest version seen.
    pub version_id: Option<String>,
    /// Edit history, oldest first.
    pub version_ids: Vec<String>,
    /// X user id of the author; empty while unknown.
    pub author_id: String,
    /// X user id of the person whose row of the desk the item belongs to: the author, for messages the other side.
    pub person_id: String,
    /// inbound or outbound; null while only facts about the item were seen.
    pub direction: Option<String>,
    /// post, mention, reply, quote, repost or message.
    pub post_type: Option<String>,
    /// X's conversation id, if X said it.
    pub conversation_id: Option<String>,
    /// Post that this one answers.
    pub parent_x_id: Option<String>,
    /// Post that this one quotes.
    pub quoted_x_id: Option<String>,
    /// Post that this one repeats.
    pub repost_of_x_id: Option<String>,
    /// X user id of the person answered.
    pub in_reply_to_x_id: Option<String>,
    /// X user id of the receiver of a message.
    pub recipient_x_id: Option<String>,
    /// Unmodified text; empty once erased.
    pub text: String,
    /// False when only a cut text was seen so far.
    pub text_complete: bool,
    /// Links, mentions, hashtags and cashtags in the text.
    pub entities: Json<Entities>,
    /// Pictures and videos.
    pub media: Json<Vec<Media>>,
    /// Language, BCP 47.
    pub lang: Option<String>,
    /// Sentiment of the text.
    pub sentiment: Option<Json<Sentiment>>,
    /// Reach of the author at the time, 0 to 1.
    pub influence: f64,
    /// Static priority terms.
    pub priority_terms: Json<Vec<PriorityTerm>>,
    /// Handle of the author when the item was written.
    pub handle: Option<String>,
    /// Display name of the author when the item was written.
    pub author_name: Option<String>,
    /// Followers of the author when the item was written.
    pub followers_then: Option<i64>,
    /// Likes, newest count seen.
    pub likes: i64,
    /// Reposts, newest count seen.
    pub reposts: i64,
    /// Replies, newest count seen.
    pub replies: i64,
    /// Quotes, newest count seen.
    pub quotes: i64,
    /// When those were counted.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub counts_at: Option<DateTime<Utc>>,
    /// X user ids of our accounts that received it, sorted.
    pub accounts: Vec<String>,
    /// Every way it came by, sorted.
    pub sources: Vec<String>,
    /// When it was deleted on X; null while it stands.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// Customer that the person is attached to.
    pub customer_id: Option<Uuid>,
    /// Case that the item is linked to.
    pub case_id: Option<Uuid>,
    /// True once any case was linked, for ever.
    pub had_case: bool,
    /// Rule that linked the case: thread-case, only-open-case, opened-from-item, by-hand, unlinked-by-hand.
    pub link_rule: Option<String>,
    /// Version of that rule.
    pub link_version: Option<i32>,
    /// What the rule saw, as JSON.
    pub link_inputs: Option<String>,
    /// Who linked by hand.
    pub link_by: Option<String>,
    /// When it was linked.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub linked_at: Option<DateTime<Utc>>,
    /// When it was closed (Done).
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub closed_at: Option<DateTime<Utc>>,
    /// User who closed it; null when a rule did.
    pub closed_by: Option<String>,
    /// Rule that closed it; null when a user did.
    pub closed_rule: Option<String>,
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

/// A customer interaction: ids and facts, never a body. An upsert stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, sqlx::Type)]
#[serde(default)]
#[sqlx(type_name = "interactions")]
pub struct Interaction {
    /// Organisation (canonical orgId).
    pub org: String,
    /// UUIDv5 of organisation and item: one per item.
    pub interaction_id: Uuid,
    /// Item that it records; its text is in the item topics.
    pub item_id: Uuid,
    /// Revision of the item that it was made from; the highest of a key is the truth.
    pub revision: i64,
    /// upsert, withdraw (no longer linked to a case) or erase (deleted on X).
    pub op: String,
    /// x-post or x-message; other channels may write their own.
    pub channel: String,
    /// post or message.
    pub kind: Kind,
    /// post, mention, reply, quote, repost or message.
    pub post_type: Option<String>,
    /// inbound or outbound.
    pub direction: String,
    /// X user id of the person.
    pub person_id: String,
    /// Customer, if attached.
    pub customer_id: Option<Uuid>,
    /// Case; a message has an interaction without one too.
    pub case_id: Option<Uuid>,
    /// case-linked or message.
    pub reason: String,
    /// Likes of the item, newest count seen.
    pub likes: i64,
    /// X's time of the item.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the item reached earshot.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub received_at: DateTime<Utc>,
    /// When this revision was made.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// How the item came first.
    pub source: String,
    /// True for history fetched later.
    pub backfill: bool,
}

record!(Received, "Received", 1_000_001);
record!(Enriched, "Enriched", 1_000_002);
record!(Item, "Item", 1_000_010);
record!(Interaction, "Interaction", 1_000_004);
