//! `GET /reports/volume`: what came in, by local hour or day.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::{Grain, Volume};
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
const DEFINITION: &str = "Inbound items by X's own time, in the time zone of the report: posts, \
    replies, quotes, reposts and private messages, whenever they arrived; a later deletion does \
    not take one back.";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    #[default]
    Day,
    Hour,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VolumeQuery {
    /// First local day.
    from: NaiveDate,
    /// Last local day; 92 days at most.
    to: NaiveDate,
    tz: Option<String>,
    #[param(inline)]
    by: Option<By>,
}

/// The volume report.
#[derive(Debug, Serialize, ToSchema)]
pub struct VolumeReport {
    pub definition: String,
    pub time_zone: String,
    pub as_of: DateTime<Utc>,
    pub items: Vec<VolumeLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VolumeLine {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Local time that it begins at.
    pub local: String,
    pub count: i64,
    pub posts: i64,
    pub replies: i64,
    pub quotes: i64,
    pub reposts: i64,
    pub messages: i64,
}

impl csv::Row for VolumeLine {
    const HEAD: &'static [&'static str] = &[
        "local", "start", "end", "count", "posts", "replies", "quotes", "reposts", "messages",
    ];

    fn cells(&self) -> Vec<String> {
        let times = [self.start.to_rfc3339(), self.end.to_rfc3339()];
        let counts = [
            self.count,
            self.posts,
            self.replies,
            self.quotes,
            self.reposts,
            self.messages,
        ];
        std::iter::once(self.local.clone())
            .chain(times)
            .chain(counts.iter().map(i64::to_string))
            .collect()
    }
}

/// Volume by local day or hour
#[utoipa::path(get, path = "/api/v1/reports/volume", tag = "reports", params(VolumeQuery),
    responses((status = 200, body = VolumeReport)))]
pub async fn volume(
    State(app): State<App>,
    Reports(caller): Reports,
    WantsCsv(table): WantsCsv,
    Query(query): Query<VolumeQuery>,
) -> Result<Response, Problem> {
    let zone = zone(&app.org(&caller.org), query.tz.as_deref())?;
    let first = day(&app, zone, ("from", Some(query.from)))?;
    let last = day(&app, zone, ("to", Some(query.to)))?;
    let days = (query.to - query.from).num_days();
    if !(0..metrics::volume::DAYS_MAX).contains(&days) {
        return Err(Problem::parameter("to", "expected 1 to 92 days"));
    }
    let grain = match query.by.unwrap_or_default() {
        By::Day => Grain::Day,
        By::Hour => Grain::Hour,
    };
    let as_of = app.now();
    let mut transaction = app.begin(&caller).await?;
    let quarters =
        metrics::pg::quarters(&mut transaction, &caller.org, first.start, last.end).await?;
    transaction.commit().await?;
    let folded = Volume::fold(zone, (first, last), grain, &quarters);
    let items = folded
        .buckets
        .iter()
        .map(|bucket| line(zone, bucket))
        .collect();
    if table {
        super::audit::exported(&app, &caller, "reports/volume").await?;
        let page = Page { items, next: None };
        return Ok(csv::table(page, |_| async {
            Ok(Page {
                items: Vec::new(),
                next: None,
            })
        }));
    }
    Ok(Json(VolumeReport {
        definition: DEFINITION.to_owned(),
        time_zone: zone.name().to_owned(),
        as_of,
        items,
    })
    .into_response())
}

fn line(zone: chrono_tz::Tz, bucket: &metrics::Bucket) -> VolumeLine {
    let count = &bucket.count;
    VolumeLine {
        start: bucket.start,
        end: bucket.end,
        local: bucket
            .start
            .with_timezone(&zone)
            .format("%FT%R%:z")
            .to_string(),
        count: count.total(),
        posts: count.posts,
        replies: count.replies,
        quotes: count.quotes,
        reposts: count.reposts,
        messages: count.messages,
    }
}
