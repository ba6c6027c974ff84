//! The ledger's rows.

use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use x_client::usage::MicroUsd;

use crate::ledger::{Line, Sum};

/// Adds to the rows of an organisation.
pub(crate) async fn add(
    pool: &PgPool,
    org: &str,
    lines: &[(Line, Sum)],
) -> Result<(), sqlx::Error> {
    let days: Vec<NaiveDate> = lines.iter().map(|(line, _)| line.day).collect();
    let accounts: Vec<&str> = lines
        .iter()
        .map(|(line, _)| line.account.as_str())
        .collect();
    let endpoints: Vec<&str> = lines.iter().map(|(line, _)| line.endpoint).collect();
    let of = |field: fn(&Sum) -> i64| -> Vec<i64> { lines.iter().map(|(_, s)| field(s)).collect() };
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "INSERT INTO x_usage AS u (org, day, account, endpoint, calls, failed, micro_usd)
         SELECT $1, day, account, endpoint, calls, failed, micro_usd
           FROM UNNEST($2::date[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::int8[])
                AS n (day, account, endpoint, calls, failed, micro_usd)
         ON CONFLICT (org, day, account, endpoint) DO UPDATE
            SET calls = u.calls + EXCLUDED.calls, failed = u.failed + EXCLUDED.failed,
                micro_usd = u.micro_usd + EXCLUDED.micro_usd",
        org,
        &days,
        &accounts as &[&str],
        &endpoints as &[&str],
        &of(|sum| sum.calls),
        &of(|sum| sum.failed),
        &of(|sum| sum.micro_usd)
    )
    .execute(&mut *scope)
    .await?;
    scope.commit().await
}

/// What an account called on a day, and what that cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The account's name.
    pub account: String,
    /// Calls.
    pub calls: i64,
    /// Of them without success.
    pub failed: i64,
    /// Cost at X's published prices.
    pub cost: MicroUsd,
}

/// The costs of an organisation on a UTC day, by account. The transaction must see it.
pub async fn costs(
    connection: &mut PgConnection,
    org: &str,
    day: NaiveDate,
) -> Result<Vec<Cost>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT account, sum(calls)::int8 AS \"calls!\", sum(failed)::int8 AS \"failed!\",
                sum(micro_usd)::int8 AS \"micro_usd!\"
           FROM x_usage WHERE org = $1 AND day = $2 GROUP BY account ORDER BY account",
        org,
        day
    )
    .fetch_all(connection)
    .await?;
    let cost = rows.into_iter().map(|row| Cost {
        account: row.account,
        calls: row.calls,
        failed: row.failed,
        cost: MicroUsd(row.micro_usd),
    });
    Ok(cost.collect())
}
