//! Pictures of people.

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use schemas::changes::PERSON;
use sqlx::PgPool;

/// A picture that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// Whose.
    pub x_id: String,
    /// Where X has it.
    pub url: String,
}

/// Pictures of who wrote what waits, and of `own` accounts, that were never fetched from where X has
/// them now, or that may be tried again.
pub async fn wanted(
    pool: &PgPool,
    (org, own): (&str, &[String]),
    tries_max: i32,
    tried_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Avatar>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Avatar,
        r#"SELECT p.x_id, p.avatar_url AS "url!"
             FROM (SELECT author_id FROM items
                    WHERE org = $1 AND direction = 'inbound' AND closed_at IS NULL
                      AND deleted_at IS NULL
                   UNION SELECT UNNEST($2::text[])) AS shown (x_id)
             JOIN persons p ON p.x_id = shown.x_id AND p.org = $1
             LEFT JOIN avatars a ON a.x_id = p.x_id AND a.org = $1
            WHERE p.avatar_url <> ''
              AND (a.url IS DISTINCT FROM p.avatar_url
                   OR (a.sha256 IS NULL AND a.tries < $3 AND a.tried_at < $4))
            ORDER BY p.avatar_at DESC NULLS LAST LIMIT $5"#,
        org,
        own,
        tries_max,
        tried_before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// What became of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// SHA-256 and type, if it is stored.
    pub stored: Option<(&'a str, &'a str)>,
    /// Why it is not.
    pub problem: Option<&'a str>,
    /// What this try counts for.
    pub tries: i32,
}

/// Writes what became of a picture and tells open desks; gives the hash of the one that stood there
/// before, if it is another.
pub async fn record(
    pool: &PgPool,
    org: &str,
    avatar: &Avatar,
    outcome: Outcome<'_>,
    now: DateTime<Utc>,
) -> Result<Option<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let before = sqlx::query_scalar!(
        "SELECT sha256 FROM avatars WHERE x_id = $1 AND org = $2 FOR UPDATE",
        avatar.x_id,
        org
    )
    .fetch_optional(&mut *transaction)
    .await?
    .flatten();
    let (sha256, content_type) = outcome.stored.unzip();
    sqlx::query!(
        "INSERT INTO avatars AS a (x_id, org, url, sha256, content_type, problem, tries, tried_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (x_id, org) DO UPDATE
            SET url = EXCLUDED.url, sha256 = EXCLUDED.sha256,
                content_type = EXCLUDED.content_type, problem = EXCLUDED.problem,
                tries = EXCLUDED.tries + CASE a.url WHEN EXCLUDED.url THEN a.tries ELSE 0 END,
                tried_at = EXCLUDED.tried_at",
        avatar.x_id,
        org,
        avatar.url,
        sha256,
        content_type,
        outcome.problem,
        outcome.tries,
        now
    )
    .execute(&mut *transaction)
    .await?;
    if before.as_deref() != sha256 {
        let told = Change::of(org, PERSON, vec![avatar.x_id.clone()]);
        changes::push(&mut transaction, &[told]).await?;
    }
    transaction.commit().await?;
    Ok(before.filter(|before| Some(before.as_str()) != sha256))
}

/// Forgets pictures of people who have none any more; gives their hashes.
pub async fn forget_gone(pool: &PgPool, org: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let gone = sqlx::query_scalar!(
        "DELETE FROM avatars a USING persons p
          WHERE p.org = $1 AND coalesce(p.avatar_url, '') = '' AND a.x_id = p.x_id AND a.org = $1
         RETURNING a.sha256",
        org
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(gone.into_iter().flatten().collect())
}
