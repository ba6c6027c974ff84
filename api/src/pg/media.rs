//! Pictures of items and people, and uploads.

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

/// A picture by its hash: of a person whose profile shows one, or one that a CSR uploaded. An upload
/// that is part of a private message is as private as that, unless a profile shows it to everybody.
pub async fn of_hash(
    connection: &mut PgConnection,
    org: &str,
    sha256: &[u8],
) -> Result<Option<Picture>, sqlx::Error> {
    sqlx::query_as!(
        Picture,
        r#"SELECT 'post' AS "kind!", a.sha256 AS "sha256!", a.content_type AS "content_type!"
             FROM avatars a JOIN persons p ON p.x_id = a.x_id AND p.org = $1
            WHERE a.org = $1 AND a.sha256 = encode($2, 'hex') AND p.avatar_url <> ''
           UNION ALL
           SELECT CASE WHEN EXISTS (SELECT FROM replies r
                                     WHERE r.org = $1 AND r.media_sha256 = u.sha256 AND r.kind = 'message')
                       THEN 'message' ELSE 'post' END,
                  encode(u.sha256, 'hex'), u.media_type
             FROM uploads u WHERE u.org = $1 AND u.sha256 = $2
            ORDER BY 1 DESC LIMIT 1"#,
        org,
        sha256
    )
    .fetch_optional(connection)
    .await
}
