//! How old the oldest record is that each stage has not handled: a source stops taking before
//! retention could eat what was acknowledged to X.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

/// An instance not seen for so long, while another of its stage was, has handed its partitions
/// over: session time-out, rebalance and a margin.
const HANDED_OVER: TimeDelta = TimeDelta::minutes(2);

/// Says that the oldest unprocessed record of this instance has waited for `age`.
pub async fn report(
    pool: &PgPool,
    stage: &str,
    instance: &str,
    age: Duration,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let oldest_at = now - TimeDelta::from_std(age).unwrap_or_default();
    sqlx::query!(
        "INSERT INTO stage_ages (stage, instance, oldest_at, seen_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (stage, instance) DO UPDATE
            SET oldest_at = EXCLUDED.oldest_at, seen_at = EXCLUDED.seen_at",
        stage,
        instance,
        oldest_at,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The greatest age over all stages; `None` while none has ever reported. A stage that stopped
/// reporting ages on from what it said last.
pub async fn oldest(pool: &PgPool, now: DateTime<Utc>) -> Result<Option<Duration>, sqlx::Error> {
    let rows = sqlx::query!("SELECT stage, oldest_at, seen_at FROM stage_ages")
        .fetch_all(pool)
        .await?;
    let newest = |stage: &str| {
        rows.iter()
            .filter(|row| row.stage == stage)
            .map(|row| row.seen_at)
            .max()
    };
    let oldest = rows
        .iter()
        .filter(|row| newest(&row.stage).is_some_and(|seen| row.seen_at >= seen - HANDED_OVER))
        .map(|row| row.oldest_at)
        .min();
    Ok(oldest.map(|at| (now - at).to_std().unwrap_or_default()))
}

/// Instances that have reported within the last half minute.
pub async fn running(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT instance FROM stage_ages WHERE seen_at > $1 ORDER BY instance",
        now - TimeDelta::seconds(30)
    )
    .fetch_all(pool)
    .await
}
