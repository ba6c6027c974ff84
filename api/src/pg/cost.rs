//! Costs of the day.

use chrono::NaiveDate;
use sqlx::PgConnection;

/// Calls, failures and micro-dollars of an organisation on a UTC day.
pub async fn of_day(
    connection: &mut PgConnection,
    org: &str,
    day: NaiveDate,
) -> Result<(i64, i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        "SELECT coalesce(sum(calls), 0)::int8 AS \"calls!\",
                coalesce(sum(failed), 0)::int8 AS \"failed!\",
                coalesce(sum(micro_usd), 0)::int8 AS \"micro_usd!\"
           FROM x_usage WHERE org = $1 AND day = $2",
        org,
        day
    )
    .fetch_one(connection)
    .await?;
    Ok((row.calls, row.failed, row.micro_usd))
}
