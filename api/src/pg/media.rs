//! Pictures of items.

use sqlx::PgConnection;
use uuid::Uuid;

pub struct Picture {
    pub kind: String,
    pub sha256: String,
    pub content_type: String,
}

/// A picture that is kept and whose item X did not delete.
pub async fn get(
    connection: &mut PgConnection,
    org: &str,
    media_id: Uuid,
) -> Result<Option<Picture>, sqlx::Error> {
    sqlx::query_as!(
        Picture,
        r#"SELECT m.kind, m.sha256 AS "sha256!", m.content_type AS "content_type!"
             FROM media m JOIN items i ON i.org = $1 AND i.item_id = m.item_id
            WHERE m.org = $1 AND m.media_id = $2 AND m.sha256 IS NOT NULL AND i.deleted_at IS NULL"#,
        org,
        media_id
    )
    .fetch_optional(connection)
    .await
}

/// A picture that a CSR uploaded. Once it is part of a private message it is as private as that.
pub async fn uploaded(
    connection: &mut PgConnection,
    org: &str,
    sha256: &[u8],
) -> Result<Option<Picture>, sqlx::Error> {
    sqlx::query_as!(
        Picture,
        r#"SELECT CASE WHEN EXISTS (SELECT FROM replies r
                                     WHERE r.org = $1 AND r.media_sha256 = u.sha256 AND r.kind = 'message')
                       THEN 'message' ELSE 'post' END AS "kind!",
                  encode(u.sha256, 'hex') AS "sha256!", u.media_type AS content_type
             FROM uploads u WHERE u.org = $1 AND u.sha256 = $2"#,
        org,
        sha256
    )
    .fetch_optional(connection)
    .await
}
