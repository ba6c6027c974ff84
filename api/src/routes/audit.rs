//! `GET /audit`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::App;
use crate::http::auth::{Audit, Caller};
use crate::http::csv;
use crate::http::extract::{Query, WantsCsv};
use crate::http::page::{self, Page, PageQuery, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::audit;
use crate::view::audit::AuditEntry;

/// What was done and looked at, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>)))]
pub async fn list(
    State(app): State<App>,
    Audit(caller): Audit,
    WantsCsv(table): WantsCsv,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let first = fetch(&app, &caller, &query).await?;
    if !table {
        return Ok(Json(first).into_response());
    }
    exported(&app, &caller, "audit").await?;
    Ok(csv::table(first, move |cursor| {
        let (app, caller) = (app.clone(), caller.clone());
        let query = PageQuery {
            cursor: Some(cursor),
            ..query.clone()
        };
        async move { fetch(&app, &caller, &query).await }
    }))
}

async fn fetch(app: &App, caller: &Caller, query: &PageQuery) -> Result<Page<AuditEntry>, Problem> {
    let limit = page::limit(query.limit)?;
    let place = page::place(query.cursor.as_deref())?;
    let mut transaction = app.begin(caller).await?;
    let found = audit::page(&mut transaction, &caller.org, place, limit + 1).await?;
    transaction.commit().await?;
    Ok(Page::cut(found, limit, |last| {
        page::encode(&TimeCursor::at(last.at, last.audit_id))
    }))
}

/// Notes that a list went out as a table.
pub async fn exported(app: &App, caller: &Caller, list: &str) -> Result<(), Problem> {
    let mut transaction = app.begin(caller).await?;
    let who = (caller.org.as_str(), caller.actor.as_str());
    let none = serde_json::json!({});
    audit::write(
        &mut transaction,
        who,
        ("export.csv", list),
        &none,
        app.now(),
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}
