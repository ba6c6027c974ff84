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

/// Every id of the post answered: X may hang a reply on any of its versions.
pub async fn versions(
    connection: &mut PgConnection,
    reply: &Reply,
) -> Result<Vec<String>, sqlx::Error> {
    let known = sqlx::query_scalar!(
        r#"SELECT array_append(version_ids, x_id) AS "ids!" FROM items WHERE org = $1 AND item_id = $2"#,
        reply.org,
        reply.item_id
    )
    .fetch_optional(connection)
    .await?;
    let mut versions = known.unwrap_or_default();
    versions.push(reply.target.clone());
    Ok(versions)
}

/// What the account wrote since `since` in the conversation of the item answered: answers to it, or
/// messages.
pub async fn outbound(
    connection: &mut PgConnection,
    reply: &Reply,
    versions: &[String],
    since: DateTime<Utc>,
) -> Result<Vec<Echo>, sqlx::Error> {
    sqlx::query_as!(
        Echo,
        "SELECT i.x_id, i.parent_x_id AS target, i.text, i.entities, i.posted_at
           FROM items a
           JOIN items i ON i.thread_id = a.thread_id AND i.org = a.org AND i.kind = a.kind
          WHERE a.org = $1 AND a.item_id = $2 AND i.author_id = $3 AND i.direction = 'outbound'
            AND i.deleted_at IS NULL AND coalesce(i.posted_at, i.received_at) >= $4
            AND (i.kind = 'message' OR i.parent_x_id = ANY ($5))
          ORDER BY length(i.x_id), i.x_id LIMIT 200",
        reply.org,
        reply.item_id,
        reply.account,
        since,
        versions
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
