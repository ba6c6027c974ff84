//! `GET /reports/done`: what was done, by local day and by whom.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{day, zone};
use crate::App;
use crate::http::auth::Reports;
use crate::http::csv;
use crate::http::extract::{Query, WantsCsv};
use crate::http::page::Page;
use crate::http::problem::Problem;

/// What is counted, for whoever reads the report.
const DEFINITION: &str = "Items that a person closed on the local day and that are still closed: \
    what Done Today counted. Items closed by a rule are not in it, nor those reopened since.";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DoneBy {
    #[default]
    Day,
    /// By day, and who closed the items.
    User,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DoneQuery {
    /// First local day.
    from: NaiveDate,
    /// Last local day; 92 days at most.
    to: NaiveDate,
    tz: Option<String>,
    #[param(inline)]
    by: Option<DoneBy>,
}

/// The report of what was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoneReport {
    pub definition: String,
    pub time_zone: String,
    pub as_of: DateTime<Utc>,
    /// Days without any are left out.
    pub items: Vec<DoneReportLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DoneReportLine {
    /// Local day.
    pub day: NaiveDate,
    /// Name of who closed them, where that was asked for.
    pub by: Option<String>,
    pub count: i64,
    pub feeds: i64,
    pub messages: i64,
}

impl csv::Row for DoneReportLine {
    const HEAD: &'static [&'static str] = &["day", "by", "count", "feeds", "messages"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.day.to_string(),
            self.by.clone().unwrap_or_default(),
            self.count.to_string(),
            self.feeds.to_string(),
            self.messages.to_string(),
        ]
    }
}

/// What was done by local day, and by whom
#[utoipa::path(get, path = "/api/v1/reports/done", tag = "reports", params(DoneQuery),
    responses((status = 200, body = DoneReport)))]
pub async fn get(
    State(app): State<App>,
    Reports(caller): Reports,
    WantsCsv(table): WantsCsv,
    Query(query): Query<DoneQuery>,
) -> Result<Response, Problem> {
    let zone = zone(&app.org(&caller.org), query.tz.as_deref())?;
    day(&app, zone, ("from", Some(query.from)))?;
    day(&app, zone, ("to", Some(query.to)))?;
    let length = (query.to - query.from).num_days();
    if !(0..metrics::volume::DAYS_MAX).contains(&length) {
        return Err(Problem::parameter("to", "expected 1 to 92 days"));
    }
    let dates = query.from.iter_days().take_while(|date| *date <= query.to);
    let days: Vec<Day> = dates.filter_map(|date| Day::of(zone, date)).collect();
    let as_of = app.now();
    let by_user = query.by == Some(DoneBy::User);
    let mut transaction = app.begin(&caller).await?;
    let lines = metrics::pg::done_lines(&mut transaction, &caller.org, &days, by_user).await?;
    transaction.commit().await?;
    let items = lines.into_iter().filter_map(|line| {
        Some(DoneReportLine {
            day: days.get(line.day)?.date,
            by: line.name,
            count: line.split.total(),
            feeds: line.split.feeds,
            messages: line.split.messages,
        })
    });
    let items: Vec<DoneReportLine> = items.collect();
    if table {
        super::audit::exported(&app, &caller, "reports/done").await?;
        let page = Page { items, next: None };
        return Ok(csv::table(page, |_| async {
            Ok(Page {
                items: Vec::new(),
                next: None,
            })
        }));
    }
    Ok(Json(DoneReport {
        definition: DEFINITION.to_owned(),
        time_zone: zone.name().to_owned(),
        as_of,
        items,
    })
    .into_response())
}
