//! Interactions as the pipeline wrote them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::case::Interaction;

/// Whose interactions.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    Case(Uuid),
    Customer(Uuid),
}

/// Interactions, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    whose: Whose,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<Interaction>, sqlx::Error> {
    let (case, customer) = match whose {
        Whose::Case(id) => (Some(id), None),
        Whose::Customer(id) => (None, Some(id)),
    };
    sqlx::query_as!(
        Interaction,
        r#"SELECT n.interaction_id AS "interaction_id!", n.item_id AS "item_id!", n.channel AS "channel!", n.post_type,
                  n.direction AS "direction!", n.person_id AS "person_id!", n.customer_id, n.case_id,
                  c.case_no AS "case_no?", n.reason AS "reason!", n.likes AS "likes!", coalesce(n.posted_at, n.received_at) AS "at!"
             FROM (SELECT * FROM interactions WHERE org = $1 AND op = 'upsert' AND case_id = $2
                   UNION ALL
                   SELECT * FROM interactions WHERE org = $1 AND op = 'upsert' AND customer_id = $3) n
             LEFT JOIN cases c ON c.org = n.org AND c.case_id = n.case_id
            WHERE $4::timestamptz IS NULL
               OR (coalesce(n.posted_at, n.received_at), n.interaction_id) < ($4, $5::uuid)
            ORDER BY coalesce(n.posted_at, n.received_at) DESC, n.interaction_id DESC LIMIT $6"#,
        org,
        case,
        customer,
        before,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}
