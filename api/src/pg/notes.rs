//! Notes of cases and of rows of the list.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::row::Note;

/// Notes given at most: the newest.
pub const NOTES_MAX: i64 = 200;

/// Notes of a row, oldest first.
pub async fn of_row(
    connection: &mut PgConnection,
    org: &str,
    row: &str,
) -> Result<Vec<Note>, sqlx::Error> {
    let mut notes = sqlx::query_as!(
        Note,
        r#"SELECT note_id, body, actor_name(org, written_by) AS "written_by!", written_at FROM notes
          WHERE org = $1 AND thread_key = $2 ORDER BY written_at DESC, note_id DESC LIMIT $3"#,
        org,
        row,
        NOTES_MAX
    )
    .fetch_all(connection)
    .await?;
    notes.reverse();
    Ok(notes)
}

/// Notes of a case, oldest first.
pub async fn of_case(
    connection: &mut PgConnection,
    org: &str,
    case: Uuid,
) -> Result<Vec<Note>, sqlx::Error> {
    let mut notes = sqlx::query_as!(
        Note,
        r#"SELECT note_id, body, actor_name(org, written_by) AS "written_by!", written_at FROM notes
          WHERE org = $1 AND case_id = $2 ORDER BY written_at DESC, note_id DESC LIMIT $3"#,
        org,
        case,
        NOTES_MAX
    )
    .fetch_all(connection)
    .await?;
    notes.reverse();
    Ok(notes)
}

/// Writes a note of a case or of a row.
pub async fn write(
    connection: &mut PgConnection,
    org: &str,
    (case, row): (Option<Uuid>, Option<&str>),
    (body, by): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Note, sqlx::Error> {
    let note_id = Uuid::now_v7();
    let written_by = sqlx::query_scalar!(
        r#"INSERT INTO notes (org, note_id, case_id, thread_key, body, written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING actor_name(org, written_by) AS "written_by!""#,
        org,
        note_id,
        case,
        row,
        body,
        by,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(Note {
        note_id,
        body: body.to_owned(),
        written_by,
        written_at: now,
    })
}
