//! Sessions: only the hashes of their cookies.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::live;

/// Sessions of one user at most: the one unused longest ends first.
const SESSIONS_MAX: i64 = 20;

pub struct KnownSession {
    pub org: String,
    pub user_id: Uuid,
    pub name: String,
    pub role: String,
    pub messages: bool,
    pub disabled_at: Option<DateTime<Utc>>,
    pub started_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
}

/// The session of a hash, whose organisation is not known yet.
pub async fn by_hash(pool: &PgPool, hash: &[u8]) -> Result<Option<KnownSession>, sqlx::Error> {
    sqlx::query_as!(
        KnownSession,
        r#"SELECT org AS "org!", user_id AS "user_id!", name AS "name!", role AS "role!", messages AS "messages!",
                  disabled_at, started_at AS "started_at!", used_at AS "used_at!"
             FROM session_by_hash($1)"#,
        hash
    )
    .fetch_optional(pool)
    .await
}

/// Begins a session; ends the user's oldest beyond [`SESSIONS_MAX`].
pub async fn insert(
    connection: &mut PgConnection,
    (org, user): (&str, Uuid),
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM sessions WHERE org = $1 AND user_id = $2 AND hash NOT IN
                (SELECT hash FROM sessions WHERE org = $1 AND user_id = $2
                  ORDER BY used_at DESC, hash LIMIT $3)",
        org,
        user,
        SESSIONS_MAX - 1
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO sessions (org, hash, user_id, started_at, used_at) VALUES ($1, $2, $3, $4, $4)",
        org,
        hash,
        user,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a session was used.
pub async fn touch(
    connection: &mut PgConnection,
    org: &str,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE sessions SET used_at = $3 WHERE org = $1 AND hash = $2 AND used_at < $3",
        org,
        hash,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn end(connection: &mut PgConnection, org: &str, hash: &[u8]) -> Result<(), sqlx::Error> {
    let user = sqlx::query_scalar!(
        "DELETE FROM sessions WHERE org = $1 AND hash = $2 RETURNING user_id",
        org,
        hash
    )
    .fetch_optional(&mut *connection)
    .await?;
    match user {
        Some(user) => live::end_streams(connection, org, &format!("user:{user}")).await,
        None => Ok(()),
    }
}

/// Ends the sessions of a user, but the one to be kept.
pub async fn end_all(
    connection: &mut PgConnection,
    (org, user): (&str, Uuid),
    kept: Option<&[u8]>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM sessions WHERE org = $1 AND user_id = $2 AND hash IS DISTINCT FROM $3",
        org,
        user,
        kept
    )
    .execute(&mut *connection)
    .await?;
    live::end_streams(connection, org, &format!("user:{user}")).await
}

/// Forgets sessions that were not used since.
pub async fn forget(
    connection: &mut PgConnection,
    org: &str,
    before: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM sessions WHERE org = $1 AND used_at < $2",
        org,
        before
    )
    .execute(connection)
    .await?;
    Ok(())
}
