//! Rows of the list, folded from exactly the items that the tile counts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::row_id::RowId;

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

/// What narrows a list beside its source: of the row whose it is and how it is marked, of an item
/// of it the rest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrow<'a> {
    /// Nobody's rows only.
    pub nobody: bool,
    /// This user's rows only.
    pub assignee: Option<Uuid>,
    /// `snoozed`, `hidden` or `not-sent`: those only.
    pub only: Option<&'a str>,
    pub label: Option<Uuid>,
    pub kind: Option<&'a str>,
    /// Status of a case that an item of the row must have.
    pub case_status: Option<&'a str>,
    /// `LIKE` pattern, lower case, of words in an item.
    pub pattern: Option<&'a str>,
    /// Language of an item.
    pub lang: Option<&'a str>,
    /// X id of the account that it came to.
    pub account: Option<&'a str>,
    /// With a picture.
    pub image: bool,
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
    pub person: Option<&'a str>,
    /// Status of each counted item.
    pub status: Option<&'a str>,
    pub narrow: Narrow<'a>,
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
    /// When the newest counted item was received.
    pub received_at: DateTime<Utc>,
    pub key: i64,
}

struct Row {
    row: String,
    count: i64,
    since: DateTime<Utc>,
    newest_at: DateTime<Utc>,
    newest_item: Uuid,
    cases: Vec<i64>,
    closed_at: Option<DateTime<Utc>>,
    score: Option<f64>,
    received_at: DateTime<Utc>,
    key: i64,
}

impl From<Row> for Folded {
    fn from(row: Row) -> Self {
        let mut cases = row.cases;
        cases.sort_unstable();
        cases.dedup();
        Self {
            row: row.row,
            count: row.count,
            since: row.since,
            newest_at: row.newest_at,
            newest_item: row.newest_item,
            cases,
            closed_at: row.closed_at,
            score: row.score,
            received_at: row.received_at,
            key: row.key,
        }
    }
}

// Rows that are snoozed or hidden come last, in the same order: their key is greater by half the range.
//
// One statement for each source: in one statement with all three the planner takes the wrong
// index, or none. Aggregates keep to what needs no sorting. The newest item is the last of X's order, as
// Done closes and the thread shows: X tells only the second, and an edited post has the time of its edit.
macro_rules! fold {
    ($connection:expr, $filter:expr, $source:tt) => {
        sqlx::query_as!(
            Row,
            r#"
        SELECT id AS "row!", n AS "count!", since AS "since!", newest_at AS "newest_at!",
               newest_item AS "newest_item!", coalesce(cases, '{}') AS "cases!", closed_at, score,
               received_at AS "received_at!", key AS "key!"
          FROM (
           SELECT f.id, n, since, newest_at, newest_item, cases, closed_at, score, received_at,
                  key + CASE WHEN $29 AND (s.hidden_by IS NOT NULL OR (s.snoozed_until > $9 AND received_at <= s.snoozed_at))
                             THEN 4611686018427387904 ELSE 0 END AS key
             FROM (
            SELECT id, count(*) AS n, min(at) AS since, max(at) AS newest_at,
                   right(max(lpad(x_id, 20, '0') || item_id), 36)::uuid AS newest_item,
                   array_agg(case_no) FILTER (WHERE case_no IS NOT NULL) AS cases,
                   max(closed_at) AS closed_at, max(score) AS score, max(received_at) AS received_at,
                   CASE $2 WHEN 'newest' THEN -(date_part('epoch', max(at)) * 1000000)::bigint
                           WHEN 'priority' THEN -(max(score) * 1000000)::bigint
                           ELSE (date_part('epoch', min(at)) * 1000000)::bigint END AS key
              FROM (
                SELECT row_key(i.kind, i.person_id, i.thread_id, i.repost_of_x_id) AS id,
                       coalesce(i.posted_at, i.received_at) AS at, i.x_id, i.item_id, i.closed_at,
                       i.received_at, c.case_no, c.status AS case_status,
                       item_matches(i, $6, $7, $26, $27, $28) AS matched,
                       CASE WHEN $2 = 'priority' THEN 25 * (
                           coalesce((SELECT sum((t ->> 'value')::float8 * w.weight)
                                       FROM jsonb_array_elements(i.priority_terms) t
                                       JOIN UNNEST($10::text[], $11::float8[]) AS w (name, weight)
                                         ON w.name = t ->> 'name'), 0)
                           + $12 * least(1, greatest(0, date_part('epoch', $9::timestamptz
                                 - coalesce(i.posted_at, i.received_at)) / 60 / $15))
                           + CASE WHEN c.status = 'open' THEN $13::float8 ELSE 0 END
                           + CASE WHEN date_part('epoch', $9::timestamptz
                                 - coalesce(i.posted_at, i.received_at)) / 60 >= $15
                                  THEN $14::float8 ELSE 0 END)
                       END AS score
                  FROM items i
                  LEFT JOIN cases c ON c.org = i.org AND c.case_id = i.case_id
                 WHERE i.org = $1 AND i.direction = 'inbound' AND "#
                + $source
                + r#"
                   AND ($3 OR i.post_type IS DISTINCT FROM 'repost')
                   AND ($8::text IS NULL OR i.kind = $8)
                   AND ($16::text IS NULL OR i.person_id = $16)
                   AND ($17::text IS NULL OR i.status = $17)
              ) counted
             GROUP BY id
            HAVING bool_or(matched) AND ($18::text IS NULL OR bool_or(case_status = $18))
             ) f
             LEFT JOIN thread_states s ON s.thread_key = f.id AND s.org = $1
            WHERE row_matches(s, received_at, $9, $22, $23, $24, f.id = ANY ((SELECT not_sent($1))::text[]))
              AND ($25::uuid IS NULL OR EXISTS (
                   SELECT FROM thread_labels l WHERE l.thread_key = f.id AND l.org = $1 AND l.label_id = $25))
          ) folded
         WHERE $19::bigint IS NULL OR (key, id) > ($19, $20::text COLLATE "C")
         ORDER BY key, id LIMIT $21"#,
            $filter.org,
            match $filter.sort {
                Sort::Waiting => "waiting",
                Sort::Newest => "newest",
                Sort::Priority => "priority",
            },
            // What was posted is counted whatever it is; what is active, as the organisation says.
            $filter.reposts_active || $filter.source != Source::Active,
            $filter.from,
            $filter.to,
            $filter.messages,
            $filter.narrow.pattern,
            $filter.narrow.kind,
            $filter.now,
            &$filter.weights.names,
            &$filter.weights.values,
            $filter.weights.waiting,
            $filter.weights.open_case,
            $filter.weights.sla,
            $filter.weights.target_minutes,
            $filter.person,
            $filter.status,
            $filter.narrow.case_status,
            $filter.after.map(|(key, _)| key),
            $filter.after.map(|(_, row)| row),
            $filter.limit,
            $filter.narrow.nobody,
            $filter.narrow.assignee,
            $filter.narrow.only,
            $filter.narrow.label,
            $filter.narrow.lang,
            $filter.narrow.account,
            $filter.narrow.image,
            $filter.source == Source::Active
        )
        .fetch_all($connection)
        .await?
    };
}

/// One page of rows, in order.
pub async fn fold(
    connection: &mut PgConnection,
    filter: &Filter<'_>,
) -> Result<Vec<Folded>, sqlx::Error> {
    let rows = match filter.source {
        Source::Active => fold!(
            connection,
            filter,
            "i.closed_at IS NULL AND i.deleted_at IS NULL
             AND ($4::timestamptz IS NULL OR i.posted_at >= $4)
             AND ($5::timestamptz IS NULL OR i.posted_at < $5)"
        ),
        Source::Posted => fold!(connection, filter, "i.posted_at >= $4 AND i.posted_at < $5"),
        Source::Closed => fold!(
            connection,
            filter,
            "i.closed_at >= $4 AND i.closed_at < $5 AND i.closed_rule IS NULL
            "
        ),
    };
    Ok(rows.into_iter().map(Folded::from).collect())
}

/// The words of a row: those of its newest counted item, or of the post whose reposts it has.
pub struct Words {
    /// Key of the row.
    pub row: String,
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
    pub avatar_id: Option<String>,
    pub followers: Option<i64>,
    pub verified: Option<bool>,
    pub open: i64,
    pub draft: i64,
}

/// The words of these rows, whose newest counted items are given, and how many active items they
/// have.
pub async fn words(
    connection: &mut PgConnection,
    org: &str,
    rows: &[(RowId, Uuid)],
    reposts_active: bool,
) -> Result<Vec<Words>, sqlx::Error> {
    let keys: Vec<String> = rows.iter().map(|(row, _)| row.key()).collect();
    let items = shown(connection, org, rows).await?;
    let [persons, threads, messages, originals] = RowId::places(rows.iter().map(|(row, _)| row));
    sqlx::query_as!(
        Words,
        r#"SELECT w.key AS "row!", i.kind, i.post_type, i.text, i.text_complete,
                  i.deleted_at IS NOT NULL AS "deleted!", i.lang, i.customer_id, i.closed_rule, i.person_id,
                  coalesce(p.handle, i.handle) AS handle, coalesce(p.name, i.author_name) AS name,
                  av.sha256 AS "avatar_id?", p.followers AS "followers?", p.verified AS "verified?",
                  active.open AS "open!", active.draft AS "draft!"
             FROM UNNEST($2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
                  AS w (key, item_id, person, thread, messages, repost_of)
             JOIN items i ON i.org = $1 AND i.item_id = w.item_id
             LEFT JOIN persons p ON p.org = i.org AND p.x_id = i.person_id
             LEFT JOIN avatars av ON av.x_id = p.x_id AND av.org = p.org AND p.avatar_url <> ''
            CROSS JOIN LATERAL (
                 SELECT count(*) FILTER (WHERE a.case_id IS NULL) AS open,
                        count(*) FILTER (WHERE a.case_id IS NOT NULL) AS draft
                   FROM row_items($1, w.person, w.thread, w.messages, w.repost_of) a
                  WHERE a.direction = 'inbound' AND a.closed_at IS NULL AND a.deleted_at IS NULL
                    AND ($8 OR a.post_type IS DISTINCT FROM 'repost')) active"#,
        org,
        &keys,
        &items,
        &persons as &[&str],
        &threads as &[&str],
        &messages as &[&str],
        &originals as &[&str],
        reposts_active
    )
    .fetch_all(connection)
    .await
}

/// The items whose words rows show: the newest counted, or the post whose reposts they are, if it is
/// stored.
async fn shown(
    connection: &mut PgConnection,
    org: &str,
    rows: &[(RowId, Uuid)],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut items: Vec<Uuid> = rows.iter().map(|(_, item)| *item).collect();
    let of = |(row, _): &(RowId, Uuid)| row.repost_of().map(ToOwned::to_owned);
    let originals: Vec<String> = rows.iter().filter_map(of).collect();
    if originals.is_empty() {
        return Ok(items);
    }
    let found = super::threads::originals(connection, org, &originals).await?;
    for (item, (row, _)) in items.iter_mut().zip(rows) {
        if let Some(original) = row.repost_of().and_then(|of| found.get(of)) {
            *item = original.item_id;
        }
    }
    Ok(items)
}
