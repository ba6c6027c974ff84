//! Link changes that reach more items than one transaction takes, and the work columns that desk
//! commands write through this crate.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A page of what a person said and of what our posts answered them, in id order, after `after`.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    person: &str,
    after: Uuid,
    most: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT item_id AS "item_id!" FROM items
            WHERE org = $1 AND person_id = $2 AND item_id > $3
           UNION
           SELECT item_id FROM items
            WHERE org = $1 AND in_reply_to_x_id = $2 AND direction = 'outbound' AND kind = 'post'
              AND item_id > $3
            ORDER BY 1 LIMIT $4"#,
        org,
        person,
        after,
        most
    )
    .fetch_all(connection)
    .await
}

/// Notes that a person's items after `after` are still to be linked.
pub async fn note(
    connection: &mut PgConnection,
    org: &str,
    person: &str,
    after: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO link_jobs (org, job_id, person_id, after_item, made_at)
         VALUES ($1, $2, $3, $4, $5)",
        org,
        Uuid::now_v7(),
        person,
        after,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the oldest job of an organisation.
pub async fn take(
    connection: &mut PgConnection,
    org: &str,
) -> Result<Option<(String, Uuid)>, sqlx::Error> {
    let row = sqlx::query!(
        "DELETE FROM link_jobs WHERE org = $1 AND job_id = (
             SELECT job_id FROM link_jobs WHERE org = $1
              ORDER BY made_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING person_id, after_item",
        org
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.person_id, row.after_item)))
}

/// Persons of these items.
pub async fn persons(
    connection: &mut PgConnection,
    org: &str,
    items: &[Uuid],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT DISTINCT person_id FROM items WHERE org = $1 AND item_id = ANY ($2)",
        org,
        items
    )
    .fetch_all(connection)
    .await
}

/// Closes or reopens items; work columns only. Gives those that changed.
pub async fn close(
    connection: &mut PgConnection,
    org: &str,
    items: &[Uuid],
    closed: Option<(&str, DateTime<Utc>)>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let (by, at) = closed.unzip();
    sqlx::query_scalar!(
        "UPDATE items SET closed_at = $3, closed_by = $4, closed_rule = NULL
          WHERE org = $1 AND item_id = ANY ($2) AND direction = 'inbound'
            AND (closed_at IS NULL) <> ($3::timestamptz IS NULL)
         RETURNING item_id",
        org,
        items,
        at,
        by
    )
    .fetch_all(connection)
    .await
}

/// Those of these persons who have an item without a case though several open cases could be
/// meant: only for them does a completed thread decide anything.
pub async fn undecided(
    pool: &PgPool,
    org: &str,
    persons: &BTreeSet<String>,
) -> Result<Vec<String>, sqlx::Error> {
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let persons: Vec<String> = persons.iter().cloned().collect();
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query_scalar!(
        r#"SELECT w.id AS "id!" FROM UNNEST($2::text[]) AS w (id)
            WHERE 1 < (SELECT count(*) FROM cases c WHERE c.org = $1 AND c.status = 'open'
                          AND (c.person_id = w.id OR c.customer_id IN (
                               SELECT customer_id FROM social_accounts a
                                WHERE a.org = $1 AND a.x_id = w.id)))
              AND EXISTS (SELECT FROM items WHERE org = $1 AND person_id = w.id
                             AND direction = 'inbound' AND closed_at IS NULL AND case_id IS NULL)
            ORDER BY w.id"#,
        org,
        &persons
    )
    .fetch_all(&mut *scope)
    .await
}
