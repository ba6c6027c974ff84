//! One row opened: its head, its conversation.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::row_id::RowId;
use crate::view::row::CaseBrief;

/// What the items of a row say together.
pub struct Head {
    pub items: i64,
    pub revisions: i64,
    pub open: i64,
    pub draft: i64,
    pub closed: i64,
    pub target: Option<Uuid>,
    pub newest: Option<Uuid>,
    pub newest_inbound: Option<Uuid>,
    /// When the newest inbound item was received.
    pub received_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Reads the items of a row.
pub async fn head(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    reposts_active: bool,
) -> Result<Head, sqlx::Error> {
    // X tells the second; its ids tell the order within it.
    sqlx::query_as!(
        Head,
        r#"SELECT count(*) AS "items!", coalesce(sum(revision), 0)::bigint AS "revisions!",
                  count(*) FILTER (WHERE active AND status = 'open') AS "open!",
                  count(*) FILTER (WHERE active AND status = 'draft') AS "draft!",
                  count(*) FILTER (WHERE status = 'closed') AS "closed!",
                  (array_agg(item_id ORDER BY at, length(x_id), x_id) FILTER (WHERE active))[1] AS target,
                  (array_agg(item_id ORDER BY at DESC, length(x_id) DESC, x_id DESC))[1] AS newest,
                  (array_agg(item_id ORDER BY at DESC, length(x_id) DESC, x_id DESC)
                      FILTER (WHERE direction = 'inbound'))[1] AS newest_inbound,
                  max(received_at) FILTER (WHERE direction = 'inbound') AS received_at
             FROM (SELECT item_id, x_id, status, received_at, direction, revision, coalesce(posted_at, received_at) AS at,
                          direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL
                          AND ($5 OR post_type IS DISTINCT FROM 'repost') AS active
                     FROM items
                    WHERE org = $1 AND kind = $2 AND thread_id = $3
                      AND ($4::text IS NULL OR person_id = $4)) i"#,
        org,
        row.kind(),
        row.thread(),
        row.person(),
        reposts_active
    )
    .fetch_one(connection)
    .await
}

/// Whether a row has items.
pub async fn stands(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM items
                           WHERE org = $1 AND kind = $2 AND thread_id = $3
                             AND ($4::text IS NULL OR person_id = $4)) AS "stands!""#,
        org,
        row.kind(),
        row.thread(),
        row.person()
    )
    .fetch_one(connection)
    .await
}

/// Cases of the items of a row, newest first.
pub async fn cases(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
) -> Result<Vec<CaseBrief>, sqlx::Error> {
    sqlx::query_as!(
        CaseBrief,
        r#"SELECT case_id, case_no, status FROM cases
            WHERE org = $1 AND case_id IN (
                  SELECT case_id FROM items
                   WHERE org = $1 AND kind = $2 AND thread_id = $3
                     AND ($4::text IS NULL OR person_id = $4) AND case_id IS NOT NULL)
            ORDER BY case_no DESC LIMIT 50"#,
        org,
        row.kind(),
        row.thread(),
        row.person()
    )
    .fetch_all(connection)
    .await
}

/// Where a window of a conversation lies, by X id.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The newest items.
    End,
    Before(&'a str),
    After(&'a str),
}

/// Ids of a window, oldest first by X's own order.
pub async fn window(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    place: Place<'_>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let (before, after) = match place {
        Place::End => (None, None),
        Place::Before(x_id) => (Some(x_id), None),
        Place::After(x_id) => (None, Some(x_id)),
    };
    let mut ids = if after.is_some() {
        return sqlx::query_scalar!(
            r#"SELECT item_id FROM items
                WHERE org = $1 AND kind = $2 AND thread_id = $3
                  AND (length(x_id), x_id COLLATE "C") > (length($4), $4 COLLATE "C")
                ORDER BY length(x_id), x_id COLLATE "C" LIMIT $5"#,
            org,
            row.kind(),
            row.thread(),
            after,
            limit
        )
        .fetch_all(connection)
        .await;
    } else {
        sqlx::query_scalar!(
            r#"SELECT item_id FROM items
                WHERE org = $1 AND kind = $2 AND thread_id = $3
                  AND ($4::text IS NULL
                       OR (length(x_id), x_id COLLATE "C") < (length($4), $4 COLLATE "C"))
                ORDER BY length(x_id) DESC, x_id COLLATE "C" DESC LIMIT $5"#,
            org,
            row.kind(),
            row.thread(),
            before,
            limit
        )
        .fetch_all(connection)
        .await?
    };
    ids.reverse();
    Ok(ids)
}

/// Which of these X ids of posts are stored, as themselves or as an edited version.
pub async fn stored(
    connection: &mut PgConnection,
    org: &str,
    kind: &str,
    (item_ids, x_ids): (&[Uuid], &[String]),
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT x_id AS "x_id!" FROM items
            WHERE org = $1 AND item_id = ANY ($3) AND direction IS NOT NULL
           UNION SELECT x_id FROM item_aliases WHERE org = $1 AND kind = $2 AND x_id = ANY ($4)"#,
        org,
        kind,
        item_ids,
        x_ids
    )
    .fetch_all(connection)
    .await
}

/// Items of a row, oldest first: those that a command works on.
pub struct Work {
    pub item_id: Uuid,
    pub person_id: String,
    pub x_id: String,
    pub closed_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Inbound items of a row: those that are closed, or those that are active.
pub async fn work(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    (closed, reposts_active): (bool, bool),
    limit: i64,
) -> Result<Vec<Work>, sqlx::Error> {
    sqlx::query_as!(
        Work,
        r#"SELECT item_id, person_id, x_id, closed_at
             FROM items
            WHERE org = $1 AND kind = $2 AND thread_id = $3 AND direction = 'inbound'
              AND ($4::text IS NULL OR person_id = $4) AND (closed_at IS NOT NULL) = $5
              AND ($5 OR (deleted_at IS NULL AND ($7 OR post_type IS DISTINCT FROM 'repost')))
            ORDER BY length(x_id), x_id COLLATE "C" LIMIT $6"#,
        org,
        row.kind(),
        row.thread(),
        row.person(),
        closed,
        limit,
        reposts_active
    )
    .fetch_all(connection)
    .await
}

/// Versions of rows of several organisations, by organisation and key of the row; as
/// [`crate::routes::thread::load`] gives them.
pub async fn versions(
    connection: &mut PgConnection,
    wanted: &[(&str, RowId)],
) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let orgs: Vec<&str> = wanted.iter().map(|(org, _)| *org).collect();
    let keys: Vec<String> = wanted.iter().map(|(_, row)| row.key()).collect();
    let persons: Vec<Option<&str>> = wanted.iter().map(|(_, row)| row.person()).collect();
    let threads: Vec<&str> = wanted.iter().map(|(_, row)| row.thread()).collect();
    let rows = sqlx::query!(
        r#"SELECT w.org AS "org!", w.key AS "key!", i.revisions + n.notes + s.sent AS "version!"
             FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[]) AS w (org, key, person, thread)
            CROSS JOIN LATERAL (
                  SELECT coalesce(sum(r.revision), 0)::bigint AS revisions
                    FROM (SELECT p.revision FROM items p
                           WHERE p.org = w.org AND p.person_id = w.person AND p.thread_id = w.thread
                             AND p.kind = 'post'
                          UNION ALL
                          SELECT m.revision FROM items m
                           WHERE w.person IS NULL AND m.org = w.org AND m.thread_id = w.thread
                             AND m.kind = 'message') AS r) AS i
            CROSS JOIN LATERAL (
                  SELECT least(count(*), $5) AS notes FROM notes
                   WHERE org = w.org AND thread_key = w.key) AS n
            CROSS JOIN LATERAL (
                  SELECT count(*) AS sent FROM replies
                   WHERE org = w.org AND thread_key = w.key AND kind IN ('public', 'message')) AS s"#,
        &orgs as &[&str],
        &keys,
        &persons as &[Option<&str>],
        &threads as &[&str],
        super::notes::NOTES_MAX
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.org, row.key, row.version))
        .collect())
}
