//! What decides how an item may be answered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// What is known of an item's person and our account.
pub struct Facts {
    /// Accounts of ours that it came to.
    pub accounts: Vec<String>,
    pub entities: serde_json::Value,
    pub protected: bool,
    pub has_written: bool,
    pub refused: bool,
}

/// Facts of one item.
pub async fn facts(
    connection: &mut PgConnection,
    org: &str,
    item: Uuid,
) -> Result<Option<Facts>, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        r#"SELECT i.accounts, i.entities, coalesce(p.protected, false) AS "protected!",
                  EXISTS (SELECT FROM items m
                           WHERE m.org = i.org AND m.person_id = i.person_id AND m.kind = 'message'
                             AND m.direction = 'inbound' AND m.thread_id LIKE '%-%') AS "has_written!",
                  EXISTS (SELECT FROM replies r
                           WHERE r.org = i.org AND r.person_id = i.person_id AND r.kind = 'message'
                             AND r.state = 'failed' AND r.failure->>'status' = '403') AS "refused!"
             FROM items i LEFT JOIN persons p ON p.org = i.org AND p.x_id = i.person_id
            WHERE i.org = $1 AND i.item_id = $2"#,
        org,
        item
    )
    .fetch_optional(connection)
    .await
}

/// Whether the person named or quoted the account in this conversation.
pub async fn summoned(
    connection: &mut PgConnection,
    org: &str,
    (person, thread): (&str, &str),
    account: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM items i
              WHERE i.org = $1 AND i.person_id = $2 AND i.thread_id = $3 AND i.kind = 'post' AND i.author_id = $2
                AND (i.entities->'mentions' @> jsonb_build_array(jsonb_build_object('x_id', $4::text))
                     OR EXISTS (SELECT FROM items q
                                 WHERE q.org = i.org AND q.thread_id = i.thread_id AND q.x_id = i.quoted_x_id
                                   AND q.author_id = $4))) AS "summoned!""#,
        org,
        person,
        thread,
        account
    )
    .fetch_one(connection)
    .await
}

/// Calls that an account began since a time, when the oldest of them did, and until when those that
/// wait do.
pub struct Used {
    pub calls: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub waits_until: Option<DateTime<Utc>>,
}

/// What an account has used of its window for replies or messages.
pub async fn used(
    connection: &mut PgConnection,
    org: &str,
    (account, kind): (&str, &str),
    since: DateTime<Utc>,
) -> Result<Used, sqlx::Error> {
    sqlx::query_as!(
        Used,
        r#"SELECT count(*) FILTER (WHERE started_at > $4) AS "calls!",
                  min(started_at) FILTER (WHERE started_at > $4) AS oldest,
                  max(not_before) FILTER (WHERE state = 'queued' AND wait_reason = 'rate-limit') AS waits_until
             FROM replies
            WHERE org = $1 AND account = $2 AND kind = $3 AND (started_at > $4 OR state = 'queued')"#,
        org,
        account,
        kind,
        since
    )
    .fetch_one(connection)
    .await
}

/// Replies that were written in a row of the list: part of its version.
pub async fn count(
    connection: &mut PgConnection,
    org: &str,
    row: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM replies
            WHERE org = $1 AND thread_key = $2 AND kind IN ('public', 'message')"#,
        org,
        row
    )
    .fetch_one(connection)
    .await
}

/// Who wrote what the account has under this id, if it went out through us.
pub async fn author(
    connection: &mut PgConnection,
    org: &str,
    (kind, x_id): (&str, &str),
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT written_by FROM replies WHERE org = $1 AND kind = $2 AND x_id = $3",
        org,
        kind,
        x_id
    )
    .fetch_optional(connection)
    .await
}

/// What colleagues call these actors.
pub async fn names(
    connection: &mut PgConnection,
    org: &str,
    actors: &[String],
) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT actor AS "actor!", actor_name($1, actor) AS "name!"
             FROM UNNEST($2::text[]) AS a (actor)"#,
        org,
        actors
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.actor, row.name)).collect())
}
