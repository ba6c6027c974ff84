//! The entries of a row of the list that a CSR who answers should have seen.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::row_id::RowId;
use crate::version::Entries;
use crate::view::reply::New;

/// How many entries a row has.
pub async fn entries(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
) -> Result<Entries, sqlx::Error> {
    sqlx::query_as!(
        Entries,
        r#"SELECT count(*) FILTER (WHERE own OR (ours AND NOT here)) AS "items!",
                  (SELECT count(*) FROM replies
                    WHERE org = $1 AND thread_key = $5 AND kind IN ('public', 'message')) AS "replies!",
                  (SELECT count(*) FROM notes WHERE org = $1 AND thread_key = $5) AS "notes!",
                  count(*) FILTER (WHERE own AND closed_at IS NOT NULL) AS "closes!"
             FROM (SELECT i.closed_at, i.direction = 'outbound' AS ours,
                          i.direction = 'inbound' AND ($4::text IS NULL OR i.person_id = $4) AS own,
                          EXISTS (SELECT FROM replies r
                                   WHERE r.x_id = i.x_id AND r.org = i.org
                                     AND r.kind = CASE i.kind WHEN 'message' THEN 'message' ELSE 'public' END) AS here
                     FROM items i
                    WHERE i.org = $1 AND i.kind = $2 AND i.thread_id = $3) i"#,
        org,
        row.kind(),
        row.thread(),
        row.person(),
        row.key()
    )
    .fetch_one(connection)
    .await
}

/// The newest entries of a row, so many of each kind.
pub async fn newest(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    news: Entries,
) -> Result<Vec<New>, sqlx::Error> {
    let mut all = sqlx::query_as!(
        New,
        r#"(SELECT 'item' AS "what!", i.item_id AS "id!", i.author_id AS "by!", i.received_at AS "at!"
              FROM items i
             WHERE i.org = $1 AND i.kind = $2 AND i.thread_id = $3
               AND (i.direction = 'inbound' AND ($4::text IS NULL OR i.person_id = $4)
                    OR i.direction = 'outbound' AND NOT EXISTS (
                       SELECT FROM replies r WHERE r.x_id = i.x_id AND r.org = i.org
                          AND r.kind = CASE i.kind WHEN 'message' THEN 'message' ELSE 'public' END))
             ORDER BY i.received_at DESC, i.item_id LIMIT $6)
           UNION ALL
           (SELECT 'reply', reply_id, written_by, created_at FROM replies
             WHERE org = $1 AND thread_key = $5 AND kind IN ('public', 'message')
             ORDER BY created_at DESC, reply_id LIMIT $7)
           UNION ALL
           (SELECT 'note', note_id, written_by, written_at FROM notes
             WHERE org = $1 AND thread_key = $5 ORDER BY written_at DESC, note_id LIMIT $8)
           UNION ALL
           (SELECT 'close', item_id, coalesce(closed_by, ''), closed_at FROM items
             WHERE org = $1 AND kind = $2 AND thread_id = $3 AND direction = 'inbound'
               AND ($4::text IS NULL OR person_id = $4) AND closed_at IS NOT NULL
             ORDER BY closed_at DESC, item_id LIMIT $9)"#,
        org,
        row.kind(),
        row.thread(),
        row.person(),
        row.key(),
        shown(news.items),
        shown(news.replies),
        shown(news.notes),
        shown(news.closes)
    )
    .fetch_all(connection)
    .await?;
    all.sort_by_key(|one| -> DateTime<Utc> { one.at });
    Ok(all)
}

/// Entries of a kind that are told at most.
const SHOWN_MAX: i64 = 20;

fn shown(count: i64) -> i64 {
    count.min(SHOWN_MAX)
}
