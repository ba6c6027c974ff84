//! A million closed items and about two thousand active ones.

use sqlx::{Connection as _, Executor as _, PgConnection};

/// The organisation that they belong to.
pub const ORG: &str = "northwind";

/// Fills the tables of a new database, as their owner.
pub async fn fill(owner_url: &str) -> Result<(), sqlx::Error> {
    statements(owner_url, include_str!("lists.sql")).await
}

/// Runs statements as the owner of the tables, one by one.
pub(super) async fn statements(owner_url: &str, text: &'static str) -> Result<(), sqlx::Error> {
    let mut owner = PgConnection::connect(owner_url).await?;
    // Row-level security binds the owner too.
    sqlx::query("SELECT set_config('earshot.orgs', $1, false)")
        .bind(ORG)
        .execute(&mut owner)
        .await?;
    for statement in text.split(";\n") {
        owner.execute(statement).await?;
    }
    owner.close().await
}

/// Items in all, and those that are active.
pub async fn counts(owner_url: &str) -> Result<(i64, i64), sqlx::Error> {
    let mut owner = PgConnection::connect(owner_url).await?;
    sqlx::query("SELECT set_config('earshot.orgs', $1, false)")
        .bind(ORG)
        .execute(&mut owner)
        .await?;
    sqlx::query_as("SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL) FROM items")
        .fetch_one(&mut owner)
        .await
}
