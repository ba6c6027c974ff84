//! Where compacted topics hold the records that erase.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A record that erases, in the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erasure {
    /// Topic, without the configured prefix.
    pub topic: String,
    /// Its key: what was erased.
    pub key: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// Notes them. The newest of a key stands.
pub async fn note(
    connection: &mut PgConnection,
    erasures: &[Erasure],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let topics: Vec<&str> = erasures.iter().map(|e| e.topic.as_str()).collect();
    let keys: Vec<&str> = erasures.iter().map(|e| e.key.as_str()).collect();
    let partitions: Vec<i32> = erasures.iter().map(|e| e.partition).collect();
    let offsets: Vec<i64> = erasures.iter().map(|e| e.offset).collect();
    sqlx::query!(
        "INSERT INTO erasures (topic, key, partition, record_offset, at)
         SELECT DISTINCT ON (key, topic) topic, key, partition, record_offset, $5::timestamptz
           FROM UNNEST($1::text[], $2::text[], $3::int4[], $4::int8[])
                AS e (topic, key, partition, record_offset)
          ORDER BY key, topic, record_offset DESC
         ON CONFLICT (key, topic) DO UPDATE
            SET partition = EXCLUDED.partition, record_offset = EXCLUDED.record_offset,
                at = EXCLUDED.at",
        &topics as &[&str],
        &keys as &[&str],
        &partitions,
        &offsets,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where the topics hold the erasure of a key, and since when.
pub async fn of_key(
    connection: &mut PgConnection,
    key: &str,
) -> Result<Vec<(Erasure, DateTime<Utc>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT topic, key, partition, record_offset, at FROM erasures
          WHERE key = $1 ORDER BY topic",
        key
    )
    .fetch_all(connection)
    .await?;
    let erasures = rows.into_iter().map(|row| {
        let erasure = Erasure {
            topic: row.topic,
            key: row.key,
            partition: row.partition,
            offset: row.record_offset,
        };
        (erasure, row.at)
    });
    Ok(erasures.collect())
}
