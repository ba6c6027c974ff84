//! What is to be asked of X by id: a query over the items, so nothing is queued and nothing is lost.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// A post to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// X id.
    pub x_id: String,
    /// Its author, where it is stored.
    pub author_id: Option<String>,
    /// Since when X does not know it.
    pub missing_at: Option<DateTime<Utc>>,
}

impl Post {
    /// One of which nothing more is known.
    pub fn of(x_id: &str) -> Self {
        Self {
            x_id: x_id.to_owned(),
            author_id: None,
            missing_at: None,
        }
    }
}

/// Conversations in which somebody waits, newest first.
pub async fn conversations(
    pool: &PgPool,
    (org, account): (&str, &str),
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_scalar!(
        r#"SELECT conversation_id AS "conversation_id!" FROM items
            WHERE org = $1 AND kind = 'post' AND direction = 'inbound' AND closed_at IS NULL
              AND deleted_at IS NULL AND posted_at > $3 AND $2 = ANY (accounts)
              AND conversation_id IS NOT NULL
            GROUP BY conversation_id ORDER BY max(posted_at) DESC LIMIT $4"#,
        org,
        account,
        since,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Parents of posts that wait, which are not stored and were not asked for since `asked_before`.
pub async fn parents(
    pool: &PgPool,
    org: &str,
    asked_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Post>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Post,
        r#"SELECT DISTINCT i.parent_x_id AS "x_id!", NULL::text AS author_id,
                  NULL::timestamptz AS missing_at
             FROM items i
            WHERE i.org = $1 AND i.kind = 'post' AND i.direction = 'inbound' AND i.closed_at IS NULL
              AND i.deleted_at IS NULL AND i.parent_x_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM items p WHERE p.org = $1 AND p.item_id = i.parent_item_id)
              AND NOT EXISTS (SELECT FROM lookups l WHERE l.org = $1 AND l.kind = 'post'
                                 AND l.x_id = i.parent_x_id AND l.looked_at > $2)
            LIMIT $3"#,
        org,
        asked_before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Posts that wait and were last asked for before `asked_before`, longest ago first.
pub async fn active(
    pool: &PgPool,
    org: &str,
    asked_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Post>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Post,
        r#"SELECT i.x_id, i.author_id AS "author_id?", l.missing_at AS "missing_at?"
             FROM items i LEFT JOIN lookups l ON l.org = $1 AND l.kind = 'post' AND l.x_id = i.x_id
            WHERE i.org = $1 AND i.kind = 'post' AND i.direction = 'inbound' AND i.closed_at IS NULL
              AND i.deleted_at IS NULL AND coalesce(l.looked_at, i.received_at) < $2
            ORDER BY coalesce(l.looked_at, i.received_at) LIMIT $3"#,
        org,
        asked_before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// People who wrote private messages that wait, last asked for before `asked_before`.
pub async fn people(
    pool: &PgPool,
    org: &str,
    asked_before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_scalar!(
        r#"SELECT DISTINCT i.person_id FROM items i
             LEFT JOIN lookups l ON l.org = $1 AND l.kind = 'user' AND l.x_id = i.person_id
            WHERE i.org = $1 AND i.kind = 'message' AND i.direction = 'inbound'
              AND i.closed_at IS NULL AND i.deleted_at IS NULL
              AND coalesce(l.looked_at, i.received_at) < $2
            LIMIT $3"#,
        org,
        asked_before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Notes what was asked for and why X withheld some of it. The first time that it was not known stays.
pub async fn asked(
    pool: &PgPool,
    (org, kind): (&str, &str),
    ids: &[String],
    withheld: &[(String, &str)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (missing, reasons): (Vec<&str>, Vec<&str>) = withheld
        .iter()
        .map(|(x_id, reason)| (x_id.as_str(), *reason))
        .unzip();
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "INSERT INTO lookups AS l (org, kind, x_id, looked_at, missing_at, reason)
         SELECT DISTINCT ON (wanted.x_id) $1, $2, wanted.x_id, $6,
                CASE WHEN w.reason = 'deleted' THEN $6::timestamptz END, w.reason
           FROM UNNEST($3::text[]) AS wanted (x_id)
           LEFT JOIN UNNEST($4::text[], $5::text[]) AS w (x_id, reason) ON w.x_id = wanted.x_id
          ORDER BY wanted.x_id
         ON CONFLICT (org, kind, x_id) DO UPDATE SET looked_at = EXCLUDED.looked_at,
             reason = EXCLUDED.reason,
             missing_at = CASE WHEN EXCLUDED.missing_at IS NULL THEN NULL
                               ELSE coalesce(l.missing_at, EXCLUDED.missing_at) END",
        org,
        kind,
        ids,
        &missing as &[&str],
        &reasons as &[&str],
        now
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets what was asked for long ago.
pub async fn forget(pool: &PgPool, org: &str, before: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "WITH answered AS (DELETE FROM fetches WHERE org = $1 AND done_at < $2)
         DELETE FROM lookups WHERE org = $1 AND looked_at < $2",
        org,
        before
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
