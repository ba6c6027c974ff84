//! Replies of the desk, as far as they concern cases and items.

use chrono::{DateTime, Utc};
use schemas::records::CaseChanged;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a reply is now.
pub struct Reply {
    pub org: String,
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    pub person_id: String,
    pub case_id: Option<Uuid>,
    pub x_id: Option<String>,
    pub written_by: String,
    pub closes: Vec<Uuid>,
}

/// Replies of these ids, as their rows say now.
pub async fn load(
    connection: &mut PgConnection,
    (orgs, ids): (&[String], &[Uuid]),
) -> Result<Vec<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id AS id, kind, state, person_id, case_id, x_id, written_by, closes
           FROM replies
          WHERE (org, reply_id) IN (SELECT * FROM UNNEST($1::text[], $2::uuid[]))
          ORDER BY org, reply_id",
        orgs,
        ids
    )
    .fetch_all(connection)
    .await
}

/// A reply that is at X: whose case and words an echo has.
pub struct Posted {
    pub org: String,
    pub kind: String,
    pub x_id: String,
    pub case_id: Option<Uuid>,
    pub written_by: String,
}

/// Replies that stand at X under these ids.
pub async fn posted(
    connection: &mut PgConnection,
    (orgs, x_ids): (&[String], &[String]),
) -> Result<Vec<Posted>, sqlx::Error> {
    sqlx::query_as!(
        Posted,
        r#"SELECT org, kind, x_id AS "x_id!", case_id, written_by FROM replies
            WHERE kind IN ('public', 'message') AND case_id IS NOT NULL
              AND (org, x_id) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))"#,
        orgs,
        x_ids
    )
    .fetch_all(connection)
    .await
}

/// The items that return because a reply was not posted: told once.
pub async fn take_closed(connection: &mut PgConnection, reply: &Reply) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE replies SET closes = '{}' WHERE org = $1 AND reply_id = $2",
        reply.org,
        reply.id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the texts of what X has no more, also where a case was closed with them; that something
/// was written stays.
pub async fn erase(
    connection: &mut PgConnection,
    orgs: &[String],
    x_ids: &[String],
    kinds: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE cases c SET resolution_description = NULL
           FROM replies r, UNNEST($1::text[], $2::text[], $3::text[]) AS gone (org, x_id, kind)
          WHERE r.x_id = gone.x_id AND r.kind = gone.kind AND r.org = gone.org
            AND c.org = r.org AND c.case_id = r.case_id AND c.resolution_description = r.public_text",
        orgs,
        x_ids,
        kinds
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE replies r
            SET public_text = left(r.public_text, 0), private_text = left(r.private_text, 0), alt_text = '',
                text_hash = ''
           FROM UNNEST($1::text[], $2::text[], $3::text[]) AS gone (org, x_id, kind)
          WHERE r.x_id = gone.x_id AND r.kind = gone.kind AND r.org = gone.org AND r.text_hash <> ''",
        orgs,
        x_ids,
        kinds
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the texts of what was written to a person and is at rest; how many are still on their way,
/// whose texts are needed.
pub async fn erase_to(
    connection: &mut PgConnection,
    org: &str,
    person: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "UPDATE cases c SET resolution_description = NULL
           FROM replies r
          WHERE r.org = $1 AND r.person_id = $2 AND c.org = r.org AND c.case_id = r.case_id
            AND c.resolution_description = r.public_text",
        org,
        person
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE replies
            SET public_text = left(public_text, 0), private_text = left(private_text, 0), alt_text = '',
                text_hash = ''
          WHERE org = $1 AND person_id = $2 AND text_hash <> ''
            AND state IN ('posted', 'failed', 'cancelled')",
        org,
        person
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM replies
            WHERE org = $1 AND person_id = $2 AND text_hash <> ''"#,
        org,
        person
    )
    .fetch_one(connection)
    .await
}

/// Closes the open cases that waited for a reply, with a public reply's words; as they are then.
pub async fn close_waiting(
    connection: &mut PgConnection,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<Vec<CaseChanged>, sqlx::Error> {
    let rows = sqlx::query!(
        "UPDATE cases c
            SET status = 'closed', closed_by = r.written_by, closed_at = $3, revision = c.revision + 1,
                resolution_description = coalesce(r.public_text, c.resolution_description)
           FROM replies r
          WHERE r.org = $1 AND r.reply_id = $2 AND c.org = r.org AND c.close_on_reply = r.reply_id
            AND c.status = 'open'
         RETURNING c.case_id, c.case_no, c.item_id, c.person_id, c.customer_id, c.origin, c.category,
                   c.priority, c.resolution_code, c.follow_up, c.opened_at, c.revision",
        reply.org,
        reply.id,
        now
    )
    .fetch_all(connection)
    .await?;
    let case = rows.into_iter().map(|row| CaseChanged {
        org: reply.org.clone(),
        item_id: row.item_id,
        case_id: row.case_id,
        case_no: row.case_no,
        revision: row.revision,
        op: "upsert".to_owned(),
        status: "closed".to_owned(),
        person_id: row.person_id,
        customer_id: row.customer_id,
        origin: row.origin,
        category: row.category,
        priority: row.priority,
        resolution_code: row.resolution_code,
        follow_up: row.follow_up,
        close_on_reply: Some(reply.id.to_string()),
        by: reply.written_by.clone(),
        opened_at: row.opened_at,
        closed_at: Some(now),
        posted_at: None,
        received_at: row.opened_at,
        recorded_at: now,
        source: "desk".to_owned(),
        backfill: false,
    });
    Ok(case.collect())
}
