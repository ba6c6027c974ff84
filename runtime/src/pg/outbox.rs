//! The outbox: what a transaction says is published by the relay, in order.

use schemas::topics::{ALL, Topic};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::stage::Outgoing;

/// Writes records behind whatever is there; the highest sequence number given, if any. The
/// transaction has its id before it takes the first number: [`Floor`] relies on it.
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
                    WITH ORDINALITY AS r (topic, partition, key, value, erases, n),
                    (SELECT pg_current_xact_id() OFFSET 0) AS begun
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

/// The oldest rows above `floor`, in order. The transaction must be REPEATABLE READ: [`remove`]
/// then removes exactly these and none that became visible since.
pub async fn take(
    transaction: &mut Transaction<'_, Postgres>,
    floor: i64,
    most: i64,
) -> Result<Taken, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT seq, topic, partition, key, value, erases FROM outbox
          WHERE seq > $2 ORDER BY seq LIMIT $1",
        most,
        floor
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

/// Whether a row waits above `floor`.
pub async fn waits(connection: &mut PgConnection, floor: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM outbox WHERE seq > $1) AS "waits!""#,
        floor
    )
    .fetch_one(connection)
    .await
}

/// Oldest transaction that runs, and the id of the next one, as this transaction sees it.
pub async fn running(connection: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT pg_snapshot_xmin(s)::text::int8 AS "oldest!", pg_snapshot_xmax(s)::text::int8 AS "next!"
             FROM pg_current_snapshot() AS s"#
    )
    .fetch_one(connection)
    .await?;
    Ok((row.oldest, row.next))
}

/// Below this sequence number no row is or ever will be: removed rows stay in the index until
/// PostgreSQL cleans up, and reading past them all each time would cost more than the rest.
///
/// A number is given out before its row is visible, so the last row seen is no floor at once: it
/// is one when every transaction that ran at that moment has ended, and what those left was taken.
#[derive(Debug, Default)]
pub struct Floor {
    seq: i64,
    // A row seen, and the first transaction that began after it was.
    next: Option<(i64, i64)>,
}

impl Floor {
    /// The floor.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// After the rows up to `last` were taken and removed, `whole` being all that were visible,
    /// while transactions from `oldest` ran and `next` was still to come.
    pub fn rise(&mut self, (last, whole): (i64, bool), (oldest, next): (i64, i64)) {
        match self.next {
            Some((seen, past)) if oldest < past || !(whole || last >= seen) => {}
            Some((seen, _)) => {
                self.seq = seen;
                self.next = Some((last, next));
            }
            None => self.next = Some((last, next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_waits_for_whoever_holds_a_lower_number() {
        let mut floor = Floor::default();
        // Row 10 is seen while transaction 5 runs, which may hold number 7.
        floor.rise((10, true), (5, 6));
        assert_eq!(floor.seq(), 0);
        floor.rise((20, true), (5, 9));
        assert_eq!(floor.seq(), 0, "transaction 5 still runs");
        // It has ended; a full page that ends before row 10 has not yet taken what it left.
        floor.rise((7, false), (9, 11));
        assert_eq!(floor.seq(), 0);
        floor.rise((12, false), (9, 11));
        assert_eq!(floor.seq(), 10);
        floor.rise((30, true), (11, 12));
        assert_eq!(floor.seq(), 12);
    }
}
