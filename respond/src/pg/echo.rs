//! What our own rows show of what we wrote: X's echo, as the pipeline stored it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::rows::Reply;

/// An outbound item.
pub struct Echo {
    pub x_id: String,
    pub target: Option<String>,
    pub text: String,
    pub entities: serde_json::Value,
    pub posted_at: Option<DateTime<Utc>>,
}

/// What the account wrote since `since` at the place of a reply: answers to the post, or messages
/// of the conversation.
pub async fn outbound(
    connection: &mut PgConnection,
    reply: &Reply,
    since: DateTime<Utc>,
) -> Result<Vec<Echo>, sqlx::Error> {
    sqlx::query_as!(
        Echo,
        "SELECT x_id, parent_x_id AS target, text, entities, posted_at
           FROM items
          WHERE org = $1 AND person_id = $2 AND author_id = $3 AND kind = $4 AND direction = 'outbound'
            AND deleted_at IS NULL AND coalesce(posted_at, received_at) >= $5
            AND (kind = 'message' OR parent_x_id = $6)
          ORDER BY length(x_id), x_id COLLATE \"C\" LIMIT 200",
        reply.org,
        reply.person_id,
        reply.account,
        if reply.kind == "message" { "message" } else { "post" },
        since,
        reply.target
    )
    .fetch_all(connection)
    .await
}

/// Ids that intents of the account have already.
pub async fn taken(
    connection: &mut PgConnection,
    reply: &Reply,
    ids: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT x_id AS "x_id!" FROM replies
            WHERE org = $1 AND kind = $2 AND reply_id <> $3 AND x_id = ANY ($4)"#,
        reply.org,
        reply.kind,
        reply.reply_id,
        ids
    )
    .fetch_all(connection)
    .await
}
