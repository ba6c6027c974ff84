//! What the proof of replies reads, as the superuser.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// Intents that the sender has something to do for, and a number that rises with all that is done.
pub async fn due(pool: &PgPool, now: DateTime<Utc>) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state IN ('queued', 'sending') OR (state = 'unknown' AND look_at <= $1)),
                coalesce(sum(revision + looks), 0)::bigint
           FROM replies",
    )
    .bind(now)
    .fetch_one(pool)
    .await
}
