//! Attach Customer and detach: the social account mapping, which reaches all items of the person.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk;
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;
use uuid::Uuid;

use super::customers;
use super::people::load;
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::people::{self, Mapping};
use crate::pg::{cases, items};
use crate::view::person::Person;

/// What the mapping rests on, as X's policy asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    ToldUs,
    PublicProfile,
    Consent,
}

impl Basis {
    fn as_str(self) -> &'static str {
        match self {
            Self::ToldUs => "told-us",
            Self::PublicProfile => "public-profile",
            Self::Consent => "consent",
        }
    }
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachBody {
    pub customer_id: Uuid,
    #[schema(inline)]
    pub basis: Basis,
    /// Item of the person that shows it.
    pub evidence: Option<Uuid>,
}

/// Attaches a person to a customer
#[utoipa::path(put, path = "/api/v1/people/{x_id}/customer", tag = "customers",
    request_body = AttachBody, params(("x_id" = String, Path,)),
    responses((status = 200, body = Person)))]
pub async fn put(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(x_id): Path<String>,
    sent: Sent<AttachBody>,
) -> Result<Response, Problem> {
    let command = Attach {
        x_id,
        body: sent.body.clone(),
    };
    execute(&app, &caller, &sent, &command).await
}

/// Detaches a person from the customer
#[utoipa::path(delete, path = "/api/v1/people/{x_id}/customer", tag = "customers",
    params(("x_id" = String, Path,)), responses((status = 200, body = Person)))]
pub async fn delete(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(x_id): Path<String>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Detach { x_id }).await
}

struct Attach {
    x_id: String,
    body: AttachBody,
}

impl Command for Attach {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        // Before the lock, which makes the rows of persons that it does not find.
        load(scope.connection, scope.caller, &self.x_id).await?;
        let locked = care::lock(scope, &[&self.x_id], &[self.body.customer_id]).await?;
        customers::load(scope.connection, scope.caller, self.body.customer_id)
            .await
            .map_err(|problem| match problem.kind.status.as_u16() {
                404 => Problem::value("/customer_id", "no such customer"),
                _ => problem,
            })?;
        if let Some(evidence) = self.body.evidence {
            let org = scope.org().to_owned();
            let facts = items::facts(scope.connection, &org, &[evidence]).await?;
            if !facts.iter().any(|item| item.person_id == self.x_id) {
                return Err(Problem::value("/evidence", "not an item of this person"));
            }
        }
        let mapping = Mapping {
            x_id: &self.x_id,
            customer: Some(self.body.customer_id),
            basis: Some(self.body.basis.as_str()),
            evidence: self.body.evidence,
        };
        change(scope, &locked, &mapping).await
    }
}

struct Detach {
    x_id: String,
}

impl Command for Detach {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        load(scope.connection, scope.caller, &self.x_id).await?;
        let locked = care::lock(scope, &[&self.x_id], &[]).await?;
        let person = load(scope.connection, scope.caller, &self.x_id).await?;
        if person.customer.is_none() {
            let detail = "This person is attached to no customer.";
            return Err(Problem::transition("detached", "detached", detail));
        }
        let mapping = Mapping {
            x_id: &self.x_id,
            customer: None,
            basis: None,
            evidence: None,
        };
        change(scope, &locked, &mapping).await
    }
}

/// The mapping, the person's cases, every item, and what is said about them.
async fn change(
    scope: &mut Scope<'_>,
    locked: &desk::Locked,
    mapping: &Mapping<'_>,
) -> Result<Answer, Problem> {
    let (org, now) = (scope.org().to_owned(), scope.now);
    let by = scope.caller.actor.clone();
    let revision = people::map(scope.connection, (&org, &by), mapping, now).await?;
    let adopted = cases::adopt(scope.connection, &org, mapping.x_id, mapping.customer).await?;
    let encoder = scope.app.encoder().clone();
    let done = desk::relink(scope.connection, &encoder, locked, now).await?;
    scope.linked(done);
    care::account(scope, mapping, revision).await?;
    care::cases(scope, &adopted).await?;
    let action = if mapping.customer.is_some() {
        "attach"
    } else {
        "detach"
    };
    if let Some(evidence) = mapping.evidence {
        care::worked(scope, &[evidence], action).await?;
    }
    let detail = serde_json::json!({ "customer_id": mapping.customer, "basis": mapping.basis });
    scope.audit(action, mapping.x_id, detail).await?;
    let person: Person = load(scope.connection, scope.caller, mapping.x_id).await?;
    Answer::ok(&person)
}
