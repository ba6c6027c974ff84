//! Labels of rows, and texts that are often answered.

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

/// A label that rows are given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Label {
    pub label_id: Uuid,
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
}

/// Labels by name; an organisation has few.
pub async fn all(connection: &mut PgConnection, org: &str) -> Result<Vec<Label>, sqlx::Error> {
    sqlx::query_as!(
        Label,
        "SELECT label_id, name, colour FROM labels WHERE org = $1 ORDER BY name, label_id",
        org
    )
    .fetch_all(connection)
    .await
}

/// Those of these ids that there are.
pub async fn known(
    connection: &mut PgConnection,
    org: &str,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT label_id FROM labels WHERE org = $1 AND label_id = ANY ($2)",
        org,
        ids
    )
    .fetch_all(connection)
    .await
}

pub async fn insert(
    connection: &mut PgConnection,
    org: &str,
    label: &Label,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO labels (org, label_id, name, colour) VALUES ($1, $2, $3, $4)",
        org,
        label.label_id,
        label.name,
        label.colour
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// False if there is no such label.
pub async fn update(
    connection: &mut PgConnection,
    org: &str,
    label: &Label,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE labels SET name = $3, colour = $4 WHERE org = $1 AND label_id = $2",
        org,
        label.label_id,
        label.name,
        label.colour
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a label, from every row too; none if it is not there.
pub async fn delete(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Label>, sqlx::Error> {
    sqlx::query_as!(
        Label,
        "DELETE FROM labels WHERE org = $1 AND label_id = $2 RETURNING label_id, name, colour",
        org,
        id
    )
    .fetch_optional(connection)
    .await
}

/// A text that is often answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SavedReply {
    pub reply_id: Uuid,
    pub title: String,
    /// May have the variables {{name}}, {{handle}}, {{case_no}}, which the desk fills.
    pub text: String,
    /// public, private or any: what it is for.
    pub kind: String,
}

/// Saved replies by title; an organisation has few.
pub async fn replies(
    connection: &mut PgConnection,
    org: &str,
) -> Result<Vec<SavedReply>, sqlx::Error> {
    sqlx::query_as!(
        SavedReply,
        "SELECT reply_id, title, text, kind FROM saved_replies WHERE org = $1 ORDER BY title, reply_id",
        org
    )
    .fetch_all(connection)
    .await
}

pub async fn insert_reply(
    connection: &mut PgConnection,
    org: &str,
    reply: &SavedReply,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO saved_replies (org, reply_id, title, text, kind) VALUES ($1, $2, $3, $4, $5)",
        org,
        reply.reply_id,
        reply.title,
        reply.text,
        reply.kind
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// False if there is no such reply.
pub async fn update_reply(
    connection: &mut PgConnection,
    org: &str,
    reply: &SavedReply,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE saved_replies SET title = $3, text = $4, kind = $5 WHERE org = $1 AND reply_id = $2",
        org,
        reply.reply_id,
        reply.title,
        reply.text,
        reply.kind
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a saved reply; none if it is not there.
pub async fn delete_reply(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<SavedReply>, sqlx::Error> {
    sqlx::query_as!(
        SavedReply,
        "DELETE FROM saved_replies WHERE org = $1 AND reply_id = $2 RETURNING reply_id, title, text, kind",
        org,
        id
    )
    .fetch_optional(connection)
    .await
}
