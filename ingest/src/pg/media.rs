//! Pictures of items.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// An item whose pictures are to be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Item.
    pub item_id: Uuid,
    /// post or message.
    pub kind: String,
    /// Accounts that it came to.
    pub accounts: Vec<String>,
    /// Its media, as they stand in the row.
    pub media: Value,
}

/// Items that wait and have media of which some have no row, or one that may be tried again.
pub async fn wanted(
    pool: &PgPool,
    org: &str,
    tries_max: i32,
    tried_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Item,
        "SELECT i.item_id, i.kind, i.accounts, i.media FROM items i
          WHERE i.org = $1 AND i.direction = 'inbound' AND i.closed_at IS NULL
            AND i.deleted_at IS NULL AND i.media <> '[]'
            AND (jsonb_array_length(i.media) > (SELECT count(*) FROM media m
                                                 WHERE m.org = $1 AND m.item_id = i.item_id)
                 OR EXISTS (SELECT FROM media m WHERE m.org = $1 AND m.item_id = i.item_id
                               AND m.sha256 IS NULL AND m.tries < $2 AND m.tried_at < $3))
          ORDER BY i.received_at DESC LIMIT $4",
        org,
        tries_max,
        tried_before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// What became of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Picture.
    pub media_id: Uuid,
    /// Its item.
    pub item_id: Uuid,
    /// post or message.
    pub kind: &'a str,
    /// SHA-256, type and bytes, if it is stored.
    pub stored: Option<(&'a str, &'a str, i64)>,
    /// Why it is not.
    pub problem: Option<&'a str>,
    /// It will not be tried again.
    pub final_: bool,
}

/// Writes what became of a picture.
pub async fn record(
    pool: &PgPool,
    org: &str,
    outcome: &Outcome<'_>,
    tries_max: i32,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let (sha256, content_type, size) = match outcome.stored {
        Some((sha256, content_type, size)) => (Some(sha256), Some(content_type), Some(size)),
        None => (None, None, None),
    };
    let tries = if outcome.final_ { tries_max } else { 1 };
    sqlx::query!(
        "INSERT INTO media AS m
                (org, media_id, item_id, kind, sha256, content_type, size_bytes, problem, tries, tried_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (org, media_id) DO UPDATE
            SET sha256 = EXCLUDED.sha256, content_type = EXCLUDED.content_type,
                size_bytes = EXCLUDED.size_bytes, problem = EXCLUDED.problem,
                tries = m.tries + EXCLUDED.tries, tried_at = EXCLUDED.tried_at",
        org,
        outcome.media_id,
        outcome.item_id,
        outcome.kind,
        sha256,
        content_type,
        size,
        outcome.problem,
        tries,
        now
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets pictures of items that X deleted; gives the hashes of those that are gone from this
/// organisation.
pub async fn forget_deleted(pool: &PgPool, org: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let gone = sqlx::query_scalar!(
        r#"DELETE FROM media m USING items i
            WHERE m.org = $1 AND i.org = $1 AND i.item_id = m.item_id AND i.deleted_at IS NOT NULL
           RETURNING m.sha256"#,
        org
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(gone.into_iter().flatten().collect())
}

/// Of these hashes, those that these organisations still use: pictures of items, of people and
/// uploads of the desk lie in one directory.
pub async fn used(
    pool: &PgPool,
    orgs: &[&str],
    hashes: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, orgs).await?;
    let used = sqlx::query_scalar!(
        r#"SELECT sha256 AS "sha256!" FROM media WHERE sha256 = ANY ($1)
           UNION SELECT sha256 FROM avatars WHERE sha256 = ANY ($1)
           UNION SELECT encode(sha256, 'hex') FROM uploads
            WHERE sha256 = ANY (SELECT decode(hash, 'hex') FROM UNNEST($1::text[]) AS h (hash))"#,
        hashes
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(used)
}
