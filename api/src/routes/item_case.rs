//! Link by hand and unlink: both stay until a hand changes them again.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk;
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;
use uuid::Uuid;

use super::items::{links_of, load};
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::{cases, people};
use crate::view::item::Links;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    pub case_id: Uuid,
}

/// Links an item to a case of the same person or customer
#[utoipa::path(put, path = "/api/v1/items/{id}/case", tag = "cases", request_body = LinkBody,
    params(("id" = Uuid, Path,)), responses((status = 200, body = Links)))]
pub async fn put(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<LinkBody>,
) -> Result<Response, Problem> {
    let case = Some(sent.body.case_id);
    execute(&app, &caller, &sent, &Set { id, case }).await
}

/// Unlinks an item from its case
#[utoipa::path(delete, path = "/api/v1/items/{id}/case", tag = "cases",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Links)))]
pub async fn delete(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Set { id, case: None }).await
}

struct Set {
    id: Uuid,
    case: Option<Uuid>,
}

impl Command for Set {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let item = load(scope.connection, scope.caller, self.id).await?;
        let locked = care::lock(scope, &[&item.person_id], &[]).await?;
        let item = load(scope.connection, scope.caller, self.id).await?;
        if item.direction.is_none() || (item.kind == "message" && !item.thread_id.contains('-')) {
            return Err(Problem::value("", "this item cannot have a case"));
        }
        match self.case {
            Some(case) => reachable(scope, case, &item.person_id).await?,
            None if item.case_id.is_none() => {
                let detail = "This item is linked to no case.";
                return Err(Problem::transition("unlinked", "unlinked", detail));
            }
            None => {}
        }
        let (encoder, now) = (scope.app.encoder().clone(), scope.now);
        let by = scope.caller.actor.clone();
        let at = (&locked, self.id);
        let done = desk::set_case(scope.connection, &encoder, at, self.case, &by, now).await?;
        scope.linked(done);
        let action = if self.case.is_some() {
            "link"
        } else {
            "unlink"
        };
        care::worked(scope, &[self.id], action).await?;
        let detail = serde_json::json!({ "case_id": self.case.or(item.case_id) });
        scope.audit(action, &self.id.to_string(), detail).await?;
        let item = load(scope.connection, scope.caller, self.id).await?;
        Answer::ok(&links_of(&item))
    }
}

/// Never another person's case.
async fn reachable(scope: &mut Scope<'_>, case: Uuid, person: &str) -> Result<(), Problem> {
    let org = scope.org().to_owned();
    let refused = || Problem::value("/case_id", "not a case of this person or customer");
    let case = cases::load(scope.connection, &org, case)
        .await?
        .ok_or_else(refused)?;
    if case.person_id.as_deref() == Some(person) {
        return Ok(());
    }
    let attached = people::attached(scope.connection, &org, person).await?;
    match (attached, case.customer_id) {
        (Some(attached), Some(customer)) if attached.customer_id == customer => Ok(()),
        _ => Err(refused()),
    }
}
