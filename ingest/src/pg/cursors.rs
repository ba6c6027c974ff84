//! How far a feed was read: moved only after the broker has everything up to there.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// A cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Newest id that was taken.
    pub since_id: i64,
    /// What was written before is history.
    pub backfill_before: DateTime<Utc>,
}

/// The cursor of a feed; the first time it is made of `first`.
pub async fn read(
    pool: &PgPool,
    (org, account, feed): (&str, &str, &str),
    first: Cursor,
    now: DateTime<Utc>,
) -> Result<Cursor, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "INSERT INTO poll_cursors (org, account, feed, since_id, backfill_before, moved_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        org,
        account,
        feed,
        first.since_id,
        first.backfill_before,
        now
    )
    .execute(&mut *transaction)
    .await?;
    let cursor = sqlx::query_as!(
        Cursor,
        "SELECT since_id, backfill_before FROM poll_cursors
          WHERE org = $1 AND account = $2 AND feed = $3",
        org,
        account,
        feed
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(cursor)
}

/// Moves a cursor forward, never back: the feed was read to its end.
pub async fn advance(
    pool: &PgPool,
    (org, account, feed): (&str, &str, &str),
    since_id: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE poll_cursors
            SET since_id = greatest(since_id, $4), polled_at = $5,
                moved_at = CASE WHEN since_id < $4 THEN $5 ELSE moved_at END
          WHERE org = $1 AND account = $2 AND feed = $3",
        org,
        account,
        feed,
        since_id,
        now
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets conversations that X's search does not reach any more.
pub async fn forget_conversations(
    pool: &PgPool,
    org: &str,
    before: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "DELETE FROM poll_cursors WHERE org = $1 AND feed LIKE 'conversation:%' AND moved_at < $2",
        org,
        before
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
