//! Cases read.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::customers::{cases_of, interactions_of};
use crate::App;
use crate::http::auth::{Caller, Csr};
use crate::http::csv;
use crate::http::extract::{Path, Query, WantsCsv};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::pg::cases::Filter;
use crate::pg::interactions::Whose;
use crate::pg::{cases, notes};
use crate::view::case::{Case, CaseDetails, CaseRow, Interaction};
use crate::view::text::Sight;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Closed,
}

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CasesQuery {
    #[param(inline)]
    pub status: Option<Status>,
    /// Number of the case.
    pub no: Option<i64>,
    /// X id of the person.
    pub person: Option<String>,
    pub customer: Option<Uuid>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// Cases, newest first
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(CasesQuery),
    responses((status = 200, body = Page<Case>)))]
pub async fn list(
    State(app): State<App>,
    Csr(caller): Csr,
    WantsCsv(table): WantsCsv,
    Query(query): Query<CasesQuery>,
) -> Result<Response, Problem> {
    let first = fetch(&app, &caller, &query).await?;
    if !table {
        return Ok(Json(first).into_response());
    }
    super::audit::exported(&app, &caller, "cases").await?;
    Ok(csv::table(first, move |cursor| {
        let (app, caller, mut query) = (app.clone(), caller.clone(), query.clone());
        query.cursor = Some(cursor);
        async move { fetch(&app, &caller, &query).await }
    }))
}

async fn fetch(app: &App, caller: &Caller, query: &CasesQuery) -> Result<Page<Case>, Problem> {
    let filter = Filter {
        id: None,
        no: query.no,
        status: query.status.map(|status| match status {
            Status::Open => "open",
            Status::Closed => "closed",
        }),
        person: query.person.as_deref(),
        customer: query.customer,
    };
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
    };
    let mut transaction = app.begin(caller).await?;
    let cases = cases_of(&mut transaction, caller, filter, &page).await?;
    transaction.commit().await?;
    Ok(cases)
}

/// One case with its notes
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = Uuid, Path,)), responses((status = 200, body = CaseDetails)))]
pub async fn get(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
) -> Result<Json<CaseDetails>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let details = details(&mut transaction, &caller, id).await?;
    transaction.commit().await?;
    Ok(Json(details))
}

/// A case of the caller's organisation.
pub async fn load(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<CaseRow, Problem> {
    let found = cases::load(connection, &caller.org, id).await?;
    found.ok_or_else(|| Problem::not_found("case"))
}

/// A case as it is now, with its notes.
pub async fn details(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<CaseDetails, Problem> {
    let case = load(connection, caller, id).await?;
    let notes = notes::of_case(connection, &caller.org, id).await?;
    Ok(CaseDetails {
        case: case.view(Sight::of(caller)),
        notes,
    })
}

/// Interactions of a case, newest first
#[utoipa::path(get, path = "/api/v1/cases/{id}/interactions", tag = "cases",
    params(("id" = Uuid, Path,), PageQuery), responses((status = 200, body = Page<Interaction>)))]
pub async fn interactions(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Interaction>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    load(&mut transaction, &caller, id).await?;
    let page = interactions_of(&mut transaction, &caller, Whose::Case(id), &query).await?;
    transaction.commit().await?;
    Ok(Json(page))
}
