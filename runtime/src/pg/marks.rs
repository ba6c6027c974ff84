//! What an operator did to quarantined records.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::stage::Position;

/// Marks a quarantined record as `replayed` or `dropped`; `false` if it was marked before.
pub async fn mark(
    pool: &PgPool,
    at: &Position,
    action: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO quarantine_marks (topic, partition, record_offset, action, marked_by, marked_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        at.topic.name,
        at.partition,
        at.offset,
        action,
        by,
        now
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every mark: topic, partition, offset, action.
pub async fn all(pool: &PgPool) -> Result<Vec<(String, i32, i64, String)>, sqlx::Error> {
    let rows = sqlx::query!("SELECT topic, partition, record_offset, action FROM quarantine_marks")
        .fetch_all(pool)
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.topic, r.partition, r.record_offset, r.action))
        .collect())
}
