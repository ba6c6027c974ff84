//! API keys: only their hashes.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub struct KnownKey {
    pub org: String,
    pub name: String,
    pub role: String,
    pub messages: bool,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The key of a hash, whose organisation is not known yet.
pub async fn by_hash(pool: &PgPool, hash: &[u8]) -> Result<Option<KnownKey>, sqlx::Error> {
    sqlx::query_as!(
        KnownKey,
        r#"SELECT org AS "org!", name AS "name!", role AS "role!", messages AS "messages!",
                  expires_at, revoked_at
             FROM api_key_by_hash($1)"#,
        hash
    )
    .fetch_optional(pool)
    .await
}

pub struct NewKey<'a> {
    pub org: &'a str,
    pub key_id: Uuid,
    pub name: &'a str,
    pub hash: &'a [u8],
    pub role: &'a str,
    pub messages: bool,
    pub expires_at: Option<DateTime<Utc>>,
}

/// False if the organisation has a key of that name, revoked or not: names stand in the audit.
pub async fn insert(
    connection: &mut PgConnection,
    key: &NewKey<'_>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO api_keys (org, key_id, name, hash, role, messages, created_at, expires_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8
          WHERE NOT EXISTS (SELECT FROM api_keys WHERE org = $1 AND name = $3)",
        key.org,
        key.key_id,
        key.name,
        key.hash,
        key.role,
        key.messages,
        now,
        key.expires_at
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub struct Key {
    pub key_id: Uuid,
    pub name: String,
    pub role: String,
    pub messages: bool,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Keys by name, ended ones too; or the one of an id.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    id: Option<Uuid>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Key>, sqlx::Error> {
    sqlx::query_as!(
        Key,
        "SELECT key_id, name, role, messages, created_at, expires_at, revoked_at FROM api_keys
          WHERE org = $1 AND ($2::uuid IS NULL OR key_id = $2) AND ($3::text IS NULL OR name > $3)
          ORDER BY name LIMIT $4",
        org,
        id,
        after,
        limit
    )
    .fetch_all(connection)
    .await
}

/// False if there is no such key, or it is revoked already.
pub async fn revoke(
    connection: &mut PgConnection,
    org: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE api_keys SET revoked_at = $3 WHERE org = $1 AND name = $2 AND revoked_at IS NULL",
        org,
        name,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
