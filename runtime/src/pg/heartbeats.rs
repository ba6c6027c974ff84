//! Partitions of compacted topics in which an erasure waits for the log to roll.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

/// Notes that partitions need heartbeats until `until`.
pub async fn want(
    connection: &mut PgConnection,
    partitions: &[(String, i32)],
    until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (topics, numbers): (Vec<String>, Vec<i32>) = partitions.iter().cloned().unzip();
    sqlx::query!(
        "INSERT INTO heartbeats (topic, partition, until)
         SELECT DISTINCT topic, partition, $3::timestamptz
           FROM UNNEST($1::text[], $2::int4[]) AS p (topic, partition)
         ON CONFLICT (topic, partition) DO UPDATE SET until = EXCLUDED.until",
        &topics,
        &numbers,
        until
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Partitions that need a heartbeat now; those that are done are forgotten.
pub async fn due(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<(String, i32)>, sqlx::Error> {
    sqlx::query!("DELETE FROM heartbeats WHERE until < $1", now)
        .execute(pool)
        .await?;
    let rows = sqlx::query!("SELECT topic, partition FROM heartbeats")
        .fetch_all(pool)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.topic, row.partition))
        .collect())
}
