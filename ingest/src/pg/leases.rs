//! Which process works what. A lease that is not renewed lapses, and others take it.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// What is worked: of an organisation, of a subject (an account, an app), by a way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    /// Organisation.
    pub org: String,
    /// Account, app, or `*` for the organisation.
    pub subject: String,
    /// Name of the way.
    pub way: &'static str,
}

/// Takes or renews leases until `until`; gives those that are held now.
pub async fn hold(
    pool: &PgPool,
    jobs: &[Job],
    holder: &str,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Job>, sqlx::Error> {
    let column = |of: fn(&Job) -> &str| -> Vec<String> {
        jobs.iter().map(|job| of(job).to_owned()).collect()
    };
    let orgs = column(|job| &job.org);
    let (subjects, ways) = (column(|job| &job.subject), column(|job| job.way));
    let mut distinct: Vec<&str> = orgs.iter().map(String::as_str).collect();
    distinct.dedup();
    let mut transaction = runtime::pg::begin(pool, &distinct).await?;
    let held = sqlx::query!(
        "INSERT INTO source_leases (org, subject, way, holder, until)
         SELECT org, subject, way, $4, $5
           FROM UNNEST($1::text[], $2::text[], $3::text[]) AS wanted (org, subject, way)
          ORDER BY org, subject, way
         ON CONFLICT (org, subject, way) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
          WHERE source_leases.holder = EXCLUDED.holder OR source_leases.until < $6
         RETURNING org, subject, way",
        &orgs,
        &subjects,
        &ways,
        holder,
        until,
        now
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let is_held = |job: &&Job| {
        held.iter()
            .any(|row| row.org == job.org && row.subject == job.subject && row.way == job.way)
    };
    Ok(jobs.iter().filter(is_held).cloned().collect())
}

/// Gives up leases, so that others need not wait.
pub async fn release(pool: &PgPool, jobs: &[Job], holder: &str) -> Result<(), sqlx::Error> {
    for job in jobs {
        let mut transaction = runtime::pg::begin(pool, &[&job.org]).await?;
        sqlx::query!(
            "DELETE FROM source_leases
              WHERE org = $1 AND subject = $2 AND way = $3 AND holder = $4",
            job.org,
            job.subject,
            job.way,
            holder
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
    }
    Ok(())
}
