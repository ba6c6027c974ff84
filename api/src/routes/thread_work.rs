//! Done and Reopen of one row.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk::{self, Locked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::thread::row;
use super::thread_place;
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::items;
use crate::pg::threads::{self, Work};
use crate::row_id::RowId;

/// Items of one row that one command changes: a post may be reposted by thousands, each with a lock.
/// The answer says how many are left. Of each row of a bulk command as many as a transaction links.
const ITEMS_MAX: i64 = 5_000;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoneBody {
    /// Newest item on screen: what came later stays active.
    pub through: Uuid,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenBody {
    /// Items to reopen; those of the last Done if absent.
    pub items: Option<Vec<Uuid>>,
}

/// What was done to a row.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Worked {
    /// Thread id.
    pub id: String,
    /// Items that changed.
    pub items: Vec<Uuid>,
    /// Items of the row that are still active.
    pub left_active: i64,
}

/// Done: closes the active items of a row up to the newest one on screen
#[utoipa::path(post, path = "/api/v1/threads/{id}/done", tag = "desk", request_body = DoneBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Worked)))]
pub async fn done(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<DoneBody>,
) -> Result<Response, Problem> {
    let act = Act::Done(sent.body.through);
    let command = One {
        row: row(&id)?,
        act,
    };
    execute(&app, &caller, &sent, &command).await
}

/// Reopens items of a row
#[utoipa::path(post, path = "/api/v1/threads/{id}/reopen", tag = "desk", request_body = ReopenBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Worked)))]
pub async fn reopen(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<ReopenBody>,
) -> Result<Response, Problem> {
    let act = Act::Reopen(sent.body.items.clone());
    let command = One {
        row: row(&id)?,
        act,
    };
    execute(&app, &caller, &sent, &command).await
}

#[derive(Debug, Clone)]
pub enum Act {
    Done(Uuid),
    Reopen(Option<Vec<Uuid>>),
}

impl Act {
    fn reopens(&self) -> bool {
        matches!(self, Self::Reopen(_))
    }
}

struct One {
    row: RowId,
    act: Act,
}

impl Command for One {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let what = (self.act.reopens(), ITEMS_MAX);
        let people = people(scope, &self.row, what).await?;
        let names: Vec<&str> = people.iter().map(String::as_str).collect();
        let locked = care::lock(scope, &names, &[]).await?;
        let plan = plan(scope, &locked, &self.row, (&self.act, ITEMS_MAX)).await?;
        let worked = apply(scope, &locked, &self.row, &self.act, plan).await?;
        Answer::ok(&worked)
    }
}

/// Persons of the items that an act may change; none of a row that is not there, which a lock would
/// make.
pub async fn people(
    scope: &mut Scope<'_>,
    row: &RowId,
    what: (bool, i64),
) -> Result<Vec<String>, Problem> {
    let items = work(scope, row, what).await?;
    let mut people: Vec<String> = items.into_iter().map(|item| item.person_id).collect();
    people.sort();
    people.dedup();
    Ok(people)
}

/// Closed items of a row, or active ones: so many.
async fn work(
    scope: &mut Scope<'_>,
    row: &RowId,
    (closed, limit): (bool, i64),
) -> Result<Vec<Work>, Problem> {
    let org = scope.org().to_owned();
    let reposts = scope.app.org(&org).settings().reposts_active;
    let found = threads::work(scope.connection, &org, row, (closed, reposts), limit).await?;
    Ok(found)
}

/// Whether what is on screen in one row can be on screen in the other.
fn same_conversation(a: &RowId, b: &RowId) -> bool {
    (a.kind(), a.thread(), a.repost_of()) == (b.kind(), b.thread(), b.repost_of())
}

/// What an act would change.
pub struct Plan {
    pub items: Vec<Uuid>,
    pub left_active: i64,
}

pub async fn plan(
    scope: &mut Scope<'_>,
    locked: &Locked,
    row: &RowId,
    (act, limit): (&Act, i64),
) -> Result<Plan, Problem> {
    let head = thread_place::head(scope, row).await?;
    let active = head.open + head.draft;
    let mut found = work(scope, row, (act.reopens(), limit)).await?;
    // Of a person who came since the lock was taken nothing is changed.
    found.retain(|item| locked.holds(&item.person_id));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    match act {
        Act::Done(through) => {
            if active == 0 {
                let detail = "Every item of this thread is closed already.";
                return Err(Problem::transition("closed", "closed", detail));
            }
            let org = scope.org().to_owned();
            let through = items::load(scope.connection, &org, &[*through]).await?;
            let last = through
                .first()
                .filter(|item| same_conversation(&item.row(), row))
                .ok_or_else(|| Problem::value("/through", "not an item of this thread"))?;
            let bound = (last.x_id.len(), last.x_id.as_str());
            found.retain(|item| (item.x_id.len(), item.x_id.as_str()) <= bound);
            Ok(Plan {
                left_active: active - count(found.len()),
                items: found.into_iter().map(|item| item.item_id).collect(),
            })
        }
        Act::Reopen(wanted) => {
            let newest = found.iter().filter_map(|item| item.closed_at).max();
            let items: Vec<Uuid> = found
                .iter()
                .filter(|item| match wanted {
                    Some(wanted) => wanted.contains(&item.item_id),
                    None => item.closed_at == newest,
                })
                .map(|item| item.item_id)
                .collect();
            if items.is_empty() {
                let detail = "None of these items is closed.";
                return Err(Problem::transition("active", "active", detail));
            }
            Ok(Plan {
                left_active: active + count(items.len()),
                items,
            })
        }
    }
}

pub async fn apply(
    scope: &mut Scope<'_>,
    locked: &Locked,
    row: &RowId,
    act: &Act,
    plan: Plan,
) -> Result<Worked, Problem> {
    let (encoder, now) = (scope.app.encoder().clone(), scope.now);
    let by = scope.caller.actor.clone();
    let wanted = (locked, plan.items.as_slice());
    let (action, (items, done)) = match act {
        Act::Done(_) => (
            "done",
            desk::close_items(scope.connection, &encoder, wanted, &by, now).await?,
        ),
        Act::Reopen(_) => (
            "reopen",
            desk::reopen_items(scope.connection, &encoder, wanted, now).await?,
        ),
    };
    scope.linked(done);
    care::worked(scope, &items, action).await?;
    let detail = serde_json::json!({ "items": items });
    scope.audit(action, &row.key(), detail).await?;
    Ok(Worked {
        id: row.encode(),
        items,
        left_active: plan.left_active,
    })
}

/// Closes the active items of an item's row up to it, under a lock that is held already; those
/// that it closed.
pub async fn close_through(
    scope: &mut Scope<'_>,
    locked: &Locked,
    item: &items::Item,
) -> Result<Vec<Uuid>, Problem> {
    let row = item.row();
    let act = Act::Done(item.item_id);
    match plan(scope, locked, &row, (&act, desk::ITEMS_MAX)).await {
        Ok(plan) => Ok(apply(scope, locked, &row, &act, plan).await?.items),
        // Nothing is active any more: it is done.
        Err(problem) if problem.transition.is_some() => Ok(Vec::new()),
        Err(problem) => Err(problem),
    }
}
