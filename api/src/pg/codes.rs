//! Reason and resolution codes.

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

/// A code that cases are given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Code {
    /// reason or resolution.
    pub kind: String,
    pub code: String,
    pub label: String,
    /// May be given to further cases.
    pub active: bool,
}

/// Codes in order of kind and code.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    kind: Option<&str>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<Code>, sqlx::Error> {
    let (after_kind, after_code) = after.unzip();
    sqlx::query_as!(
        Code,
        "SELECT kind, code, label, active FROM codes
          WHERE org = $1 AND ($2::text IS NULL OR kind = $2)
            AND ($3::text IS NULL OR (kind, code) > ($3, $4::text))
          ORDER BY kind, code LIMIT $5",
        org,
        kind,
        after_kind,
        after_code,
        limit
    )
    .fetch_all(connection)
    .await
}

/// One code.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    kind: &str,
    code: &str,
) -> Result<Option<Code>, sqlx::Error> {
    sqlx::query_as!(
        Code,
        "SELECT kind, code, label, active FROM codes WHERE org = $1 AND kind = $2 AND code = $3",
        org,
        kind,
        code
    )
    .fetch_optional(connection)
    .await
}

pub async fn insert(
    connection: &mut PgConnection,
    org: &str,
    code: &Code,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO codes (org, kind, code, label, active) VALUES ($1, $2, $3, $4, $5)",
        org,
        code.kind,
        code.code,
        code.label,
        code.active
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// False if there is no such code.
pub async fn update(
    connection: &mut PgConnection,
    org: &str,
    code: &Code,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE codes SET label = $4, active = $5 WHERE org = $1 AND kind = $2 AND code = $3",
        org,
        code.kind,
        code.code,
        code.label,
        code.active
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a code; none if it is not there.
pub async fn delete(
    connection: &mut PgConnection,
    org: &str,
    kind: &str,
    code: &str,
) -> Result<Option<Code>, sqlx::Error> {
    sqlx::query_as!(
        Code,
        "DELETE FROM codes WHERE org = $1 AND kind = $2 AND code = $3 RETURNING kind, code, label, active",
        org,
        kind,
        code
    )
    .fetch_optional(connection)
    .await
}
