//! What the recount reads: every table, as the superuser, whatever organisation.

pub mod desk;
pub mod events;
pub mod lists;
pub mod replies;

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

/// A row as the recount compares it.
#[derive(Debug, Clone)]
pub struct ItemRow {
    pub org: String,
    pub item_id: Uuid,
    pub kind: String,
    pub x_id: String,
    pub author: String,
    pub direction: Option<String>,
    pub thread: String,
    pub text: String,
    pub deleted: bool,
    pub posted_at: Option<DateTime<Utc>>,
    pub revision: i64,
}

/// Every item.
pub async fn items(pool: &PgPool) -> Result<Vec<ItemRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT org, item_id, kind, x_id, author_id, direction, thread_id, text,
                deleted_at IS NOT NULL AS deleted, posted_at, revision FROM items",
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ItemRow {
                org: row.try_get(0)?,
                item_id: row.try_get(1)?,
                kind: row.try_get(2)?,
                x_id: row.try_get(3)?,
                author: row.try_get(4)?,
                direction: row.try_get(5)?,
                thread: row.try_get(6)?,
                text: row.try_get(7)?,
                deleted: row.try_get(8)?,
                posted_at: row.try_get(9)?,
                revision: row.try_get(10)?,
            })
        })
        .collect()
}

/// Items with content, deleted ones among them, interactions in force, rows of the outbox.
pub async fn counts(pool: &PgPool) -> Result<[i64; 4], sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM items WHERE direction IS NOT NULL),
                (SELECT count(*) FROM items WHERE deleted_at IS NOT NULL AND direction IS NOT NULL),
                (SELECT count(*) FROM interactions WHERE op = 'upsert'),
                (SELECT count(*) FROM outbox)",
    )
    .fetch_one(pool)
    .await?;
    Ok([
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    ])
}

/// Item and revision of every interaction in force.
pub async fn interactions(pool: &PgPool) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT item_id, revision FROM interactions WHERE op = 'upsert'")
        .fetch_all(pool)
        .await
}

/// Which of these items are there with content.
pub async fn present(
    pool: &PgPool,
    orgs: &[String],
    ids: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT item_id FROM items
          WHERE org = ANY ($2) AND item_id = ANY ($1) AND direction IS NOT NULL",
    )
    .bind(ids)
    .bind(orgs)
    .fetch_all(pool)
    .await
}

/// Facts linked so far.
pub async fn linked(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(next_offset), 0)::int8 FROM stage_offsets WHERE stage = 'case-linker'",
    )
    .fetch_one(pool)
    .await
}

/// Interactions in force, and whether the outbox is empty.
pub async fn written(pool: &PgPool) -> Result<(i64, bool), sqlx::Error> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM interactions WHERE op = 'upsert'),
                NOT EXISTS (SELECT FROM outbox)",
    )
    .fetch_one(pool)
    .await
}

/// What the statements of the programs cost, the dearest first: microseconds for each record of
/// the load, calls, milliseconds a call, rows, and how it begins.
pub async fn statements(pool: &PgPool, records: usize) -> Result<String, sqlx::Error> {
    const SHOWN: i64 = 25;
    sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .execute(pool)
        .await?;
    let rows: Vec<(f64, i64, i64, String)> = sqlx::query_as(
        "SELECT total_exec_time, calls, rows,
                left(regexp_replace(query, '\\s+', ' ', 'g'), 90)
           FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
          WHERE r.rolname = 'earshot_app' ORDER BY total_exec_time DESC LIMIT $1",
    )
    .bind(SHOWN)
    .fetch_all(pool)
    .await?;
    let mut text = "   us/record      calls  ms/call       rows  statement\n".to_owned();
    for (millis, calls, touched, query) in rows {
        #[expect(clippy::cast_precision_loss, reason = "figures to look at")]
        let (each, call) = (
            millis * 1e3 / records.max(1) as f64,
            millis / calls.max(1) as f64,
        );
        let _written = writeln!(
            text,
            "{each:12.2} {calls:10} {call:8.2} {touched:10}  {query}"
        );
    }
    Ok(text)
}

/// Writes rows of eight columns with a key and two indexes, 1,000 a transaction.
pub async fn narrow_rows(pool: &PgPool, rows: usize) -> Result<(), sqlx::Error> {
    const PAGE: i64 = 1_000;
    sqlx::raw_sql(
        "CREATE TABLE narrow (id uuid PRIMARY KEY, org text, person text, thread text, body text,
                              n bigint, posted_at timestamptz, received_at timestamptz);
         CREATE INDEX ON narrow (person, org);
         CREATE INDEX ON narrow (posted_at);",
    )
    .execute(pool)
    .await?;
    let pages = i64::try_from(rows).unwrap_or(i64::MAX) / PAGE;
    for page in 0..pages {
        let ids: Vec<Uuid> = (0..PAGE).map(|_| Uuid::new_v4()).collect();
        let numbers: Vec<i64> = (page * PAGE..(page + 1) * PAGE).collect();
        sqlx::query(
            "INSERT INTO narrow
             SELECT id, 'northwind', n::text, (n / 7)::text, repeat('words of a post ', 8), n,
                    to_timestamp(n), to_timestamp(n)
               FROM UNNEST($1::uuid[], $2::bigint[]) AS r (id, n)
             ON CONFLICT DO NOTHING",
        )
        .bind(ids)
        .bind(numbers)
        .execute(pool)
        .await?;
    }
    Ok(())
}
