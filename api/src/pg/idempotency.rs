//! Keys of commands, with the answer that was given.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Stored {
    pub request: Vec<u8>,
    pub status: i32,
    pub answer: Vec<u8>,
    pub headers: serde_json::Value,
}

/// Takes a key; waits for another transaction that holds it. False if it is taken.
pub async fn claim(
    connection: &mut PgConnection,
    (org, actor, key): (&str, &str, Uuid),
    request: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO idempotency_keys (org, actor, key, request, status, answer, made_at)
         VALUES ($1, $2, $3, $4, 0, '', $5) ON CONFLICT DO NOTHING",
        org,
        actor,
        key,
        request,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The answer of a key that is taken.
pub async fn load(
    connection: &mut PgConnection,
    (org, actor, key): (&str, &str, Uuid),
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "SELECT request, status, answer, headers FROM idempotency_keys
          WHERE org = $1 AND actor = $2 AND key = $3",
        org,
        actor,
        key
    )
    .fetch_optional(connection)
    .await
}

/// Keeps the answer of a key just claimed.
pub async fn keep(
    connection: &mut PgConnection,
    (org, actor, key): (&str, &str, Uuid),
    status: i32,
    answer: &[u8],
    headers: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE idempotency_keys SET status = $4, answer = $5, headers = $6
          WHERE org = $1 AND actor = $2 AND key = $3",
        org,
        actor,
        key,
        status,
        answer,
        headers
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the keys of an organisation that are older than `before`.
pub async fn forget(
    connection: &mut PgConnection,
    org: &str,
    before: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM idempotency_keys WHERE org = $1 AND made_at < $2",
        org,
        before
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets the keys whose answers tell of items that were erased since.
pub async fn forget_erased(
    connection: &mut PgConnection,
    org: &str,
    since: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM idempotency_keys k USING erasures e
          WHERE k.org = $1 AND e.at > $2 AND position(convert_to(e.key, 'UTF8') IN k.answer) > 0",
        org,
        since
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
