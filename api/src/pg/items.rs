//! Items by id.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::row_id::RowId;

#[derive(Clone)]
pub struct Item {
    pub item_id: Uuid,
    pub kind: String,
    pub x_id: String,
    pub version_ids: Vec<String>,
    pub author_id: String,
    pub person_id: String,
    pub thread_id: String,
    pub direction: Option<String>,
    pub post_type: Option<String>,
    pub parent_x_id: Option<String>,
    pub quoted_x_id: Option<String>,
    pub repost_of_x_id: Option<String>,
    pub in_reply_to_x_id: Option<String>,
    pub text: String,
    pub text_complete: bool,
    pub entities: serde_json::Value,
    pub media: serde_json::Value,
    pub lang: Option<String>,
    pub sentiment: Option<serde_json::Value>,
    pub priority_terms: serde_json::Value,
    pub handle: Option<String>,
    pub author_name: Option<String>,
    pub avatar_id: Option<String>,
    pub followers_then: Option<i64>,
    pub likes: i64,
    pub reposts: i64,
    pub replies: i64,
    pub quotes: i64,
    pub posted_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub status: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<String>,
    pub closed_rule: Option<String>,
    pub customer_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub case_no: Option<i64>,
    pub case_status: Option<String>,
    pub had_case: bool,
    pub link_rule: Option<String>,
    pub link_version: Option<i32>,
    pub link_inputs: Option<String>,
    pub link_by: Option<String>,
    pub linked_at: Option<DateTime<Utc>>,
    pub revision: i64,
    pub reply_id: Option<Uuid>,
    pub sent_by: Option<String>,
}

impl Item {
    /// The row of the list that it is in.
    pub fn row(&self) -> RowId {
        let original = self.repost_of_x_id.as_deref();
        RowId::of(&self.kind, &self.person_id, &self.thread_id, original)
    }
}

/// Items of these ids, in X's order.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    ids: &[Uuid],
) -> Result<Vec<Item>, sqlx::Error> {
    sqlx::query_as!(
        Item,
        r#"SELECT i.item_id, i.kind, i.x_id, i.version_ids, i.author_id, i.person_id, i.thread_id,
                  i.direction, i.post_type, i.parent_x_id, i.quoted_x_id, i.repost_of_x_id, i.in_reply_to_x_id,
                  i.text, i.text_complete, i.entities, i.media, i.lang, i.sentiment, i.priority_terms,
                  i.handle, i.author_name, av.sha256 AS "avatar_id?", i.followers_then,
                  i.likes, i.reposts, i.replies, i.quotes, i.posted_at, i.received_at, i.deleted_at,
                  i.status, i.closed_at, actor_name(i.org, i.closed_by) AS closed_by, i.closed_rule, i.customer_id,
                  i.case_id, c.case_no AS "case_no?", c.status AS "case_status?", i.had_case,
                  i.link_rule, i.link_version, i.link_inputs, actor_name(i.org, i.link_by) AS link_by, i.linked_at, i.revision,
                  r.reply_id AS "reply_id?", actor_name(r.org, r.written_by) AS "sent_by?"
             FROM items i
             LEFT JOIN replies r ON r.x_id = i.x_id AND r.org = i.org AND i.direction = 'outbound'
                  AND r.kind = CASE i.kind WHEN 'message' THEN 'message' ELSE 'public' END
             LEFT JOIN persons p ON p.org = i.org AND p.x_id = i.author_id
             LEFT JOIN avatars av ON av.x_id = p.x_id AND av.org = p.org AND p.avatar_url <> ''
             LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
            WHERE i.org = $1 AND i.item_id = ANY ($2)
            ORDER BY length(i.x_id), i.x_id COLLATE "C""#,
        org,
        ids
    )
    .fetch_all(connection)
    .await
}

/// What a record about an item says.
pub struct Facts {
    pub item_id: Uuid,
    pub kind: String,
    pub x_id: String,
    pub author_id: String,
    pub person_id: String,
    pub thread_id: String,
    pub case_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub posted_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub backfill: bool,
    pub revision: i64,
}

/// Facts of items, for records about them.
pub async fn facts(
    connection: &mut PgConnection,
    org: &str,
    ids: &[Uuid],
) -> Result<Vec<Facts>, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        "SELECT item_id, kind, x_id, author_id, person_id, thread_id, case_id, customer_id,
                posted_at, received_at, backfill, revision
           FROM items WHERE org = $1 AND item_id = ANY ($2) ORDER BY item_id",
        org,
        ids
    )
    .fetch_all(connection)
    .await
}
