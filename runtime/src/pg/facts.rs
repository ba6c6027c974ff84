//! What was last seen of something: written by whoever sees it, read where health is shown. No text,
//! no handle, no secret.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is about; empty for the whole organisation.
    pub subject: String,
    /// Which fact.
    pub name: String,
    /// What was seen.
    pub value: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// Writes facts of an organisation, unless a newer one stands. The transaction must see it.
pub async fn write(
    connection: &mut PgConnection,
    org: &str,
    facts: &[Fact],
) -> Result<(), sqlx::Error> {
    let subjects: Vec<&str> = facts.iter().map(|fact| fact.subject.as_str()).collect();
    let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
    let values: Vec<Value> = facts.iter().map(|fact| fact.value.clone()).collect();
    let times: Vec<DateTime<Utc>> = facts.iter().map(|fact| fact.at).collect();
    sqlx::query!(
        "INSERT INTO facts AS f (org, subject, name, value, at)
         SELECT DISTINCT ON (subject, name) $1, subject, name, value, at
           FROM UNNEST($2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
                AS n (subject, name, value, at)
          ORDER BY subject, name, at DESC
         ON CONFLICT (org, subject, name) DO UPDATE SET value = EXCLUDED.value, at = EXCLUDED.at
          WHERE f.at <= EXCLUDED.at",
        org,
        &subjects as &[&str],
        &names as &[&str],
        &values,
        &times
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Every fact of an organisation, by subject and name.
pub async fn all(connection: &mut PgConnection, org: &str) -> Result<Vec<Fact>, sqlx::Error> {
    sqlx::query_as!(
        Fact,
        "SELECT subject, name, value, at FROM facts WHERE org = $1 ORDER BY subject, name",
        org
    )
    .fetch_all(connection)
    .await
}
