//! Internal notes of a row.

use axum::extract::State;
use axum::response::Response;
use schemas::changes::THREAD;
use serde::Deserialize;
use utoipa::ToSchema;

use super::text;
use super::thread::row;
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::{notes, threads};
use crate::row_id::RowId;
use crate::view::row::Note;

/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 10_000;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    #[schema(min_length = 1, max_length = 10000)]
    pub body: String,
}

/// Writes a note that only the team sees
#[utoipa::path(post, path = "/api/v1/threads/{id}/notes", tag = "desk", request_body = NoteBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 201, body = Note)))]
pub async fn post(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<NoteBody>,
) -> Result<Response, Problem> {
    let row = row(&id)?;
    text("/body", &sent.body.body, NOTE_CHARS_MAX)?;
    let body = sent.body.body.clone();
    execute(&app, &caller, &sent, &Write { row, body }).await
}

struct Write {
    row: RowId,
    body: String,
}

impl Command for Write {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let org = scope.org().to_owned();
        let head = threads::head(scope.connection, &org, &self.row, true).await?;
        if head.items == 0 {
            return Err(Problem::not_found("thread"));
        }
        let key = self.row.key();
        let place = (None, Some(key.as_str()));
        let words = (self.body.as_str(), scope.caller.actor.as_str());
        let note = notes::write(scope.connection, &org, place, words, scope.now).await?;
        if let Some(item) = head.newest_inbound {
            care::worked(scope, &[item], "note").await?;
        }
        scope.tell(THREAD, key.clone(), None);
        let detail = serde_json::json!({ "note_id": note.note_id });
        scope.audit("note", &key, detail).await?;
        Answer::created(&note, format!("/api/v1/threads/{}", self.row.encode()))
    }
}
