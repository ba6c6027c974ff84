//! Cases. A description lives in the item that it refers to.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::case::CaseRow;

/// Which cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub id: Option<Uuid>,
    pub no: Option<i64>,
    pub status: Option<&'a str>,
    pub person: Option<&'a str>,
    pub customer: Option<Uuid>,
}

/// Cases, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    filter: Filter<'_>,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<CaseRow>, sqlx::Error> {
    sqlx::query_as!(
        CaseRow,
        r#"SELECT c.case_id, c.case_no, c.status, c.description, c.origin, c.category, c.priority, c.follow_up,
                  c.resolution_code, c.resolution_description, c.item_id, c.person_id, c.customer_id,
                  actor_name(c.org, c.opened_by) AS "opened_by!", c.opened_at,
                  actor_name(c.org, c.closed_by) AS closed_by, c.closed_at, c.revision,
                  i.kind AS "item_kind?", i.text AS "item_text?", i.text_complete AS "item_complete?",
                  i.deleted_at IS NOT NULL AS item_deleted
             FROM cases c LEFT JOIN items i ON i.org = c.org AND i.item_id = c.item_id
            WHERE c.org = $1 AND ($2::uuid IS NULL OR c.case_id = $2) AND ($3::bigint IS NULL OR c.case_no = $3)
              AND ($4::text IS NULL OR c.status = $4) AND ($5::text IS NULL OR c.person_id = $5)
              AND ($6::uuid IS NULL OR c.customer_id = $6)
              AND ($7::timestamptz IS NULL OR c.opened_at <= $7)
              AND ($7::timestamptz IS NULL OR (c.opened_at, c.case_id) < ($7, $8::uuid))
            ORDER BY c.opened_at DESC, c.case_id DESC LIMIT $9"#,
        org,
        filter.id,
        filter.no,
        filter.status,
        filter.person,
        filter.customer,
        before,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// One case.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<CaseRow>, sqlx::Error> {
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    let found = page(connection, org, filter, (None, None), 1).await?;
    Ok(found.into_iter().next())
}

/// The next number of the organisation's cases.
pub async fn next_no(connection: &mut PgConnection, org: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "INSERT INTO counters AS c (org, name, value) VALUES ($1, 'case', 1)
         ON CONFLICT (org, name) DO UPDATE SET value = c.value + 1 RETURNING value",
        org
    )
    .fetch_one(connection)
    .await
}

/// A new case, open.
pub struct NewCase<'a> {
    pub case_id: Uuid,
    pub case_no: i64,
    pub person: &'a str,
    pub customer: Option<Uuid>,
    pub item: Uuid,
    pub category: Option<&'a str>,
    pub resolution_code: Option<&'a str>,
    pub follow_up: bool,
    pub close_on_reply: Option<Uuid>,
}

/// A case without follow-up has this reply: the reply gets the case, and one that is at X already
/// closes it with its words, if they are public.
pub async fn answers(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    (case, reply): (Uuid, &respond::Reply),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE replies SET case_id = coalesce(case_id, $3) WHERE org = $1 AND reply_id = $2",
        org,
        reply.reply_id,
        case
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE cases c SET status = 'closed', closed_by = $4, closed_at = $5, resolution_description = r.public_text
           FROM replies r
          WHERE c.org = $1 AND c.case_id = $3 AND r.org = $1 AND r.reply_id = $2 AND r.state = 'posted'",
        org,
        reply.reply_id,
        case,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a new case with the guide's defaults: origin Social, priority Medium.
pub async fn insert(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    case: &NewCase<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO cases (org, case_id, case_no, status, person_id, customer_id, item_id, origin, category,
                            priority, follow_up, resolution_code, opened_by, opened_at, close_on_reply, revision)
         VALUES ($1, $2, $3, 'open', $4, $5, $6, 'Social', $7, 'medium', $11, $8, $9, $10, $12, 1)",
        org,
        case.case_id,
        case.case_no,
        case.person,
        case.customer,
        case.item,
        case.category,
        case.resolution_code,
        by,
        now,
        case.follow_up,
        case.close_on_reply
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What of a case is changed; what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    pub category: Option<&'a str>,
    pub priority: Option<&'a str>,
    pub resolution_code: Option<&'a str>,
}

pub async fn change(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
    change: Change<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE cases SET category = coalesce($3, category), priority = coalesce($4, priority),
                resolution_code = coalesce($5, resolution_code), revision = revision + 1
          WHERE org = $1 AND case_id = $2",
        org,
        id,
        change.category,
        change.priority,
        change.resolution_code
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes or reopens a case under the locks of its person and customer; false if it was so
/// already.
pub async fn set_status(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    id: Uuid,
    (status, resolution_code): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE cases SET status = $3,
                closed_by = CASE WHEN $3 = 'closed' THEN $4::text END,
                closed_at = CASE WHEN $3 = 'closed' THEN $5::timestamptz END,
                resolution_code = coalesce($6, resolution_code), revision = revision + 1
          WHERE org = $1 AND case_id = $2 AND status <> $3",
        org,
        id,
        status,
        by,
        now,
        resolution_code
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A person's open cases get the customer that they turned out to be, or lose it.
pub async fn adopt(
    connection: &mut PgConnection,
    org: &str,
    person: &str,
    customer: Option<Uuid>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE cases SET customer_id = $3, revision = revision + 1
          WHERE org = $1 AND person_id = $2 AND customer_id IS DISTINCT FROM $3
         RETURNING case_id",
        org,
        person,
        customer
    )
    .fetch_all(connection)
    .await
}
