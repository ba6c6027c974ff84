//! `GET /audit`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::http::auth::{Audit, Caller};
use crate::http::csv;
use crate::http::extract::{Query, WantsCsv};
use crate::http::page::{self, Page, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::audit;
use crate::view::audit::AuditEntry;

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// By whom: `user:<id>`, `key:<name>`, or who worked at a terminal.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what: an id, `user:<id>`, the key of a row.
    pub subject: Option<String>,
    /// From this time on.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// What was done and looked at, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "administration", params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>)))]
pub async fn list(
    State(app): State<App>,
    Audit(caller): Audit,
    WantsCsv(table): WantsCsv,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let first = fetch(&app, &caller, &query).await?;
    if !table {
        return Ok(Json(first).into_response());
    }
    exported(&app, &caller, "audit").await?;
    Ok(csv::table(first, move |cursor| {
        let (app, caller) = (app.clone(), caller.clone());
        let query = AuditQuery {
            cursor: Some(cursor),
            ..query.clone()
        };
        async move { fetch(&app, &caller, &query).await }
    }))
}

async fn fetch(
    app: &App,
    caller: &Caller,
    query: &AuditQuery,
) -> Result<Page<AuditEntry>, Problem> {
    let limit = page::limit(query.limit)?;
    let place = page::place(query.cursor.as_deref())?;
    let mut transaction = app.begin(caller).await?;
    let filter = audit::Filter {
        actor: query.actor.as_deref(),
        action: query.action.as_deref(),
        subject: query.subject.as_deref(),
        from: query.from,
        to: query.to,
    };
    let found = audit::page(&mut transaction, &caller.org, filter, place, limit + 1).await?;
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
