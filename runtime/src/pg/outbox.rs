//! The outbox: what a transaction says is published by the relay, in order.

use schemas::topics::{ALL, Topic};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::stage::Outgoing;

/// Writes records behind whatever is there; the highest sequence number given, if any.
pub async fn push(
    connection: &mut PgConnection,
    records: &[Outgoing],
) -> Result<Option<i64>, sqlx::Error> {
    if records.is_empty() {
        return Ok(None);
    }
    let topics: Vec<&str> = records.iter().map(|r| r.topic.name).collect();
    let partitions: Vec<i32> = records.iter().map(|r| r.partition).collect();
    let keys: Vec<&[u8]> = records.iter().map(|r| r.key.as_slice()).collect();
    let values: Vec<Option<&[u8]>> = records.iter().map(|r| r.value.as_deref()).collect();
    let erases: Vec<bool> = records.iter().map(|r| r.erases).collect();
    let last = sqlx::query_scalar!(
        "WITH pushed AS (
             INSERT INTO outbox (topic, partition, key, value, erases)
             SELECT topic, partition, key, value, erases
               FROM UNNEST($1::text[], $2::int4[], $3::bytea[], $4::bytea[], $5::bool[])
                    WITH ORDINALITY AS r (topic, partition, key, value, erases, n)
              ORDER BY n
             RETURNING seq)
         SELECT max(seq) FROM pushed",
        &topics as &[&str],
        &partitions,
        &keys as &[&[u8]],
        &values as &[Option<&[u8]>],
        &erases
    )
    .fetch_one(connection)
    .await?;
    Ok(last)
}

/// Rows taken together, in order.
#[derive(Debug, Default)]
pub struct Taken {
    /// The records.
    pub records: Vec<Outgoing>,
    /// First and last sequence number.
    pub range: Option<(i64, i64)>,
}

/// The oldest rows, in order. The transaction must be REPEATABLE READ: [`remove`] then removes
/// exactly these and none that became visible since.
pub async fn take(
    transaction: &mut Transaction<'_, Postgres>,
    most: i64,
) -> Result<Taken, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT seq, topic, partition, key, value, erases FROM outbox ORDER BY seq LIMIT $1",
        most
    )
    .fetch_all(&mut **transaction)
    .await?;
    let range = rows
        .first()
        .zip(rows.last())
        .map(|(first, last)| (first.seq, last.seq));
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let topic = named(&row.topic).ok_or_else(|| {
            sqlx::Error::Protocol(format!("outbox row {} names no topic of ours", row.seq))
        })?;
        records.push(Outgoing {
            topic,
            partition: row.partition,
            key: row.key,
            value: row.value,
            erases: row.erases,
        });
    }
    Ok(Taken { records, range })
}

fn named(name: &str) -> Option<&'static Topic> {
    ALL.iter().find(|topic| topic.name == name).copied()
}

/// Removes what [`take`] gave, in the same transaction.
pub async fn remove(
    transaction: &mut Transaction<'_, Postgres>,
    range: (i64, i64),
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM outbox WHERE seq BETWEEN $1 AND $2",
        range.0,
        range.1
    )
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected())
}

/// The oldest sequence number that waits, if any.
pub async fn oldest(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("SELECT min(seq) FROM outbox")
        .fetch_one(connection)
        .await
}
