//! How long the oldest row of the outbox has waited.

use std::time::Duration;

use sqlx::PgConnection;

/// Since when the oldest row waits, counted by the server's clock from the beginning of the
/// transaction that added it; zero if nothing waits above `floor`.
pub async fn age(connection: &mut PgConnection, floor: i64) -> Result<Duration, sqlx::Error> {
    let seconds = sqlx::query_scalar!(
        "SELECT extract(epoch FROM clock_timestamp() - added_at)::float8 AS \"seconds!\"
           FROM outbox WHERE seq > $1 ORDER BY seq LIMIT 1",
        floor
    )
    .fetch_optional(connection)
    .await?;
    Ok(Duration::try_from_secs_f64(seconds.unwrap_or_default()).unwrap_or_default())
}
