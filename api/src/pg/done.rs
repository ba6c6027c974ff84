//! The Done tab: closed items by the time of closing, in bounded steps, so that what it costs
//! does not grow with what was ever closed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::Narrow;
use crate::row_id::RowId;

/// A closed item.
pub struct Closed {
    pub closed_at: DateTime<Utc>,
    pub item_id: Uuid,
    pub kind: String,
    pub person_id: String,
    pub thread_id: String,
    pub repost_of_x_id: Option<String>,
    pub matched: bool,
}

impl Closed {
    /// The row of the list that it is in.
    pub fn row(&self) -> RowId {
        let original = self.repost_of_x_id.as_deref();
        RowId::of(&self.kind, &self.person_id, &self.thread_id, original)
    }
}

/// What narrows the walk.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    pub org: &'a str,
    pub messages: bool,
    pub person: Option<&'a str>,
    pub narrow: Narrow<'a>,
}

/// The next closed items, newest closing first. Every one that is passed is given, matched or
/// not: the walk goes on from the last.
pub async fn step(
    connection: &mut PgConnection,
    filter: Filter<'_>,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<Closed>, sqlx::Error> {
    sqlx::query_as!(
        Closed,
        r#"SELECT closed_at AS "closed_at!", item_id, kind, person_id, thread_id, repost_of_x_id,
                  direction = 'inbound'
                  AND ($5::text IS NULL OR kind = $5) AND ($6::text IS NULL OR person_id = $6)
                  AND item_matches(items, $8, $7, $9, $10, $11)
                  AND (NOT $12 OR NOT EXISTS (SELECT FROM thread_states s WHERE s.org = $1 AND s.assignee IS NOT NULL
                       AND s.thread_key = row_key(kind, person_id, thread_id, repost_of_x_id)))
                  AND ($13::uuid IS NULL OR EXISTS (SELECT FROM thread_states s WHERE s.org = $1 AND s.assignee = $13
                       AND s.thread_key = row_key(kind, person_id, thread_id, repost_of_x_id)))
                  AND ($14::uuid IS NULL OR EXISTS (SELECT FROM thread_labels l WHERE l.org = $1 AND l.label_id = $14
                       AND l.thread_key = row_key(kind, person_id, thread_id, repost_of_x_id))) AS "matched!"
             FROM items
            WHERE org = $1 AND closed_at IS NOT NULL
              AND ($2::timestamptz IS NULL OR closed_at <= $2)
              AND ($2::timestamptz IS NULL OR (closed_at, item_id) < ($2, $3::uuid))
            ORDER BY closed_at DESC, item_id DESC LIMIT $4"#,
        filter.org,
        before,
        id,
        limit,
        filter.narrow.kind,
        filter.person,
        filter.narrow.pattern,
        filter.messages,
        filter.narrow.lang,
        filter.narrow.account,
        filter.narrow.image,
        filter.narrow.nobody,
        filter.narrow.assignee,
        filter.narrow.label
    )
    .fetch_all(connection)
    .await
}

/// What all items of a row say.
pub struct Row {
    pub n: i64,
    pub since: DateTime<Utc>,
    pub newest_at: DateTime<Utc>,
    pub newest_item: Uuid,
    /// The newest closed item that the filter lets through.
    pub newest_closed: Option<Uuid>,
    pub received_at: DateTime<Utc>,
    pub active: bool,
    pub cases: Vec<i64>,
}

/// Rows in the order asked; one that is gone is left out.
pub async fn rows(
    connection: &mut PgConnection,
    org: &str,
    wanted: &[RowId],
    (reposts_active, filter): (bool, Filter<'_>),
) -> Result<Vec<(usize, Row)>, sqlx::Error> {
    let [persons, threads, messages, originals] = RowId::places(wanted.iter());
    let rows = sqlx::query!(
        r#"SELECT w.n AS "at!", r.n AS "n!", r.since AS "since?", r.newest_at AS "newest_at?",
                  r.newest_item AS "newest_item?", r.newest_closed AS "newest_closed?", r.received_at AS "received_at?",
                  coalesce(r.active, false) AS "active!", coalesce(r.cases, '{}') AS "cases!"
             FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
                  AS w (person, thread, messages, repost_of, n)
             CROSS JOIN LATERAL (
                 SELECT count(*) FILTER (WHERE i.closed_at IS NOT NULL) AS n,
                        min(coalesce(i.posted_at, i.received_at)) FILTER (WHERE i.closed_at IS NOT NULL) AS since,
                        max(coalesce(i.posted_at, i.received_at)) FILTER (WHERE i.closed_at IS NOT NULL) AS newest_at,
                        (array_agg(i.item_id ORDER BY length(i.x_id) DESC, i.x_id DESC)
                            FILTER (WHERE i.closed_at IS NOT NULL))[1] AS newest_item,
                        (array_agg(i.item_id ORDER BY i.closed_at DESC, i.item_id DESC)
                            FILTER (WHERE i.closed_at IS NOT NULL
                                AND ($9::text IS NULL OR i.person_id = $9)
                                AND item_matches(i, $8, $7, $10, $11, $12)))[1] AS newest_closed,
                        max(i.received_at) AS received_at,
                        bool_or(i.closed_at IS NULL AND i.deleted_at IS NULL
                            AND ($6 OR i.post_type IS DISTINCT FROM 'repost')) AS active,
                        array_agg(DISTINCT c.case_no) FILTER (WHERE c.case_no IS NOT NULL) AS cases
                   FROM row_items($1, w.person, w.thread, w.messages, w.repost_of) i
                   LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
                  WHERE i.direction = 'inbound') r
            ORDER BY w.n"#,
        org,
        &persons as &[&str],
        &threads as &[&str],
        &messages as &[&str],
        &originals as &[&str],
        reposts_active,
        filter.narrow.pattern,
        filter.messages,
        filter.person,
        filter.narrow.lang,
        filter.narrow.account,
        filter.narrow.image
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some((
                usize::try_from(row.at).ok()?.checked_sub(1)?,
                Row {
                    n: row.n,
                    since: row.since?,
                    newest_at: row.newest_at?,
                    newest_item: row.newest_item?,
                    newest_closed: row.newest_closed,
                    received_at: row.received_at?,
                    active: row.active,
                    cases: row.cases,
                },
            ))
        })
        .collect())
}
