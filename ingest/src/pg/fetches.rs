//! Posts that somebody at a desk wants looked up now.

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use schemas::changes::THREAD;
use sqlx::PgPool;

/// A post that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// X id.
    pub x_id: String,
    /// Row of the list whose conversation has the hole.
    pub row_key: String,
}

/// What is wanted and not yet looked up, asked for longest ago first.
pub async fn open(pool: &PgPool, org: &str, most: i64) -> Result<Vec<Fetch>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Fetch,
        "SELECT x_id, row_key FROM fetches WHERE org = $1 AND done_at IS NULL
          ORDER BY asked_at, x_id LIMIT $2",
        org,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Notes that X was asked, or why it could not be, and tells the desks that show the holes.
pub async fn done(
    pool: &PgPool,
    org: &str,
    fetches: &[Fetch],
    problem: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<&str> = fetches.iter().map(|one| one.x_id.as_str()).collect();
    let mut rows: Vec<String> = fetches.iter().map(|one| one.row_key.clone()).collect();
    rows.sort();
    rows.dedup();
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE fetches SET done_at = $3, problem = $4
          WHERE org = $1 AND x_id = ANY ($2) AND done_at IS NULL",
        org,
        &ids as &[&str],
        now,
        problem
    )
    .execute(&mut *transaction)
    .await?;
    changes::push(&mut transaction, &[Change::of(org, THREAD, rows)]).await?;
    transaction.commit().await
}
