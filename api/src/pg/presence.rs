//! Who looks at which row of the list.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A tab that shows a row.
pub struct Tab<'a> {
    pub actor: &'a str,
    pub tab: Uuid,
    pub name: &'a str,
    pub row: &'a str,
    pub state: &'a str,
}

/// Notes what a tab shows and for how long that holds; what it showed before, if it did.
pub async fn put(
    connection: &mut PgConnection,
    org: &str,
    tab: &Tab<'_>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<(String, String)>, sqlx::Error> {
    let before = sqlx::query!(
        r#"WITH before AS (
               SELECT thread_key, state FROM presence
                WHERE tab = $3 AND actor = $2 AND org = $1 AND until > $7),
           put AS (
               INSERT INTO presence AS p (org, actor, tab, name, thread_key, state, until)
               VALUES ($1, $2, $3, $4, $5, $6, $8)
               ON CONFLICT (tab, actor, org) DO UPDATE SET name = EXCLUDED.name,
                   thread_key = EXCLUDED.thread_key, state = EXCLUDED.state, until = EXCLUDED.until)
           SELECT thread_key AS "row!", state AS "state!" FROM before"#,
        org,
        tab.actor,
        tab.tab,
        tab.name,
        tab.row,
        tab.state,
        now,
        until
    )
    .fetch_optional(connection)
    .await?;
    Ok(before.map(|before| (before.row, before.state)))
}

/// A tab shows nothing any more; the row that it showed.
pub async fn leave(
    connection: &mut PgConnection,
    org: &str,
    (actor, tab): (&str, Uuid),
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "DELETE FROM presence WHERE tab = $3 AND actor = $2 AND org = $1 RETURNING thread_key",
        org,
        actor,
        tab
    )
    .fetch_optional(connection)
    .await
}

/// Removes what holds no longer, in the organisations of the transaction.
pub async fn forget(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM presence WHERE until <= $1", now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Somebody's tab on a row.
pub struct Shown {
    pub org: String,
    pub row: String,
    pub actor: String,
    pub name: String,
    pub state: String,
}

/// Every tab that shows a row, or this row, in the organisations of the transaction.
pub async fn shown(
    connection: &mut PgConnection,
    row: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Shown>, sqlx::Error> {
    sqlx::query_as!(
        Shown,
        r#"SELECT org, thread_key AS "row!", actor, name, state FROM presence
            WHERE until > $1 AND ($2::text IS NULL OR thread_key = $2)
            ORDER BY org, thread_key, actor"#,
        now,
        row
    )
    .fetch_all(connection)
    .await
}
