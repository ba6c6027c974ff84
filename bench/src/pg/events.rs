//! Rows of the list to change, and their changes.

use runtime::pg::changes::{self, Change};
use sqlx::PgPool;

/// Makes this many rows of an item each, row `n` in organisation `n` modulo their number.
pub async fn fill(pool: &PgPool, orgs: &[&str], rows: usize) -> Result<(), sqlx::Error> {
    let all: Vec<String> = orgs.iter().map(|org| (*org).to_owned()).collect();
    let mut scope = runtime::pg::begin(pool, orgs).await?;
    sqlx::query(
        "INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, text,
                source, posted_at, received_at, recorded_at, thread_id, revision)
         SELECT ($1::text[])[1 + n % $2], gen_random_uuid(), 'post', n::text, n::text, n::text, 'inbound',
                'mention', 'where is my parcel', 'webhook', now(), now(), now(), n::text, 1
           FROM generate_series(0, $3 - 1) AS n",
    )
    .bind(all)
    .bind(i32::try_from(orgs.len()).unwrap_or(i32::MAX))
    .bind(i32::try_from(rows).unwrap_or(i32::MAX))
    .execute(&mut *scope)
    .await?;
    scope.commit().await
}

/// Says in one transaction that these rows changed, as a stage says it of a batch.
pub async fn change(pool: &PgPool, orgs: &[&str], rows: &[usize]) -> Result<(), sqlx::Error> {
    let told = rows.iter().map(|n| {
        let key = format!("p.{n}.{n}");
        Change::of(orgs[n % orgs.len()], schemas::changes::THREAD, vec![key])
    });
    let told: Vec<Change> = told.collect();
    let mut scope = runtime::pg::begin(pool, orgs).await?;
    changes::push(&mut scope, &told).await?;
    scope.commit().await
}
