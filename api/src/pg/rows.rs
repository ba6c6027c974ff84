//! Rows of the list, folded from exactly the items that the tile counts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Which items make the rows. Each is read by an index of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Active items: the tile Active.
    Active,
    /// Items by X's time: the tile X Today.
    Posted,
    /// Items by when a person closed them: the tile Done Today.
    Closed,
}

/// Order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Waiting,
    Newest,
    Priority,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    pub org: &'a str,
    pub source: Source,
    /// Bounds of the local day, for `Posted` and `Closed`; narrows `Active`, if given.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub reposts_active: bool,
    /// The caller may read messages: their texts are searched.
    pub messages: bool,
    pub kind: Option<&'a str>,
    pub person: Option<&'a str>,
    /// `LIKE` pattern, lower case.
    pub pattern: Option<&'a str>,
    /// Status of a case that an item of the row must have.
    pub case_status: Option<&'a str>,
    /// Status of each counted item.
    pub status: Option<&'a str>,
    pub sort: Sort,
    /// Weights of the priority terms, and the moment they are taken at.
    pub weights: &'a Weights,
    pub now: DateTime<Utc>,
    /// Key and id of the last row of the page before.
    pub after: Option<(i64, &'a str)>,
    pub limit: i64,
}

/// Weights of priority terms.
#[derive(Debug, Clone)]
pub struct Weights {
    pub names: Vec<String>,
    pub values: Vec<f64>,
    pub waiting: f64,
    pub open_case: f64,
    pub sla: f64,
    pub target_minutes: f64,
}

/// One row, without its words.
#[derive(Debug)]
pub struct Folded {
    pub row: String,
    pub count: i64,
    pub since: DateTime<Utc>,
    pub newest_at: DateTime<Utc>,
    pub newest_item: Uuid,
    pub cases: Vec<i64>,
    pub closed_at: Option<DateTime<Utc>>,
    pub score: Option<f64>,
    pub key: i64,
}

/// One page of rows, in order.
#[expect(clippy::too_many_lines, reason = "one statement")]
pub async fn fold(
    connection: &mut PgConnection,
    filter: &Filter<'_>,
) -> Result<Vec<Folded>, sqlx::Error> {
    let source = match filter.source {
        Source::Active => "active",
        Source::Posted => "posted",
        Source::Closed => "closed",
    };
    let sort = match filter.sort {
        Sort::Waiting => "waiting",
        Sort::Newest => "newest",
        Sort::Priority => "priority",
    };
    sqlx::query_as!(
        Folded,
        r#"
        SELECT id AS "row!", n AS "count!", since AS "since!", newest_at AS "newest_at!",
               newest_item AS "newest_item!", coalesce(cases, '{}') AS "cases!", closed_at, score,
               key AS "key!"
          FROM (
            SELECT id, count(*) AS n, min(at) AS since, max(at) AS newest_at,
                   (array_agg(item_id ORDER BY at DESC, item_id DESC))[1] AS newest_item,
                   array_agg(DISTINCT case_no) FILTER (WHERE case_no IS NOT NULL) AS cases,
                   max(closed_at) AS closed_at, max(score) AS score,
                   CASE $2 WHEN 'newest' THEN -(extract(epoch FROM max(at)) * 1000000)::bigint
                           WHEN 'priority' THEN -(max(score) * 1000000)::bigint
                           ELSE (extract(epoch FROM min(at)) * 1000000)::bigint END AS key
              FROM (
                SELECT (CASE i.kind WHEN 'message' THEN 'm.' || i.thread_id
                             ELSE 'p.' || i.person_id || '.' || i.thread_id END) COLLATE "C" AS id,
                       coalesce(i.posted_at, i.received_at) AS at, i.item_id, i.closed_at,
                       c.case_no, c.status AS case_status,
                       $8::text IS NULL OR lower(coalesce(i.handle, '') || ' ' || coalesce(i.author_name, '')
                           || CASE WHEN i.kind = 'post' OR $7 THEN ' ' || i.text ELSE '' END) LIKE $8 AS matched,
                       CASE WHEN $2 = 'priority' THEN 25 * (
                           coalesce((SELECT sum((t ->> 'value')::float8 * w.weight)
                                       FROM jsonb_array_elements(i.priority_terms) t
                                       JOIN UNNEST($11::text[], $12::float8[]) AS w (name, weight)
                                         ON w.name = t ->> 'name'), 0)
                           + $13 * least(1, greatest(0, extract(epoch FROM $10::timestamptz
                                 - coalesce(i.posted_at, i.received_at))::float8 / 60 / $16))
                           + CASE WHEN c.status = 'open' THEN $14::float8 ELSE 0 END
                           + CASE WHEN extract(epoch FROM $10::timestamptz
                                 - coalesce(i.posted_at, i.received_at))::float8 / 60 >= $16
                                  THEN $15::float8 ELSE 0 END)
                       END AS score
                  FROM (
                    SELECT * FROM items
                     WHERE $3 = 'active' AND org = $1 AND direction = 'inbound'
                       AND closed_at IS NULL AND deleted_at IS NULL
                       AND ($6 OR post_type IS DISTINCT FROM 'repost')
                       AND ($4::timestamptz IS NULL OR posted_at >= $4)
                       AND ($5::timestamptz IS NULL OR posted_at < $5)
                    UNION ALL
                    SELECT * FROM items
                     WHERE $3 = 'posted' AND org = $1 AND direction = 'inbound'
                       AND posted_at >= $4 AND posted_at < $5
                    UNION ALL
                    SELECT * FROM items
                     WHERE $3 = 'closed' AND org = $1 AND direction = 'inbound'
                       AND closed_at >= $4 AND closed_at < $5 AND closed_rule IS NULL
                  ) i
                  LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
                 WHERE ($9::text IS NULL OR i.kind = $9)
                   AND ($17::text IS NULL OR i.person_id = $17)
                   AND ($18::text IS NULL OR i.status = $18)
              ) counted
             GROUP BY id
            HAVING bool_or(matched) AND ($19::text IS NULL OR bool_or(case_status = $19))
          ) folded
         WHERE $20::bigint IS NULL OR (key, id) > ($20, $21::text COLLATE "C")
         ORDER BY key, id LIMIT $22"#,
        filter.org,
        sort,
        source,
        filter.from,
        filter.to,
        filter.reposts_active,
        filter.messages,
        filter.pattern,
        filter.kind,
        filter.now,
        &filter.weights.names,
        &filter.weights.values,
        filter.weights.waiting,
        filter.weights.open_case,
        filter.weights.sla,
        filter.weights.target_minutes,
        filter.person,
        filter.status,
        filter.case_status,
        filter.after.map(|(key, _)| key),
        filter.after.map(|(_, row)| row),
        filter.limit
    )
    .fetch_all(connection)
    .await
}

/// The words of a row: those of its newest counted item.
pub struct Words {
    pub item_id: Uuid,
    pub kind: String,
    pub post_type: Option<String>,
    pub text: String,
    pub text_complete: bool,
    pub deleted: bool,
    pub lang: Option<String>,
    pub customer_id: Option<Uuid>,
    pub closed_rule: Option<String>,
    pub person_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
    pub followers: Option<i64>,
    pub verified: Option<bool>,
    pub open: i64,
    pub draft: i64,
}

/// The words of these items, and how many active items their rows have.
pub async fn words(
    connection: &mut PgConnection,
    org: &str,
    items: &[Uuid],
    reposts_active: bool,
) -> Result<Vec<Words>, sqlx::Error> {
    sqlx::query_as!(
        Words,
        r#"SELECT i.item_id, i.kind, i.post_type, i.text, i.text_complete,
                  i.deleted_at IS NOT NULL AS "deleted!", i.lang, i.customer_id, i.closed_rule, i.person_id,
                  coalesce(p.handle, i.handle) AS handle, coalesce(p.name, i.author_name) AS name,
                  p.avatar_url AS "avatar_url?", p.followers AS "followers?", p.verified AS "verified?",
                  coalesce(active.open, 0) AS "open!", coalesce(active.draft, 0) AS "draft!"
             FROM items i
             LEFT JOIN persons p ON p.org = i.org AND p.x_id = i.person_id
             LEFT JOIN LATERAL (
                 SELECT count(*) FILTER (WHERE a.case_id IS NULL) AS open,
                        count(*) FILTER (WHERE a.case_id IS NOT NULL) AS draft
                   FROM items a
                  WHERE a.org = i.org AND a.person_id = i.person_id AND a.thread_id = i.thread_id
                    AND a.kind = i.kind AND a.direction = 'inbound'
                    AND a.closed_at IS NULL AND a.deleted_at IS NULL
                    AND ($3 OR a.post_type IS DISTINCT FROM 'repost')) active ON true
            WHERE i.org = $1 AND i.item_id = ANY ($2)"#,
        org,
        items,
        reposts_active
    )
    .fetch_all(connection)
    .await
}
