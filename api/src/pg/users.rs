//! People who sign in.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Who may sign in.
pub struct Login {
    pub org: String,
    pub user_id: Uuid,
    pub password: Option<String>,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The user of an address, whose organisation is not known yet.
pub async fn by_email(pool: &PgPool, email: &str) -> Result<Option<Login>, sqlx::Error> {
    sqlx::query_as!(
        Login,
        r#"SELECT org AS "org!", user_id AS "user_id!", password, disabled_at FROM user_by_email($1)"#,
        email
    )
    .fetch_optional(pool)
    .await
}

/// Who was given a one-time link.
pub struct Welcomed {
    pub org: String,
    pub user_id: Uuid,
    pub welcome_until: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The user of a one-time link, by the hash of its token.
pub async fn by_welcome(pool: &PgPool, hash: &[u8]) -> Result<Option<Welcomed>, sqlx::Error> {
    sqlx::query_as!(
        Welcomed,
        r#"SELECT org AS "org!", user_id AS "user_id!", welcome_until AS "welcome_until!", disabled_at
             FROM user_by_welcome($1)"#,
        hash
    )
    .fetch_optional(pool)
    .await
}

pub struct User {
    pub user_id: Uuid,
    pub email: Option<String>,
    pub name: String,
    pub role: String,
    pub messages: bool,
    pub time_zone: Option<String>,
    pub settings: serde_json::Value,
    pub password: Option<String>,
    pub welcome_until: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Newest use of a session.
    pub used_at: Option<DateTime<Utc>>,
}

/// Which users.
#[derive(Clone, Copy, Default)]
pub struct Filter<'a> {
    pub id: Option<Uuid>,
    pub email: Option<&'a str>,
    /// Those too who were disabled.
    pub disabled: bool,
    /// Name and id of the last on the page before.
    pub after: Option<(&'a str, Uuid)>,
}

/// Users by name. Who was deleted has no address and is in no list.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    filter: Filter<'_>,
    limit: i64,
) -> Result<Vec<User>, sqlx::Error> {
    let (name, id) = filter.after.unzip();
    sqlx::query_as!(
        User,
        r#"SELECT user_id, email, name, role, messages, time_zone, settings, password, welcome_until,
                  disabled_at, created_at,
                  (SELECT max(s.used_at) FROM sessions s WHERE s.user_id = u.user_id AND s.org = u.org) AS used_at
             FROM users u
            WHERE org = $1 AND email IS NOT NULL AND ($2::uuid IS NULL OR user_id = $2)
              AND ($3::text IS NULL OR email = $3) AND ($4 OR disabled_at IS NULL)
              AND ($5::text IS NULL OR (name, user_id) > ($5, $6::uuid))
            ORDER BY name, user_id LIMIT $7"#,
        org,
        filter.id,
        filter.email,
        filter.disabled,
        name,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// One user, disabled or not.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<User>, sqlx::Error> {
    let filter = Filter {
        id: Some(id),
        disabled: true,
        ..Filter::default()
    };
    let found = page(connection, org, filter, 1).await?;
    Ok(found.into_iter().next())
}

pub struct NewUser<'a> {
    pub user_id: Uuid,
    pub email: &'a str,
    pub name: &'a str,
    pub role: &'a str,
    pub messages: bool,
}

/// Adds a user without a password.
pub async fn insert(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    user: &NewUser<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO users (org, user_id, email, name, role, messages, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        org,
        user.user_id,
        user.email,
        user.name,
        user.role,
        user.messages,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What an administrator changes of a user; what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    pub email: Option<&'a str>,
    pub name: Option<&'a str>,
    pub role: Option<&'a str>,
    pub messages: Option<bool>,
    pub disabled: Option<bool>,
}

pub async fn change(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    change: Change<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET email = coalesce($3, email), name = coalesce($4, name),
                role = coalesce($5, role), messages = coalesce($6, messages),
                disabled_at = CASE WHEN $7 THEN coalesce(disabled_at, $8) WHEN NOT $7 THEN NULL
                                   ELSE disabled_at END
          WHERE org = $1 AND user_id = $2",
        org,
        id,
        change.email,
        change.name,
        change.role,
        change.messages,
        change.disabled,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets everything of a user but id and name.
pub async fn forget(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET email = NULL, password = NULL, welcome = NULL, welcome_until = NULL,
                settings = '{}', time_zone = NULL, disabled_at = coalesce(disabled_at, $3)
          WHERE org = $1 AND user_id = $2",
        org,
        id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks the administrators of an organisation who can sign in.
pub async fn lock_admins(
    connection: &mut PgConnection,
    org: &str,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT user_id FROM users WHERE org = $1 AND role = 'admin' AND disabled_at IS NULL
          ORDER BY user_id FOR UPDATE",
        org
    )
    .fetch_all(connection)
    .await
}

/// A new password; the one-time link ends.
pub async fn set_password(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    password: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET password = $3, welcome = NULL, welcome_until = NULL
          WHERE org = $1 AND user_id = $2",
        org,
        id,
        password
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A new one-time link; the one before ends.
pub async fn set_welcome(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    (hash, until): (&[u8], DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE users SET welcome = $3, welcome_until = $4 WHERE org = $1 AND user_id = $2",
        org,
        id,
        hash,
        until
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a one-time link, once. False if it is gone.
pub async fn take_welcome(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    hash: &[u8],
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE users SET welcome = NULL, welcome_until = NULL
          WHERE org = $1 AND user_id = $2 AND welcome = $3 AND disabled_at IS NULL",
        org,
        id,
        hash
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a user changes of their own; what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own<'a> {
    pub name: Option<&'a str>,
    /// Empty for the organisation's.
    pub time_zone: Option<&'a str>,
    /// Put over those that are there.
    pub settings: Option<&'a serde_json::Value>,
    /// Names of settings to be forgotten.
    pub without: &'a [String],
}

/// The settings as they are then.
pub async fn change_own(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    own: Own<'_>,
) -> Result<serde_json::Value, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE users SET name = coalesce($3, name), time_zone = nullif(coalesce($4, time_zone), ''),
                settings = (settings || coalesce($5::jsonb, '{}'::jsonb)) - $6::text[]
          WHERE org = $1 AND user_id = $2 RETURNING settings",
        org,
        id,
        own.name,
        own.time_zone,
        own.settings,
        own.without
    )
    .fetch_one(connection)
    .await
}
