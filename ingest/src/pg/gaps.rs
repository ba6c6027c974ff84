//! Time in which items may have been missed.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// A gap that is not recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub gap_id: Uuid,
    /// Account.
    pub account: String,
    /// Way that missed: webhook, stream or poll.
    pub way: String,
    /// From.
    pub from_at: DateTime<Utc>,
    /// To; none while it lasts.
    pub to_at: Option<DateTime<Utc>>,
    /// When everything since `from_at` had been polled.
    pub polled_at: Option<DateTime<Utc>>,
    /// When a replay was asked for.
    pub replay_at: Option<DateTime<Utc>>,
    /// When X said that the replay is complete.
    pub replayed_at: Option<DateTime<Utc>>,
    /// No replay can be had.
    pub problem: bool,
}

/// A gap as it is first noted.
#[derive(Debug, Clone, Copy)]
pub struct NewGap<'a> {
    /// Organisation.
    pub org: &'a str,
    /// Account.
    pub account: &'a str,
    /// Way.
    pub way: &'a str,
    /// Why, for a person.
    pub cause: &'a str,
    /// From.
    pub from_at: DateTime<Utc>,
    /// To; none while it lasts.
    pub to_at: Option<DateTime<Utc>>,
}

/// Notes a gap. One that lasts is noted once, however often it is seen.
pub async fn note(pool: &PgPool, gap: &NewGap<'_>) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[gap.org]).await?;
    sqlx::query!(
        "INSERT INTO gaps (org, gap_id, account, way, cause, from_at, to_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        gap.org,
        Uuid::now_v7(),
        gap.account,
        gap.way,
        gap.cause,
        gap.from_at,
        gap.to_at
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Ends the gap of a way that lasts, if there is one.
pub async fn end(
    pool: &PgPool,
    (org, account, way): (&str, &str, &str),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE gaps SET to_at = greatest($4, from_at)
          WHERE org = $1 AND account = $2 AND way = $3 AND to_at IS NULL",
        org,
        account,
        way,
        at
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Gaps of an organisation that are not recovered, oldest first.
pub async fn open(pool: &PgPool, org: &str) -> Result<Vec<Gap>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query_as!(
        Gap,
        r#"SELECT gap_id, account, way, from_at, to_at, polled_at, replay_at, replayed_at,
                  problem IS NOT NULL AS "problem!" FROM gaps
            WHERE org = $1 AND recovered_at IS NULL ORDER BY from_at, gap_id LIMIT 200"#,
        org
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// What is written of a gap.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'a> {
    /// Everything in it was polled.
    Polled,
    /// A replay was asked for.
    ReplayAsked(&'a str),
    /// No replay can be had, and why.
    NoReplay(&'a str),
    /// It is closed, by this.
    Recovered(&'a str),
}

/// Writes what became of a gap.
pub async fn mark(
    pool: &PgPool,
    (org, gap_id): (&str, Uuid),
    mark: Mark<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (polled, job, problem, by) = match mark {
        Mark::Polled => (true, None, None, None),
        Mark::ReplayAsked(job) => (false, Some(job), None, None),
        Mark::NoReplay(problem) => (false, None, Some(problem), None),
        Mark::Recovered(by) => (false, None, None, Some(by)),
    };
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE gaps SET
            polled_at = CASE WHEN $3 THEN $4 ELSE polled_at END,
            replay_job = coalesce($5, replay_job),
            replay_at = CASE WHEN $5 IS NULL THEN replay_at ELSE $4 END,
            problem = coalesce($6, problem),
            recovered_by = coalesce($7, recovered_by),
            recovered_at = CASE WHEN $7 IS NULL THEN recovered_at ELSE $4 END
          WHERE org = $1 AND gap_id = $2",
        org,
        gap_id,
        polled,
        now,
        job,
        problem,
        by
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// X says that the replay of an organisation ended: whole, or to be asked for again.
pub async fn replay_ended(
    pool: &PgPool,
    org: &str,
    complete: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE gaps SET replayed_at = CASE WHEN $2 THEN $3::timestamptz END,
                         replay_at = CASE WHEN $2 THEN replay_at END
          WHERE org = $1 AND recovered_at IS NULL AND replay_at IS NOT NULL AND replayed_at IS NULL",
        org,
        complete,
        now
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
