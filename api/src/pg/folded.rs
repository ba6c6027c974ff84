//! How far the outbox and the stages have come.

use sqlx::PgPool;

/// The oldest sequence number that the relay has not published.
pub async fn published(pool: &PgPool) -> Result<Option<i64>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    runtime::pg::outbox::oldest(&mut connection).await
}

/// Topic, partition and next offset of a stage.
pub async fn next_offsets(
    pool: &PgPool,
    stage: &str,
) -> Result<Vec<(String, i32, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT topic, partition, next_offset FROM stage_offsets WHERE stage = $1",
        stage
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.topic, row.partition, row.next_offset))
        .collect())
}
