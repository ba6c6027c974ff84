//! What is deleted.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An item that is deleted.
#[derive(Debug)]
pub struct Deleted {
    pub kind: String,
    pub x_id: String,
    pub deleted_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// Pictures that are not removed yet.
    pub pictures: i64,
    /// Replies of the desk that it is the echo of, and those whose text is still there.
    pub replies: i64,
    pub replies_left: i64,
}

/// A deleted item.
pub async fn of_item(
    connection: &mut PgConnection,
    org: &str,
    item_id: Uuid,
) -> Result<Option<Deleted>, sqlx::Error> {
    sqlx::query_as!(
        Deleted,
        r#"SELECT i.kind, i.x_id, i.deleted_at AS "deleted_at!", i.recorded_at,
                  (SELECT count(*) FROM media m
                    WHERE m.org = $1 AND m.item_id = $2 AND m.sha256 IS NOT NULL) AS "pictures!",
                  r.replies AS "replies!", r.replies_left AS "replies_left!"
             FROM items i
            CROSS JOIN LATERAL (
                  SELECT count(*) AS replies, count(*) FILTER (WHERE r.text_hash <> '') AS replies_left
                    FROM replies r WHERE r.org = i.org AND r.x_id = i.x_id
                     AND r.kind = CASE i.kind WHEN 'message' THEN 'message' ELSE 'public' END) r
            WHERE i.org = $1 AND i.item_id = $2 AND i.deleted_at IS NOT NULL"#,
        org,
        item_id
    )
    .fetch_optional(connection)
    .await
}

/// Items that X knows by an id, a later version's too.
pub async fn by_x_id(
    connection: &mut PgConnection,
    org: &str,
    x_id: &str,
    own: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT item_id AS "item_id!" FROM items WHERE org = $1 AND item_id = ANY ($3)
           UNION SELECT item_id FROM item_aliases WHERE org = $1 AND x_id = $2"#,
        org,
        x_id,
        own
    )
    .fetch_all(connection)
    .await
}
