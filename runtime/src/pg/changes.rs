//! The change feed: what a transaction says to whoever watches, written beside its rows and read by
//! comparing snapshots. A number or a time cannot be the cursor: it is given out before its row is
//! visible (docs/adr/0011).

use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Ids of one change; of more it is only told that there were too many to name. They fit into a
/// page of PostgreSQL.
pub const IDS_MAX: usize = 128;
/// Between ids on their way to PostgreSQL; in no id.
const SEPARATOR: &str = "\u{1f}";

/// What changed, of one kind, in one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub org: String,
    /// Kind, of the project's list.
    pub kind: &'static str,
    /// Which. More than [`IDS_MAX`] are told as none: everything of the kind.
    pub ids: Vec<String>,
    /// What is told beside the ids.
    pub data: Option<Value>,
}

impl Change {
    /// Ids that changed, and nothing more about them.
    pub fn of(org: &str, kind: &'static str, ids: Vec<String>) -> Self {
        Self {
            org: org.to_owned(),
            kind,
            ids,
            data: None,
        }
    }

    /// Everything of a kind may have changed.
    pub fn all(org: &str, kind: &'static str) -> Self {
        Self::of(org, kind, Vec::new())
    }
}

/// Says what the transaction changes. It must be bound to the organisations.
pub async fn push(connection: &mut PgConnection, changes: &[Change]) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let orgs: Vec<&str> = changes.iter().map(|change| change.org.as_str()).collect();
    let kinds: Vec<&str> = changes.iter().map(|change| change.kind).collect();
    let ids: Vec<String> = changes.iter().map(|change| listed(&change.ids)).collect();
    let data: Vec<Option<Value>> = changes.iter().map(|change| change.data.clone()).collect();
    sqlx::query!(
        "INSERT INTO changes (org, kind, ids, data)
         SELECT org, kind, string_to_array(ids, $5), data
           FROM UNNEST($1::text[], $2::text[], $3::text[], $4::jsonb[]) AS r (org, kind, ids, data)",
        &orgs as &[&str],
        &kinds as &[&str],
        &ids,
        &data as &[Option<Value>],
        SEPARATOR
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn listed(ids: &[String]) -> String {
    if ids.len() > IDS_MAX {
        return String::new();
    }
    ids.join(SEPARATOR)
}

/// A transaction that sees these organisations as they stand at one moment, and that moment: the
/// text of its snapshot.
pub async fn moment(
    pool: &PgPool,
    orgs: &[&str],
) -> Result<(Transaction<'static, Postgres>, String), sqlx::Error> {
    let mut transaction = pool
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    super::bind(&mut transaction, orgs).await?;
    let snapshot = sqlx::query_scalar!("SELECT pg_current_snapshot()::text AS \"snapshot!\"")
        .fetch_one(&mut *transaction)
        .await?;
    Ok((transaction, snapshot))
}

/// A row of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Whose.
    pub org: String,
    /// Kind.
    pub kind: String,
    /// Which; none means all.
    pub ids: Vec<String>,
    /// What is told beside them.
    pub data: Option<Value>,
}

/// What became visible after the snapshot `from` and, if it is given, was so in `upto`: in the
/// organisations of the transaction, at most `most` rows. Costs what it gives, however long another
/// transaction stays open.
pub async fn between(
    connection: &mut PgConnection,
    from: &str,
    upto: Option<&str>,
    most: i64,
) -> Result<Vec<Seen>, sqlx::Error> {
    sqlx::query_as!(
        Seen,
        r#"SELECT c.org AS "org!", c.kind AS "kind!", c.ids AS "ids!", c.data
             FROM (SELECT n.* FROM changes n
                    WHERE n.tx >= pg_snapshot_xmax($1::text::pg_snapshot)
                   UNION ALL
                   SELECT late.*
                     FROM pg_snapshot_xip($1::text::pg_snapshot) AS x (tx)
                    CROSS JOIN LATERAL (
                          SELECT o.* FROM changes o WHERE o.tx = x.tx OFFSET 0) AS late) AS c
            WHERE $2::text IS NULL OR pg_visible_in_snapshot(c.tx, $2::text::pg_snapshot)
            ORDER BY c.tx, c.seq LIMIT $3"#,
        from,
        upto,
        most
    )
    .fetch_all(connection)
    .await
}

/// Removes what is older than anybody may ask for, of the organisations of the transaction; the
/// number of rows.
pub async fn forget(connection: &mut PgConnection, hours: i32) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM changes WHERE at < now() - make_interval(hours => $1)",
        hours
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
