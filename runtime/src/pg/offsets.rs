//! Offsets of scoped stages: read at assignment, moved inside the transaction of the rows, and
//! guarded, so that a zombie's transaction fails.

use sqlx::{PgConnection, PgPool};

/// How far a partition goes in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Topic, without prefix.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Id of the topic, as the cluster gave it.
    pub topic_id: String,
    /// The stored offset it must start from; `None` if there is no row yet.
    pub expected: Option<i64>,
    /// The offset after the last record handled.
    pub next: i64,
}

/// The stored topic id and next offset of a partition.
pub async fn load(
    pool: &PgPool,
    stage: &str,
    topic: &str,
    partition: i32,
) -> Result<Option<(String, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT topic_id, next_offset FROM stage_offsets
          WHERE stage = $1 AND topic = $2 AND partition = $3",
        stage,
        topic,
        partition
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.topic_id, row.next_offset)))
}

/// Moves the offsets; `false` if another process has moved one of them: roll back and restart.
pub async fn advance(
    connection: &mut PgConnection,
    stage: &str,
    moves: &[Move],
) -> Result<bool, sqlx::Error> {
    let topics: Vec<String> = moves.iter().map(|m| m.topic.clone()).collect();
    let partitions: Vec<i32> = moves.iter().map(|m| m.partition).collect();
    let ids: Vec<String> = moves.iter().map(|m| m.topic_id.clone()).collect();
    let expected: Vec<i64> = moves.iter().map(|m| m.expected.unwrap_or(-1)).collect();
    let next: Vec<i64> = moves.iter().map(|m| m.next).collect();
    let moved = sqlx::query!(
        "WITH moves AS (
             SELECT * FROM UNNEST($2::text[], $3::int4[], $4::text[], $5::int8[], $6::int8[])
                 AS m (topic, partition, topic_id, expected, next)),
         begun AS (
             INSERT INTO stage_offsets (stage, topic, partition, topic_id, next_offset)
             SELECT $1, topic, partition, topic_id, next FROM moves WHERE expected < 0
             ON CONFLICT DO NOTHING RETURNING 1),
         moved AS (
             UPDATE stage_offsets o SET next_offset = m.next FROM moves m
              WHERE o.stage = $1 AND o.topic = m.topic AND o.partition = m.partition
                AND o.topic_id = m.topic_id AND o.next_offset = m.expected AND m.expected >= 0
             RETURNING 1)
         SELECT (SELECT count(*) FROM begun) + (SELECT count(*) FROM moved) AS \"moved!\"",
        stage,
        &topics,
        &partitions,
        &ids,
        &expected,
        &next
    )
    .fetch_one(connection)
    .await?
    .moved;
    Ok(usize::try_from(moved) == Ok(moves.len()))
}
