//! What became of replies; taking back, sending anew, saying what became of one.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use respond::decide::{Command as Step, State as Where, commanded};
use respond::desk::{self, Refused};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::App;
use crate::http::auth::{Caller, Csr};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::page::{self, Page, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::replies;
use crate::row_id::RowId;
use crate::view::reply::Reply;
use crate::view::text::Sight;

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RepliesQuery {
    /// queued, sending, posted, failed, unknown or cancelled; several with commas. All if absent.
    pub state: Option<String>,
    /// Row of the list.
    pub thread: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What became of a reply of unknown outcome: one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ResolveBody {
    /// It is on X, under this id.
    Posted(String),
    /// It is not on X.
    NotPosted(bool),
}

/// Replies, newest first
#[utoipa::path(get, path = "/api/v1/replies", tag = "replies", params(RepliesQuery),
    responses((status = 200, body = Page<Reply>)))]
pub async fn list(
    State(app): State<App>,
    Csr(caller): Csr,
    Query(query): Query<RepliesQuery>,
) -> Result<Json<Page<Reply>>, Problem> {
    let states = states(query.state.as_deref())?;
    let thread = match &query.thread {
        None => None,
        Some(id) => Some(
            RowId::decode(id)
                .ok_or_else(|| Problem::parameter("thread", "no row"))?
                .key(),
        ),
    };
    let limit = page::limit(query.limit)?;
    let after = page::place(query.cursor.as_deref())?;
    let mut transaction = app.begin(&caller).await?;
    let filter = (states.as_slice(), thread.as_deref());
    let found = desk::page(&mut transaction, &caller.org, filter, after, limit + 1).await?;
    let views = view(&mut transaction, &caller, found, app.now()).await?;
    transaction.commit().await?;
    Ok(Json(Page::cut(views, limit, |last| {
        page::encode(&TimeCursor::at(last.created_at, last.reply_id))
    })))
}

fn states(asked: Option<&str>) -> Result<Vec<String>, Problem> {
    let Some(asked) = asked else {
        return Ok(Where::ALL.map(|state| state.as_str().to_owned()).to_vec());
    };
    let one = |name: &str| {
        let state = Where::parse(name.trim()).map(|state| state.as_str().to_owned());
        state.ok_or_else(|| Problem::parameter("state", "no such state"))
    };
    asked.split(',').map(one).collect()
}

/// Rows as a caller may see them.
pub async fn view(
    connection: &mut PgConnection,
    caller: &Caller,
    rows: Vec<respond::Reply>,
    now: DateTime<Utc>,
) -> Result<Vec<Reply>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.reply_id).collect();
    let texts = desk::texts(connection, &caller.org, &ids).await?;
    let mut texts: HashMap<Uuid, String> = texts.into_iter().collect();
    let actors = rows.iter().flat_map(|row| {
        let resolved = row.resolved_by.iter();
        resolved.chain(std::iter::once(&row.written_by)).cloned()
    });
    let names = replies::names(connection, &caller.org, &actors.collect::<Vec<_>>()).await?;
    let named = |actor: String| names.get(&actor).cloned().unwrap_or(actor);
    let sight = Sight::of(caller);
    let one = |row: respond::Reply| {
        let text = texts.remove(&row.reply_id);
        let shown = Reply::of(row, text, sight, now);
        Reply {
            by: named(shown.by),
            resolved_by: shown.resolved_by.map(named),
            ..shown
        }
    };
    Ok(rows.into_iter().map(one).collect())
}

/// One reply
#[utoipa::path(get, path = "/api/v1/replies/{id}", tag = "replies",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Reply)))]
pub async fn get(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
) -> Result<Json<Reply>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let found = desk::load(&mut transaction, &caller.org, id).await?;
    let found = found.ok_or_else(|| Problem::not_found("reply"))?;
    let views = view(&mut transaction, &caller, vec![found], app.now()).await?;
    transaction.commit().await?;
    let one = views.into_iter().next();
    one.map(Json).ok_or_else(|| Problem::not_found("reply"))
}

/// Takes a reply back that is still queued, or puts a failed one away
#[utoipa::path(delete, path = "/api/v1/replies/{id}", tag = "replies",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Reply)))]
pub async fn cancel(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    run(&app, &caller, &sent, (id, Step::Cancel, None)).await
}

/// Sends a failed reply anew
#[utoipa::path(post, path = "/api/v1/replies/{id}/resend", tag = "replies",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Reply)))]
pub async fn resend(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    run(&app, &caller, &sent, (id, Step::Resend, None)).await
}

/// Says what became of a reply of unknown outcome
#[utoipa::path(post, path = "/api/v1/replies/{id}/resolve", tag = "replies", request_body = ResolveBody,
    params(("id" = Uuid, Path,)), responses((status = 200, body = Reply)))]
pub async fn resolve(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<ResolveBody>,
) -> Result<Response, Problem> {
    let digits =
        |x_id: &str| (1..=19).contains(&x_id.len()) && x_id.bytes().all(|b| b.is_ascii_digit());
    let (step, x_id) = match sent.body.clone() {
        ResolveBody::Posted(x_id) if digits(&x_id) => (Step::ItIsThere, Some(x_id)),
        ResolveBody::Posted(_) => return Err(Problem::value("/posted", "expected an id of X")),
        ResolveBody::NotPosted(true) => (Step::ItIsNotThere, None),
        ResolveBody::NotPosted(false) => {
            return Err(Problem::value("/not_posted", "expected true"));
        }
    };
    run(&app, &caller, &sent, (id, step, x_id)).await
}

async fn run<T: Sync>(
    app: &App,
    caller: &Caller,
    sent: &Sent<T>,
    (id, step, x_id): (Uuid, Step, Option<String>),
) -> Result<Response, Problem> {
    execute(app, caller, sent, &Turn { id, step, x_id }).await
}

struct Turn {
    id: Uuid,
    step: Step,
    x_id: Option<String>,
}

impl Command for Turn {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let (org, now) = (scope.org().to_owned(), scope.now);
        let by = scope.caller.actor.clone();
        let encoder = scope.app.encoder().clone();
        let found = desk::load(scope.connection, &org, self.id).await?;
        let kind = found.ok_or_else(|| Problem::not_found("reply"))?.kind;
        if kind.ends_with("message") {
            super::reply_write::may_message(scope.caller)?;
        }
        let step = (self.step, by.as_str(), self.x_id.as_deref());
        let done = desk::command(scope.connection, &encoder, (&org, self.id), step, now).await?;
        let (reply, seq) = done.map_err(|refused| match refused {
            Refused::NotFound => Problem::not_found("reply"),
            Refused::State(state) => {
                let to = Where::ALL
                    .into_iter()
                    .find_map(|from| commanded(from, self.step));
                let to = to.map_or("", Where::as_str);
                let detail = format!("The reply is {}.", state.as_str());
                Problem::transition(state.as_str(), to, detail)
            }
        })?;
        scope.published(seq);
        let detail = serde_json::json!({ "state": reply.state });
        scope
            .audit("reply.change", &self.id.to_string(), detail)
            .await?;
        let views = view(scope.connection, scope.caller, vec![reply], now).await?;
        Answer::ok(&views.into_iter().next())
    }
}
