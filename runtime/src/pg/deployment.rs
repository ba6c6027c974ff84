//! What was fixed at the first `topics apply`, and must not differ afterwards.

use sqlx::PgPool;

/// Fixes a value, or gives the one that was fixed before.
pub async fn fix(pool: &PgPool, name: &str, value: &str) -> Result<String, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO deployment (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        name,
        value
    )
    .execute(pool)
    .await?;
    sqlx::query_scalar!("SELECT value FROM deployment WHERE name = $1", name)
        .fetch_one(pool)
        .await
}
