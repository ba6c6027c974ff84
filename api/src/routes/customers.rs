//! Customers read: search, dashboard, cases, interactions, accounts.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::pattern;
use crate::App;
use crate::http::auth::{Caller, Csr, Role};
use crate::http::csv;
use crate::http::extract::{Path, Query, WantsCsv};
use crate::http::page::{self, LIMIT_MAX, Page, PageQuery, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::interactions::{self, Whose};
use crate::pg::{audit, cases, customers, people};
use crate::view::case::{Case, Interaction};
use crate::view::customer::Customer;
use crate::view::person::SocialAccount;
use crate::view::text::Sight;

/// Characters of a customer search at least.
const SEARCH_CHARS_MIN: usize = 2;

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Part of a name, an e-mail or a phone number; 2 characters at least.
    #[param(min_length = 2, max_length = 200)]
    q: String,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Customers by part of name, e-mail or phone. Each search is logged.
#[utoipa::path(get, path = "/api/v1/customers", tag = "customers", params(SearchQuery),
    responses((status = 200, body = Page<Customer>)))]
pub async fn search(
    State(app): State<App>,
    Csr(caller): Csr,
    WantsCsv(table): WantsCsv,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Problem> {
    let limit = page::limit(query.limit)?;
    let mut transaction = app.begin(&caller).await?;
    let found = find(&mut transaction, &app, &caller, &query.q, limit).await?;
    transaction.commit().await?;
    let page = Page {
        items: found,
        next: None,
    };
    if !table {
        return Ok(Json(page).into_response());
    }
    super::audit::exported(&app, &caller, "customers").await?;
    Ok(csv::table(page, |_| async {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }))
}

/// Searches, masks by role, logs.
pub async fn find(
    connection: &mut sqlx::PgConnection,
    app: &App,
    caller: &Caller,
    q: &str,
    limit: i64,
) -> Result<Vec<Customer>, Problem> {
    let pattern = pattern(&telephone(q), SEARCH_CHARS_MIN)?;
    let most = i32::try_from(limit).unwrap_or(1);
    let found = customers::search(connection, &caller.org, &pattern, most).await?;
    let who = (caller.org.as_str(), caller.actor.as_str());
    let detail = serde_json::json!({ "q": q, "found": found.len() });
    audit::write(
        connection,
        who,
        ("customers.search", ""),
        &detail,
        app.now(),
    )
    .await?;
    let clear = matches!(caller.role, Role::Lead | Role::Admin);
    let mask = app.org(&caller.org).settings().mask_pii && !clear;
    Ok(found
        .into_iter()
        .map(|customer| if mask { customer.mask() } else { customer })
        .collect())
}

// Phone numbers are kept for the search as digits alone.
fn telephone(q: &str) -> String {
    let spelling = |c: char| c.is_ascii_digit() || " +-/().".contains(c);
    let digits = q.chars().filter(char::is_ascii_digit).count();
    if digits >= SEARCH_CHARS_MIN && q.chars().all(spelling) {
        q.chars().filter(char::is_ascii_digit).collect()
    } else {
        q.to_owned()
    }
}

/// One customer
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Customer)))]
pub async fn get(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
) -> Result<Json<Customer>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let customer = load(&mut transaction, &caller, id).await?;
    transaction.commit().await?;
    Ok(Json(customer))
}

/// A customer of the caller's organisation.
pub async fn load(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<Customer, Problem> {
    let found = customers::load(connection, &caller.org, id).await?;
    found.ok_or_else(|| Problem::not_found("customer"))
}

/// Interactions of a customer, on every channel, newest first
#[utoipa::path(get, path = "/api/v1/customers/{id}/interactions", tag = "customers",
    params(("id" = Uuid, Path,), PageQuery), responses((status = 200, body = Page<Interaction>)))]
pub async fn interactions(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Interaction>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    load(&mut transaction, &caller, id).await?;
    let page = interactions_of(&mut transaction, &caller, Whose::Customer(id), &query).await?;
    transaction.commit().await?;
    Ok(Json(page))
}

/// A page of interactions.
pub async fn interactions_of(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    whose: Whose,
    query: &PageQuery,
) -> Result<Page<Interaction>, Problem> {
    let limit = page::limit(query.limit)?;
    let place = page::place(query.cursor.as_deref())?;
    let found = interactions::page(connection, &caller.org, whose, place, limit + 1).await?;
    Ok(Page::cut(found, limit, |last| {
        page::encode(&TimeCursor::at(last.at, last.interaction_id))
    }))
}

/// Cases of a customer, newest first
#[utoipa::path(get, path = "/api/v1/customers/{id}/cases", tag = "customers",
    params(("id" = Uuid, Path,), PageQuery), responses((status = 200, body = Page<Case>)))]
pub async fn cases(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Case>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    load(&mut transaction, &caller, id).await?;
    let filter = cases::Filter {
        customer: Some(id),
        ..cases::Filter::default()
    };
    let page = cases_of(&mut transaction, &caller, filter, &query).await?;
    transaction.commit().await?;
    Ok(Json(page))
}

/// A page of cases.
pub async fn cases_of(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    filter: cases::Filter<'_>,
    query: &PageQuery,
) -> Result<Page<Case>, Problem> {
    let limit = page::limit(query.limit)?;
    let place = page::place(query.cursor.as_deref())?;
    let found = cases::page(connection, &caller.org, filter, place, limit + 1).await?;
    let page = Page::cut(found, limit, |last| {
        page::encode(&TimeCursor::at(last.opened_at, last.case_id))
    });
    let sight = Sight::of(caller);
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(|case| case.view(sight))
            .collect(),
        next: page.next,
    })
}

/// Social accounts of a customer
#[utoipa::path(get, path = "/api/v1/customers/{id}/accounts", tag = "customers",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Page<SocialAccount>)))]
pub async fn accounts(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
) -> Result<Json<Page<SocialAccount>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    load(&mut transaction, &caller, id).await?;
    let most = i64::from(LIMIT_MAX);
    let items = people::accounts(&mut transaction, &caller.org, id, most).await?;
    transaction.commit().await?;
    Ok(Json(Page { items, next: None }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_phone_number_is_found_however_it_is_spelt() {
        for (typed, searched) in [
            ("+49 (30) 123-4", "49301234"),
            ("dana 2", "dana 2"),
            ("+", "+"),
            ("030", "030"),
        ] {
            assert_eq!(super::telephone(typed), searched);
        }
    }
}
