//! Changes of a case: its fields, close, reopen, a note.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk::{self, Locked};
use schemas::changes::CASE;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cases::{details, load};
use super::text;
use super::thread_notes::{NOTE_CHARS_MAX, NoteBody};
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::cases;
use crate::pg::{codes, notes};
use crate::view::case::{CaseDetails, CaseRow};
use crate::view::row::Note;

const PRIORITIES: [&str; 4] = ["low", "medium", "high", "urgent"];

/// What is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseChange {
    pub reason_code: Option<String>,
    /// low, medium, high or urgent.
    pub priority: Option<String>,
    pub resolution_code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CloseBody {
    pub resolution_code: Option<String>,
}

/// A code must be one of the organisation's that is still given.
pub async fn code(
    scope: &mut Scope<'_>,
    kind: &str,
    pointer: &str,
    code: Option<&str>,
) -> Result<(), Problem> {
    let Some(code) = code else { return Ok(()) };
    let org = scope.org().to_owned();
    match codes::load(scope.connection, &org, kind, code).await? {
        Some(known) if known.active => Ok(()),
        _ => Err(Problem::value(pointer, "not one of the active codes")),
    }
}

/// Changes a case
#[utoipa::path(patch, path = "/api/v1/cases/{id}", tag = "cases", request_body = CaseChange,
    params(("id" = Uuid, Path,)), responses((status = 200, body = CaseDetails)))]
pub async fn patch(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<CaseChange>,
) -> Result<Response, Problem> {
    let change = sent.body.clone();
    execute(&app, &caller, &sent, &Change { id, change }).await
}

struct Change {
    id: Uuid,
    change: CaseChange,
}

impl Command for Change {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let priority = self.change.priority.as_deref();
        if priority.is_some_and(|priority| !PRIORITIES.contains(&priority)) {
            let detail = "expected low, medium, high or urgent";
            return Err(Problem::value("/priority", detail));
        }
        let (reason, resolution) = (
            self.change.reason_code.as_deref(),
            self.change.resolution_code.as_deref(),
        );
        code(scope, "reason", "/reason_code", reason).await?;
        code(scope, "resolution", "/resolution_code", resolution).await?;
        hold(scope, self.id).await?;
        let change = cases::Change {
            category: reason,
            priority,
            resolution_code: resolution,
        };
        let org = scope.org().to_owned();
        cases::change(scope.connection, &org, self.id, change).await?;
        care::cases(scope, &[self.id]).await?;
        let detail = serde_json::json!({
            "reason_code": reason, "priority": priority, "resolution_code": resolution });
        scope
            .audit("case.change", &self.id.to_string(), detail)
            .await?;
        Answer::ok(&details(scope.connection, scope.caller, self.id).await?)
    }
}

/// Locks the person and the customer of a case, then reads it.
async fn hold(scope: &mut Scope<'_>, id: Uuid) -> Result<(CaseRow, Locked), Problem> {
    let case = load(scope.connection, scope.caller, id).await?;
    let people: Vec<&str> = case.person_id.as_deref().into_iter().collect();
    let customers: Vec<Uuid> = case.customer_id.into_iter().collect();
    let locked = care::lock(scope, &people, &customers).await?;
    let case = load(scope.connection, scope.caller, id).await?;
    Ok((case, locked))
}

/// Closes a case; its items stay where they are
#[utoipa::path(post, path = "/api/v1/cases/{id}/close", tag = "cases", request_body = CloseBody,
    params(("id" = Uuid, Path,)), responses((status = 200, body = CaseDetails)))]
pub async fn close(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<CloseBody>,
) -> Result<Response, Problem> {
    let turn = Turn {
        id,
        to: "closed",
        resolution_code: sent.body.resolution_code.clone(),
    };
    execute(&app, &caller, &sent, &turn).await
}

/// Reopens a case
#[utoipa::path(post, path = "/api/v1/cases/{id}/reopen", tag = "cases",
    params(("id" = Uuid, Path,)), responses((status = 200, body = CaseDetails)))]
pub async fn reopen(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    let turn = Turn {
        id,
        to: "open",
        resolution_code: None,
    };
    execute(&app, &caller, &sent, &turn).await
}

struct Turn {
    id: Uuid,
    to: &'static str,
    resolution_code: Option<String>,
}

impl Command for Turn {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let resolution = self.resolution_code.as_deref();
        code(scope, "resolution", "/resolution_code", resolution).await?;
        let (case, locked) = hold(scope, self.id).await?;
        let (org, now) = (scope.org().to_owned(), scope.now);
        let by = scope.caller.actor.clone();
        let to = (self.to, resolution);
        if !cases::set_status(scope.connection, (&org, &by), self.id, to, now).await? {
            let detail = format!("The case is {} already.", case.status);
            return Err(Problem::transition(&case.status, self.to, detail));
        }
        let encoder = scope.app.encoder().clone();
        let done = desk::relink(scope.connection, &encoder, &locked, now).await?;
        scope.linked(done);
        care::cases(scope, &[self.id]).await?;
        let action = if self.to == "closed" {
            ("case.close", "close-case")
        } else {
            ("case.reopen", "open-case")
        };
        if let Some(item) = case.item_id {
            care::worked(scope, &[item], action.1).await?;
        }
        let none = serde_json::json!({});
        scope.audit(action.0, &self.id.to_string(), none).await?;
        Answer::ok(&details(scope.connection, scope.caller, self.id).await?)
    }
}

/// Writes a case note
#[utoipa::path(post, path = "/api/v1/cases/{id}/notes", tag = "cases", request_body = NoteBody,
    params(("id" = Uuid, Path,)), responses((status = 201, body = Note)))]
pub async fn note(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<NoteBody>,
) -> Result<Response, Problem> {
    text("/body", &sent.body.body, NOTE_CHARS_MAX)?;
    let body = sent.body.body.clone();
    execute(&app, &caller, &sent, &Write { id, body }).await
}

struct Write {
    id: Uuid,
    body: String,
}

impl Command for Write {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let case = load(scope.connection, scope.caller, self.id).await?;
        let org = scope.org().to_owned();
        let place = (Some(self.id), None);
        let words = (self.body.as_str(), scope.caller.actor.as_str());
        let note = notes::write(scope.connection, &org, place, words, scope.now).await?;
        let version = serde_json::json!({ "version": case.revision });
        scope.tell(CASE, self.id.to_string(), Some(version));
        let detail = serde_json::json!({ "note_id": note.note_id });
        scope
            .audit("case.note", &self.id.to_string(), detail)
            .await?;
        Answer::created(&note, format!("/api/v1/cases/{}", self.id))
    }
}
