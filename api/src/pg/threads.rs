//! One row opened: its head, its conversation.

use std::collections::HashMap;

use schemas::{Kind, ids};
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
    let [person, thread, messages, repost_of] = row.place();
    // In X's order, as Done closes: X tells only the second, and an edited post has the time of its edit.
    sqlx::query_as!(
        Head,
        r#"SELECT count(*) AS "items!", coalesce(sum(revision), 0)::bigint AS "revisions!",
                  count(*) FILTER (WHERE active AND status = 'open') AS "open!",
                  count(*) FILTER (WHERE active AND status = 'draft') AS "draft!",
                  count(*) FILTER (WHERE status = 'closed') AS "closed!",
                  (array_agg(item_id ORDER BY length(x_id), x_id) FILTER (WHERE active))[1] AS target,
                  (array_agg(item_id ORDER BY length(x_id) DESC, x_id DESC))[1] AS newest,
                  (array_agg(item_id ORDER BY length(x_id) DESC, x_id DESC)
                      FILTER (WHERE direction = 'inbound'))[1] AS newest_inbound,
                  max(received_at) FILTER (WHERE direction = 'inbound') AS received_at
             FROM (SELECT item_id, x_id, status, received_at, direction, revision,
                          direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL
                          AND ($6 OR post_type IS DISTINCT FROM 'repost') AS active
                     FROM row_items($1, $2, $3, $4, $5)) i"#,
        org,
        person,
        thread,
        messages,
        repost_of,
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
    let [person, thread, messages, repost_of] = row.place();
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM row_items($1, $2, $3, $4, $5)) AS "stands!""#,
        org,
        person,
        thread,
        messages,
        repost_of
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
    let [person, thread, messages, repost_of] = row.place();
    sqlx::query_as!(
        CaseBrief,
        r#"SELECT case_id, case_no, status FROM cases
            WHERE org = $1 AND case_id IN (
                  SELECT case_id FROM row_items($1, $2, $3, $4, $5) WHERE case_id IS NOT NULL)
            ORDER BY case_no DESC LIMIT 50"#,
        org,
        person,
        thread,
        messages,
        repost_of
    )
    .fetch_all(connection)
    .await
}

/// The conversation that a row opens: its own, or that of the post whose reposts it has, if that
/// post is stored.
pub async fn conversation(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
) -> Result<Option<String>, sqlx::Error> {
    let Some(original) = row.repost_of() else {
        return Ok(row.thread().map(ToOwned::to_owned));
    };
    let found = originals(connection, org, &[original.to_owned()]).await?;
    Ok(found.into_values().next().map(|found| found.thread_id))
}

/// A post that was reposted.
pub struct Original {
    pub item_id: Uuid,
    pub thread_id: String,
}

/// Those of these posts that are stored, by the X id that is asked for: of the first version or of a
/// later one.
pub async fn originals(
    connection: &mut PgConnection,
    org: &str,
    x_ids: &[String],
) -> Result<HashMap<String, Original>, sqlx::Error> {
    let as_first = x_ids.iter().map(|x_id| ids::item(org, Kind::Post, x_id));
    let as_first: Vec<Uuid> = as_first.collect();
    let found = sqlx::query!(
        r#"SELECT w.x_id AS "x_id!", i.item_id AS "item_id!", i.thread_id AS "thread_id!"
             FROM UNNEST($2::text[], $3::uuid[]) AS w (x_id, item_id)
             JOIN items i ON i.item_id = w.item_id AND i.org = $1
            WHERE i.direction IS NOT NULL
           UNION ALL
           SELECT a.x_id, i.item_id, i.thread_id
             FROM item_aliases a JOIN items i ON i.item_id = a.item_id AND i.org = a.org
            WHERE a.org = $1 AND a.kind = 'post' AND a.x_id = ANY ($2) AND i.direction IS NOT NULL"#,
        org,
        x_ids,
        &as_first
    )
    .fetch_all(connection)
    .await?;
    let original = |item_id, thread_id| Original { item_id, thread_id };
    let rows = found.into_iter();
    Ok(rows
        .map(|row| (row.x_id, original(row.item_id, row.thread_id)))
        .collect())
}

/// Where a window of a conversation lies, by X id.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The newest items.
    End,
    Before(&'a str),
    After(&'a str),
}

/// Ids of a window, oldest first by X's own order. Reposts say nothing of their own: they have a
/// row, no place in a conversation.
pub async fn window(
    connection: &mut PgConnection,
    org: &str,
    (kind, thread): (&str, &str),
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
                WHERE org = $1 AND kind = $2 AND thread_id = $3 AND repost_of_x_id IS NULL
                  AND (length(x_id), x_id COLLATE "C") > (length($4), $4 COLLATE "C")
                ORDER BY length(x_id), x_id COLLATE "C" LIMIT $5"#,
            org,
            kind,
            thread,
            after,
            limit
        )
        .fetch_all(connection)
        .await;
    } else {
        sqlx::query_scalar!(
            r#"SELECT item_id FROM items
                WHERE org = $1 AND kind = $2 AND thread_id = $3 AND repost_of_x_id IS NULL
                  AND ($4::text IS NULL
                       OR (length(x_id), x_id COLLATE "C") < (length($4), $4 COLLATE "C"))
                ORDER BY length(x_id) DESC, x_id COLLATE "C" DESC LIMIT $5"#,
            org,
            kind,
            thread,
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

/// Inbound items of a row: those that are closed, last closing first, or those that are active,
/// oldest first.
pub async fn work(
    connection: &mut PgConnection,
    org: &str,
    row: &RowId,
    (closed, reposts_active): (bool, bool),
    limit: i64,
) -> Result<Vec<Work>, sqlx::Error> {
    let [person, thread, messages, repost_of] = row.place();
    sqlx::query_as!(
        Work,
        r#"SELECT item_id AS "item_id!", person_id AS "person_id!", x_id AS "x_id!", closed_at
             FROM row_items($1, $2, $3, $4, $5)
            WHERE direction = 'inbound' AND (closed_at IS NOT NULL) = $6
              AND ($6 OR (deleted_at IS NULL AND ($8 OR post_type IS DISTINCT FROM 'repost')))
            ORDER BY closed_at DESC, length(x_id), x_id COLLATE "C" LIMIT $7"#,
        org,
        person,
        thread,
        messages,
        repost_of,
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
    let [persons, threads, messages, originals] = RowId::places(wanted.iter().map(|(_, row)| row));
    let rows = sqlx::query!(
        r#"SELECT w.org AS "org!", w.key AS "key!", i.revisions + n.notes + s.sent AS "version!"
             FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                  AS w (org, key, person, thread, messages, repost_of)
            CROSS JOIN LATERAL (
                  SELECT coalesce(sum(r.revision), 0)::bigint AS revisions
                    FROM row_items(w.org, w.person, w.thread, w.messages, w.repost_of) AS r) AS i
            CROSS JOIN LATERAL (
                  SELECT least(count(*), $7) AS notes FROM notes
                   WHERE org = w.org AND thread_key = w.key) AS n
            CROSS JOIN LATERAL (
                  SELECT count(*) AS sent FROM replies
                   WHERE org = w.org AND thread_key = w.key AND kind IN ('public', 'message')) AS s"#,
        &orgs as &[&str],
        &keys,
        &persons as &[&str],
        &threads as &[&str],
        &messages as &[&str],
        &originals as &[&str],
        super::notes::NOTES_MAX
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.org, row.key, row.version))
        .collect())
}
