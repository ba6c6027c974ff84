//! What an operator did to quarantined records.

use chrono::{DateTime, Utc};
use schemas::topics::{QUARANTINE_MESSAGES, QUARANTINE_POSTS};
use sqlx::PgExecutor;

use crate::stage::Position;

/// Marks a quarantined record as `replayed` or `dropped`; `false` if it was marked before.
pub async fn mark(
    executor: impl PgExecutor<'_>,
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
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every mark: where, and what was done.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<(Position, String)>, sqlx::Error> {
    let rows = sqlx::query!("SELECT topic, partition, record_offset, action FROM quarantine_marks")
        .fetch_all(executor)
        .await?;
    let topics = [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES];
    let marks = rows.into_iter().filter_map(|row| {
        let topic = topics.into_iter().find(|topic| topic.name == row.topic)?;
        let at = Position {
            topic,
            partition: row.partition,
            offset: row.record_offset,
        };
        Some((at, row.action))
    });
    Ok(marks.collect())
}
