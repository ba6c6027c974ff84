//! What calls cost, by day.

use chrono::NaiveDate;
use sqlx::PgPool;

/// Calls of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// UTC day.
    pub day: NaiveDate,
    /// Account.
    pub account: String,
    /// Endpoint by name.
    pub endpoint: &'static str,
    /// Calls.
    pub calls: i64,
    /// Of these, not answered 2xx.
    pub failed: i64,
    /// Cost in millionths of a dollar.
    pub micro_usd: i64,
}

/// Adds calls of an organisation.
pub async fn add(pool: &PgPool, org: &str, rows: &[Row]) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    for row in rows {
        sqlx::query!(
            "INSERT INTO x_usage AS u (org, day, account, endpoint, calls, failed, micro_usd)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (org, day, account, endpoint) DO UPDATE
                SET calls = u.calls + EXCLUDED.calls, failed = u.failed + EXCLUDED.failed,
                    micro_usd = u.micro_usd + EXCLUDED.micro_usd",
            org,
            row.day,
            row.account,
            row.endpoint,
            row.calls,
            row.failed,
            row.micro_usd
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}

/// What an organisation's calls cost on a day, in millionths of a dollar.
pub async fn spent(pool: &PgPool, org: &str, day: NaiveDate) -> Result<i64, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let spent = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(micro_usd), 0)::bigint AS "spent!" FROM x_usage
            WHERE org = $1 AND day = $2"#,
        org,
        day
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(spent)
}
