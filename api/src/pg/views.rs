//! Views of the list that a team keeps, and how many items each has.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rows::Narrow;
use crate::view::filter::ListFilter;

/// A view that is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeptView {
    pub view_id: Uuid,
    pub name: String,
    pub filter: ListFilter,
}

/// A view that is kept, and what it names that is not there any more.
pub struct Stored {
    pub view: KeptView,
    pub label_gone: bool,
    pub assignee_gone: bool,
}

/// Views by name; an organisation has few.
pub async fn all(connection: &mut PgConnection, org: &str) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT view_id, name, filter AS "filter: Json<ListFilter>",
                  filter ? 'label' AND NOT EXISTS (SELECT FROM labels l WHERE l.org = v.org
                      AND l.label_id = (filter ->> 'label')::uuid) AS "label_gone!",
                  filter ? 'assignee' AND filter ->> 'assignee' <> 'none'
                      AND NOT EXISTS (SELECT FROM users u WHERE u.org = v.org AND u.disabled_at IS NULL
                          AND u.user_id::text = filter ->> 'assignee') AS "assignee_gone!"
             FROM saved_views v WHERE org = $1 ORDER BY lower(name), view_id"#,
        org
    )
    .fetch_all(connection)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        view: KeptView {
            view_id: row.view_id,
            name: row.name,
            filter: row.filter.0,
        },
        label_gone: row.label_gone,
        assignee_gone: row.assignee_gone,
    });
    Ok(stored.collect())
}

/// Inserts a view; false if there are as many already. Inserts into one organisation wait for each
/// other.
pub async fn insert(
    connection: &mut PgConnection,
    org: &str,
    view: &KeptView,
    most: i64,
) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('saved_views/' || $1, 0)) AS lock",
        org
    )
    .fetch_one(&mut *connection)
    .await?;
    let done = sqlx::query!(
        "INSERT INTO saved_views (org, view_id, name, filter)
         SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM saved_views WHERE org = $1) < $5",
        org,
        view.view_id,
        view.name,
        Json(&view.filter) as _,
        most
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if there is no such view.
pub async fn update(
    connection: &mut PgConnection,
    org: &str,
    view: &KeptView,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE saved_views SET name = $3, filter = $4 WHERE org = $1 AND view_id = $2",
        org,
        view.view_id,
        view.name,
        Json(&view.filter) as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a view; none if it is not there.
pub async fn delete(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<KeptView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"DELETE FROM saved_views WHERE org = $1 AND view_id = $2
           RETURNING view_id, name, filter AS "filter: Json<ListFilter>""#,
        org,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| KeptView {
        view_id: row.view_id,
        name: row.name,
        filter: row.filter.0,
    }))
}

/// Counts the active items of the rows that each list has, in their order: what the badges of the
/// list of the same [`Narrow`] add up to. Items are read once, and once more if a list is narrowed by
/// what an item says.
pub async fn counts(
    connection: &mut PgConnection,
    (org, messages): (&str, bool),
    lists: &[Narrow<'_>],
    reposts_active: bool,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, sqlx::Error> {
    let of_item = |list: &Narrow<'_>| {
        list.pattern.is_some() || list.lang.is_some() || list.account.is_some() || list.image
    };
    let by_item: Vec<bool> = lists.iter().map(of_item).collect();
    let any_by_item = by_item.contains(&true);
    let nobody: Vec<bool> = lists.iter().map(|list| list.nobody).collect();
    let assignees: Vec<Option<Uuid>> = lists.iter().map(|list| list.assignee).collect();
    let only: Vec<Option<&str>> = lists.iter().map(|list| list.only).collect();
    let labels: Vec<Option<Uuid>> = lists.iter().map(|list| list.label).collect();
    let kinds: Vec<Option<&str>> = lists.iter().map(|list| list.kind).collect();
    let cases: Vec<Option<&str>> = lists.iter().map(|list| list.case_status).collect();
    let patterns: Vec<Option<&str>> = lists.iter().map(|list| list.pattern).collect();
    let langs: Vec<Option<&str>> = lists.iter().map(|list| list.lang).collect();
    let accounts: Vec<Option<&str>> = lists.iter().map(|list| list.account).collect();
    let images: Vec<bool> = lists.iter().map(|list| list.image).collect();
    sqlx::query_scalar!(
        r#"WITH lists AS (
               SELECT * FROM UNNEST($5::bool[], $6::bool[], $7::uuid[], $8::text[], $9::uuid[], $10::text[],
                                    $11::text[], $12::text[], $13::text[], $14::text[], $15::bool[]) WITH ORDINALITY
                   AS l (by_item, nobody, assignee, narrowed, label, kind, case_status, pattern, lang, account, image, nth)),
           matched AS MATERIALIZED (
               SELECT l.nth, row_key(i.kind, i.person_id, i.thread_id, i.repost_of_x_id) AS id
                 FROM items i
                 JOIN lists l ON l.by_item AND item_matches(i, $2, l.pattern, l.lang, l.account, l.image)
                WHERE $16 AND i.org = $1 AND i.direction = 'inbound' AND i.closed_at IS NULL AND i.deleted_at IS NULL
                  AND ($3 OR i.post_type IS DISTINCT FROM 'repost')),
           rows AS MATERIALIZED (
               SELECT f.*, s, f.id = ANY ((SELECT not_sent($1))::text[]) AS unsent
                 FROM (SELECT row_key(i.kind, i.person_id, i.thread_id, i.repost_of_x_id) AS id, i.kind,
                              count(*) AS n, max(i.received_at) AS received_at,
                              bool_or(c.status = 'open') AS open, bool_or(c.status = 'closed') AS closed
                         FROM items i LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
                        WHERE i.org = $1 AND i.direction = 'inbound' AND i.closed_at IS NULL AND i.deleted_at IS NULL
                          AND ($3 OR i.post_type IS DISTINCT FROM 'repost')
                        GROUP BY 1, 2) f
                 LEFT JOIN thread_states s ON s.thread_key = f.id AND s.org = $1)
           SELECT coalesce(sum(r.n), 0)::bigint AS "count!"
             FROM lists l
             LEFT JOIN rows r ON (l.kind IS NULL OR r.kind = l.kind)
                  AND CASE l.case_status WHEN 'open' THEN r.open WHEN 'closed' THEN r.closed ELSE true END
                  AND row_matches(r.s, r.received_at, $4, l.nobody, l.assignee, l.narrowed, r.unsent)
                  AND (NOT l.by_item OR (l.nth, r.id) IN (SELECT nth, id FROM matched))
                  AND (l.label IS NULL OR (l.label, r.id) IN (
                       SELECT t.label_id, t.thread_key FROM thread_labels t WHERE t.org = $1 AND t.label_id = ANY ($9)))
            GROUP BY l.nth ORDER BY l.nth"#,
        org,
        messages,
        reposts_active,
        now,
        &by_item,
        &nobody,
        &assignees as &[Option<Uuid>],
        &only as &[Option<&str>],
        &labels as &[Option<Uuid>],
        &kinds as &[Option<&str>],
        &cases as &[Option<&str>],
        &patterns as &[Option<&str>],
        &langs as &[Option<&str>],
        &accounts as &[Option<&str>],
        &images,
        any_by_item
    )
    .fetch_all(connection)
    .await
}
