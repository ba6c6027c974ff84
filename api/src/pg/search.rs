//! Search over what is bounded: active items, and ids.

use sqlx::PgConnection;
use uuid::Uuid;

/// Active items whose text, handle or name fits a `LIKE` pattern, newest first. Texts of messages
/// are looked at only for those who may read them.
pub async fn active(
    connection: &mut PgConnection,
    org: &str,
    pattern: &str,
    messages: bool,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT item_id FROM items
          WHERE org = $1 AND direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL
            AND lower(coalesce(handle, '') || ' ' || coalesce(author_name, '')
                || CASE WHEN kind = 'post' OR $3 THEN ' ' || text ELSE '' END) LIKE $2
          ORDER BY coalesce(posted_at, received_at) DESC, item_id DESC LIMIT $4",
        org,
        pattern,
        messages,
        limit
    )
    .fetch_all(connection)
    .await
}
