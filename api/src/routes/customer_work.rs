//! Customers created and changed by hand.

use axum::extract::State;
use axum::response::Response;
use schemas::changes::PERSON;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::customers::load;
use super::text;
use crate::App;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::kinds;
use crate::http::page::LIMIT_MAX;
use crate::http::problem::Problem;
use crate::pg::customers::{self, Fields};
use crate::pg::people;
use crate::view::customer::Customer;

const NAME_CHARS_MAX: usize = 200;
const EMAIL_CHARS_MAX: usize = 254;
const PHONE_CHARS_MAX: usize = 40;
const EXTERNAL_CHARS_MAX: usize = 100;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// The retailer's own id of the customer.
    pub external_id: Option<String>,
}

/// What is absent stays; null takes away.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerChange {
    pub name: Option<String>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
}

#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
fn present<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Why a customer cannot be as said: pointer and words.
pub fn check(fields: Fields<'_>) -> Result<(), (&'static str, String)> {
    let bounded = |pointer, value: Option<&str>, most| match value {
        Some(value) if value.trim().is_empty() || value.chars().count() > most => {
            Err((pointer, format!("expected 1 to {most} characters")))
        }
        _ => Ok(()),
    };
    bounded("/name", Some(fields.name), NAME_CHARS_MAX)?;
    bounded("/email", fields.email, EMAIL_CHARS_MAX)?;
    bounded("/phone", fields.phone, PHONE_CHARS_MAX)?;
    bounded("/external_id", fields.external_id, EXTERNAL_CHARS_MAX)?;
    let mail = |email: &str| {
        email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
    };
    if fields.email.is_some_and(|email| !mail(email)) {
        return Err(("/email", "expected an e-mail address".to_owned()));
    }
    if fields
        .phone
        .is_some_and(|phone| !phone.bytes().any(|b| b.is_ascii_digit()))
    {
        return Err(("/phone", "expected a telephone number".to_owned()));
    }
    Ok(())
}

fn checked(fields: Fields<'_>) -> Result<(), Problem> {
    check(fields).map_err(|(pointer, detail)| Problem::value(pointer, detail))
}

/// A new customer
#[utoipa::path(post, path = "/api/v1/customers", tag = "customers", request_body = NewCustomer,
    responses((status = 201, body = Customer)))]
pub async fn post(
    State(app): State<App>,
    Csr(caller): Csr,
    sent: Sent<NewCustomer>,
) -> Result<Response, Problem> {
    if !app.org(&caller.org).settings().customer_create {
        return Err(Problem::new(
            &kinds::FORBIDDEN,
            "Your organisation does not let customers be created here.",
        ));
    }
    text("/name", &sent.body.name, NAME_CHARS_MAX)?;
    execute(&app, &caller, &sent, &Create(sent.body.clone())).await
}

struct Create(NewCustomer);

impl Command for Create {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let fields = Fields {
            name: &self.0.name,
            email: self.0.email.as_deref(),
            phone: self.0.phone.as_deref(),
            external_id: self.0.external_id.as_deref(),
        };
        checked(fields)?;
        let (org, id) = (scope.org().to_owned(), Uuid::now_v7());
        let who = (org.as_str(), scope.caller.actor.as_str());
        customers::insert(scope.connection, who, id, fields, scope.now).await?;
        let none = serde_json::json!({});
        scope
            .audit("customer.create", &id.to_string(), none)
            .await?;
        let customer = load(scope.connection, scope.caller, id).await?;
        Answer::created(&customer, format!("/api/v1/customers/{id}"))
    }
}

/// Changes a customer
#[utoipa::path(patch, path = "/api/v1/customers/{id}", tag = "customers",
    request_body = CustomerChange, params(("id" = Uuid, Path,)),
    responses((status = 200, body = Customer)))]
pub async fn patch(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    sent: Sent<CustomerChange>,
) -> Result<Response, Problem> {
    let change = sent.body.clone();
    execute(&app, &caller, &sent, &Change { id, change }).await
}

struct Change {
    id: Uuid,
    change: CustomerChange,
}

impl Command for Change {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        care_lock(scope, self.id).await?;
        let old = load(scope.connection, scope.caller, self.id).await?;
        let pick = |new: &Option<Option<String>>, old: &Option<String>| {
            new.clone().unwrap_or_else(|| old.clone())
        };
        let email = pick(&self.change.email, &old.email);
        let phone = pick(&self.change.phone, &old.phone);
        let external_id = pick(&self.change.external_id, &old.external_id);
        let fields = Fields {
            name: self.change.name.as_deref().unwrap_or(&old.name),
            email: email.as_deref(),
            phone: phone.as_deref(),
            external_id: external_id.as_deref(),
        };
        checked(fields)?;
        let org = scope.org().to_owned();
        customers::update(scope.connection, &org, self.id, fields, scope.now).await?;
        for account in people::accounts(scope.connection, &org, self.id, LIMIT_MAX.into()).await? {
            scope.tell(PERSON, account.x_id, None);
        }
        let none = serde_json::json!({});
        scope
            .audit("customer.change", &self.id.to_string(), none)
            .await?;
        Answer::ok(&load(scope.connection, scope.caller, self.id).await?)
    }
}

// Two changes of one customer follow each other, and the second sees the first.
async fn care_lock(scope: &mut Scope<'_>, id: Uuid) -> Result<(), Problem> {
    crate::care::lock(scope, &[], &[id]).await.map(|_| ())
}
