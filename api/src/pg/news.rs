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
    let [person, thread, messages, repost_of] = row.place();
    sqlx::query_as!(
        Entries,
        r#"SELECT own.items + (
                  SELECT count(*) FROM items i
                   WHERE i.org = $1 AND i.kind = $2 AND i.thread_id = $3 AND i.direction = 'outbound'
                     AND NOT EXISTS (SELECT FROM replies r WHERE r.x_id = i.x_id AND r.org = i.org
                            AND r.kind = CASE i.kind WHEN 'message' THEN 'message' ELSE 'public' END)) AS "items!",
                  (SELECT count(*) FROM replies
                    WHERE org = $1 AND thread_key = $8 AND kind IN ('public', 'message')) AS "replies!",
                  (SELECT count(*) FROM notes WHERE org = $1 AND thread_key = $8) AS "notes!",
                  own.closes AS "closes!"
             FROM (SELECT count(*) AS items, count(*) FILTER (WHERE closed_at IS NOT NULL) AS closes
                     FROM row_items($1, $4, $5, $6, $7) WHERE direction = 'inbound') own"#,
        org,
        row.kind(),
        row.thread(),
        person,
        thread,
        messages,
        repost_of,
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
    let [person, thread, messages, repost_of] = row.place();
    let mut all = sqlx::query_as!(
        New,
        r#"(SELECT 'item' AS "what!", i.item_id AS "id!", i.author_id AS "by!", i.received_at AS "at!"
              FROM (SELECT item_id, author_id, received_at FROM row_items($1, $4, $5, $6, $7)
                     WHERE direction = 'inbound'
                    UNION ALL
                    SELECT o.item_id, o.author_id, o.received_at FROM items o
                     WHERE o.org = $1 AND o.kind = $2 AND o.thread_id = $3 AND o.direction = 'outbound'
                       AND NOT EXISTS (SELECT FROM replies r WHERE r.x_id = o.x_id AND r.org = o.org
                              AND r.kind = CASE o.kind WHEN 'message' THEN 'message' ELSE 'public' END)) i
             ORDER BY i.received_at DESC, i.item_id LIMIT $9)
           UNION ALL
           (SELECT 'reply', reply_id, written_by, created_at FROM replies
             WHERE org = $1 AND thread_key = $8 AND kind IN ('public', 'message')
             ORDER BY created_at DESC, reply_id LIMIT $10)
           UNION ALL
           (SELECT 'note', note_id, written_by, written_at FROM notes
             WHERE org = $1 AND thread_key = $8 ORDER BY written_at DESC, note_id LIMIT $11)
           UNION ALL
           (SELECT 'close', item_id, coalesce(closed_by, ''), closed_at FROM row_items($1, $4, $5, $6, $7)
             WHERE direction = 'inbound' AND closed_at IS NOT NULL
             ORDER BY closed_at DESC, item_id LIMIT $12)"#,
        org,
        row.kind(),
        row.thread(),
        person,
        thread,
        messages,
        repost_of,
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
