//! Posts of conversations that are not stored: what is known of them, and asking for them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{channels, threads};
use crate::row_id::RowId;

/// What is known of a post that is not stored.
#[derive(Debug, Default)]
pub struct Known {
    pub x_id: String,
    /// Why X did not give it, when it was looked up.
    pub reason: Option<String>,
    /// When somebody asked for it last.
    pub asked_at: Option<DateTime<Utc>>,
    /// When that was done.
    pub done_at: Option<DateTime<Utc>>,
    /// Why nothing came of it.
    pub problem: Option<String>,
}

/// What is known of these posts, in the same order.
pub async fn known(
    connection: &mut PgConnection,
    org: &str,
    x_ids: &[String],
) -> Result<Vec<Known>, sqlx::Error> {
    sqlx::query_as!(
        Known,
        r#"SELECT w.x_id AS "x_id!", l.reason, f.asked_at AS "asked_at?", f.done_at, f.problem
             FROM UNNEST($2::text[]) WITH ORDINALITY AS w (x_id, nth)
             LEFT JOIN lookups l ON l.org = $1 AND l.kind = 'post' AND l.x_id = w.x_id
             LEFT JOIN fetches f ON f.x_id = w.x_id AND f.org = $1
            ORDER BY w.nth"#,
        org,
        x_ids
    )
    .fetch_all(connection)
    .await
}

/// Which of these X ids posts of a row's conversation answer, quote or repost.
pub async fn hung_on(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    x_ids: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    let conversation = threads::conversation(&mut *connection, org, row).await?;
    sqlx::query_scalar!(
        r#"SELECT DISTINCT w.x_id AS "x_id!"
             FROM items i
             JOIN UNNEST($4::text[]) AS w (x_id) ON w.x_id IN (i.parent_x_id, i.quoted_x_id, i.repost_of_x_id)
            WHERE i.org = $1 AND i.kind = $2 AND (i.thread_id = $3 OR i.repost_of_x_id = $5)"#,
        org,
        row.kind(),
        conversation,
        x_ids,
        row.repost_of()
    )
    .fetch_all(connection)
    .await
}

/// Asks for posts, and wakes who looks them up once it is committed.
pub async fn ask(
    connection: &mut PgConnection,
    (org, actor): (&str, &str),
    row_key: &str,
    x_ids: &[String],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO fetches (x_id, org, row_key, asked_by, asked_at)
         SELECT x_id, $1, $2, $3, $5 FROM UNNEST($4::text[]) AS w (x_id) ORDER BY x_id
         ON CONFLICT (x_id, org) DO UPDATE
            SET row_key = EXCLUDED.row_key, asked_by = EXCLUDED.asked_by,
                asked_at = EXCLUDED.asked_at, done_at = NULL, problem = NULL",
        org,
        row_key,
        actor,
        x_ids,
        now
    )
    .execute(&mut *connection)
    .await?;
    channels::wake(connection, org).await
}
