//! Deleting what we wrote, and likes.

use axum::extract::State;
use axum::response::Response;
use respond::intent::Act;
use respond::options;
use uuid::Uuid;

use super::items;
use super::reply_options::known;
use super::reply_write::{may_message, queue};
use crate::App;
use crate::care;
use crate::http::auth::{Csr, Need};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::replies;
use crate::view::reply::Reply;

/// Deletes our own post for everybody, or our own message on our side only
#[utoipa::path(delete, path = "/api/v1/outbound/{id}", tag = "replies",
    params(("id" = Uuid, Path, description = "Item that we wrote")), responses((status = 202, body = Reply)))]
pub async fn delete(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Delete(id)).await
}

struct Delete(Uuid);

impl Command for Delete {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let item = items::load(scope.connection, scope.caller, self.0).await?;
        if item.direction.as_deref() != Some("outbound") {
            return Err(Problem::value("/id", "not written by us"));
        }
        let private = item.kind == "message";
        if private {
            may_message(scope.caller)?;
        }
        if item.deleted_at.is_some() {
            let detail = "It is deleted already.";
            return Err(Problem::transition("deleted", "deleted", detail));
        }
        let org = scope.org().to_owned();
        let kind = if private { "message" } else { "public" };
        let author = replies::author(scope.connection, &org, (kind, &item.x_id)).await?;
        let own = author.as_deref() == Some(scope.caller.actor.as_str());
        if !own && !Need::Lead.met_by(scope.caller.role) {
            let detail = "Only who wrote it, or a lead, may delete it.";
            return Err(Problem::new(&kinds::FORBIDDEN, detail));
        }
        if !private && scope.app.org(&org).settings().capabilities.delete == Some(false) {
            return Err(Problem::new(
                &kinds::CAPABILITY,
                "Deleting is switched off.",
            ));
        }
        let known = known(scope.connection, scope.app, scope.caller, &item).await?;
        let bad = |_| Problem::value("/id", "not an item of X");
        let act = if private {
            Act::DeleteMessage(item.x_id.parse().map_err(bad)?)
        } else {
            Act::DeletePost(item.x_id.parse().map_err(bad)?)
        };
        care::worked(scope, &[item.item_id], "delete").await?;
        queue(scope, &item, known.account, (act, None, Vec::new())).await
    }
}

/// Likes a post
#[utoipa::path(put, path = "/api/v1/items/{id}/like", tag = "replies",
    params(("id" = Uuid, Path,)), responses((status = 202, body = Reply)))]
pub async fn like(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Like(id, true)).await
}

/// Takes a like back
#[utoipa::path(delete, path = "/api/v1/items/{id}/like", tag = "replies",
    params(("id" = Uuid, Path,)), responses((status = 202, body = Reply)))]
pub async fn unlike(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<serde::de::IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Like(id, false)).await
}

struct Like(Uuid, bool);

impl Command for Like {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let item = items::load(scope.connection, scope.caller, self.0).await?;
        if !options::like(scope.app.org(scope.org()).settings()) {
            let detail = "X took likes by API from self-serve accounts.";
            return Err(Problem::new(&kinds::CAPABILITY, detail));
        }
        if item.kind != "post" {
            return Err(Problem::new(
                &kinds::WRONG_KIND,
                "A message cannot be liked.",
            ));
        }
        let known = known(scope.connection, scope.app, scope.caller, &item).await?;
        let post = item.x_id.parse();
        let post = post.map_err(|_| Problem::value("/id", "not a post of X"))?;
        let (act, action) = if self.1 {
            (Act::Like(post), "like")
        } else {
            (Act::Unlike(post), "unlike")
        };
        care::worked(scope, &[item.item_id], action).await?;
        queue(scope, &item, known.account, (act, None, Vec::new())).await
    }
}
