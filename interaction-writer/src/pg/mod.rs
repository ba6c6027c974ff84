//! Interaction rows, guarded by their revision: an older one changes nothing.

use schemas::records::Interaction;
use sqlx::PgConnection;
use uuid::Uuid;

/// Writes interactions, in the order of their ids; gives those that were new or newer.
pub async fn record(
    connection: &mut PgConnection,
    rows: &[Interaction],
) -> Result<Vec<Uuid>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        "INSERT INTO interactions AS known
         SELECT * FROM UNNEST($1::interactions[]) AS r ORDER BY r.org, r.interaction_id
         ON CONFLICT (org, interaction_id) DO UPDATE SET
             revision = EXCLUDED.revision, op = EXCLUDED.op, post_type = EXCLUDED.post_type,
             direction = EXCLUDED.direction, person_id = EXCLUDED.person_id,
             customer_id = EXCLUDED.customer_id, case_id = EXCLUDED.case_id,
             reason = EXCLUDED.reason, likes = EXCLUDED.likes, posted_at = EXCLUDED.posted_at,
             received_at = EXCLUDED.received_at, recorded_at = EXCLUDED.recorded_at,
             source = EXCLUDED.source, backfill = EXCLUDED.backfill
          WHERE known.revision < EXCLUDED.revision
         RETURNING interaction_id",
        rows as &[Interaction]
    )
    .fetch_all(connection)
    .await
}

/// Removes every interaction of the organisations of the transaction.
pub async fn clear(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM interactions")
        .execute(connection)
        .await?;
    Ok(())
}
