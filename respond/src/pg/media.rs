//! Pictures: what CSRs uploaded to us, and what X has of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::rows::Reply;

/// Keeps that an organisation has a picture; the same picture again changes nothing.
pub async fn keep(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    (sha256, media_type, bytes): (&[u8], &str, i32),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO uploads (org, sha256, media_type, bytes, uploaded_by, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        org,
        sha256,
        media_type,
        bytes,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Type of a picture of an organisation.
pub async fn media_type(
    connection: &mut PgConnection,
    org: &str,
    sha256: &[u8],
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT media_type FROM uploads WHERE org = $1 AND sha256 = $2",
        org,
        sha256
    )
    .fetch_optional(connection)
    .await
}

/// X's id of a reply's picture, while it can still be used.
pub async fn at_x(
    connection: &mut PgConnection,
    (reply, purpose): (&Reply, &str),
    now: DateTime<Utc>,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT media_id FROM media_uploads
          WHERE org = $1 AND account = $2 AND purpose = $3 AND sha256 = $4 AND alt_text = $5 AND expires_at > $6",
        reply.org,
        reply.account,
        purpose,
        reply.media_sha256,
        reply.alt_text,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Keeps X's id of a reply's picture.
pub async fn uploaded(
    connection: &mut PgConnection,
    (reply, purpose): (&Reply, &str),
    media_id: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO media_uploads (org, account, purpose, sha256, alt_text, media_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (sha256, alt_text, account, purpose, org)
         DO UPDATE SET media_id = EXCLUDED.media_id, expires_at = EXCLUDED.expires_at",
        reply.org,
        reply.account,
        purpose,
        reply.media_sha256,
        reply.alt_text,
        media_id,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}
