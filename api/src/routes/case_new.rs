//! Create Case, with the guide's defaults.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::case_work::code;
use super::cases::details;
use super::thread_notes::NOTE_CHARS_MAX;
use super::thread_work::close_through;
use super::{items, text};
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::cases::{self, NewCase};
use crate::pg::{notes, people};
use crate::view::case::CaseDetails;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCaseBody {
    /// Item that the case is about: its text is the description.
    pub item_id: Uuid,
    /// Ticked by default. Without it the case closes with the response.
    #[serde(default = "ticked")]
    #[schema(default = true)]
    pub follow_up: bool,
    pub reason_code: Option<String>,
    /// Only with follow-up.
    pub resolution_code: Option<String>,
    /// Becomes the first case note.
    pub note: Option<String>,
    /// The response that the case closes with, without follow-up.
    pub reply_id: Option<Uuid>,
    /// Closes the items of the thread up to this one too.
    #[serde(default)]
    pub done: bool,
}

fn ticked() -> bool {
    true
}

/// Create Case
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = NewCaseBody,
    responses((status = 201, body = CaseDetails)))]
pub async fn post(
    State(app): State<App>,
    Csr(caller): Csr,
    sent: Sent<NewCaseBody>,
) -> Result<Response, Problem> {
    let body = sent.body.clone();
    if let Some(note) = &body.note {
        text("/note", note, NOTE_CHARS_MAX)?;
    }
    if !body.follow_up && body.reply_id.is_none() {
        return Err(response_required());
    }
    if body.follow_up && body.reply_id.is_some() {
        let detail = "only without follow-up";
        return Err(Problem::value("/reply_id", detail));
    }
    if !body.follow_up && body.resolution_code.is_some() {
        return Err(Problem::value("/resolution_code", "only with follow-up"));
    }
    if body.reason_code.is_none() && app.org(&caller.org).settings().require_reason {
        return Err(
            Problem::new(&kinds::REASON_REQUIRED, "Choose a reason code.").at(
                "/reason_code",
                "required",
                "your organisation asks for it",
            ),
        );
    }
    execute(&app, &caller, &sent, &Create(body)).await
}

fn response_required() -> Problem {
    let detail = "Reply first: the case closes with your response.";
    Problem::new(&kinds::RESPONSE_REQUIRED, detail)
}

/// The response that a case without follow-up closes with: one to the same person that is at X, or
/// may come there. Locked, so that its end does not come between.
async fn response(
    scope: &mut Scope<'_>,
    id: Option<Uuid>,
    person: &str,
) -> Result<Option<respond::Reply>, Problem> {
    let Some(id) = id else { return Ok(None) };
    let org = scope.org().to_owned();
    let reply = respond::desk::lock(scope.connection, &org, id).await?;
    let reply = reply.filter(|reply| reply.writes() && reply.person_id == person);
    let reply = reply.ok_or_else(|| Problem::value("/reply_id", "not a reply to this person"))?;
    match reply.state.as_str() {
        "failed" | "cancelled" => Err(response_required()),
        _ => Ok(Some(reply)),
    }
}

struct Create(NewCaseBody);

impl Command for Create {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let (org, now) = (scope.org().to_owned(), scope.now);
        code(
            scope,
            "reason",
            "/reason_code",
            self.0.reason_code.as_deref(),
        )
        .await?;
        let resolution = self.0.resolution_code.as_deref();
        code(scope, "resolution", "/resolution_code", resolution).await?;
        let item = items::load(scope.connection, scope.caller, self.0.item_id)
            .await
            .map_err(|problem| match problem.kind.status.as_u16() {
                404 => Problem::value("/item_id", "no such item"),
                _ => problem,
            })?;
        // A conversation of several has no one person whose case it would be.
        if item.direction.is_none() || (item.kind == "message" && !item.thread_id.contains('-')) {
            return Err(Problem::value("/item_id", "this item cannot have a case"));
        }
        let locked = care::lock(scope, &[&item.person_id], &[]).await?;
        let response = response(scope, self.0.reply_id, &item.person_id).await?;
        let attached = people::attached(scope.connection, &org, &item.person_id).await?;
        let case = NewCase {
            case_id: Uuid::now_v7(),
            case_no: cases::next_no(scope.connection, &org).await?,
            person: &item.person_id,
            customer: attached.map(|customer| customer.customer_id),
            item: item.item_id,
            category: self.0.reason_code.as_deref(),
            resolution_code: resolution,
            follow_up: self.0.follow_up,
            close_on_reply: self.0.reply_id,
        };
        let by = scope.caller.actor.clone();
        cases::insert(scope.connection, (&org, &by), &case, now).await?;
        if let Some(note) = &self.0.note {
            let place = (Some(case.case_id), None);
            notes::write(scope.connection, &org, place, (note, &by), now).await?;
        }
        let encoder = scope.app.encoder().clone();
        let from = (&locked, item.item_id);
        let opened =
            desk::open_from(scope.connection, &encoder, from, case.case_id, &by, now).await?;
        scope.linked(opened);
        let linked = desk::relink(scope.connection, &encoder, &locked, now).await?;
        scope.linked(linked);
        if let Some(reply) = response {
            cases::answers(scope.connection, (&org, &by), (case.case_id, &reply), now).await?;
            if let Some(echo) = reply.posted_item() {
                let of = (&locked, echo);
                let done = desk::join_reply(scope.connection, &encoder, of, case.case_id, &by, now)
                    .await?;
                scope.linked(done);
            }
            let linked = desk::relink(scope.connection, &encoder, &locked, now).await?;
            scope.linked(linked);
        }
        care::cases(scope, &[case.case_id]).await?;
        care::worked(scope, &[item.item_id], "open-case").await?;
        let detail = serde_json::json!({ "item_id": item.item_id, "case_no": case.case_no });
        scope
            .audit("case.open", &case.case_id.to_string(), detail)
            .await?;
        if self.0.done {
            close_through(scope, &locked, &item).await?;
        }
        let answer = details(scope.connection, scope.caller, case.case_id).await?;
        Answer::created(&answer, format!("/api/v1/cases/{}", case.case_id))
    }
}
