//! `GET /tiles`: the three figures, each with its parts and the list behind it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{day, scope, zone};
use crate::App;
use crate::http::auth::Viewer;
use crate::http::extract::Query;
use crate::http::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TilesQuery {
    /// IANA time zone of the user; the organisation's if absent.
    tz: Option<String>,
    /// Day of Done Today and X Today; today if absent.
    on: Option<NaiveDate>,
}

/// The three tiles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tiles {
    pub as_of: DateTime<Utc>,
    pub time_zone: String,
    pub day: NaiveDate,
    pub day_start: DateTime<Utc>,
    pub day_end: DateTime<Utc>,
    pub active: ActiveTile,
    pub done_today: DoneTile,
    pub x_today: XTile,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ActiveTile {
    pub count: i64,
    pub feeds: i64,
    pub messages: i64,
    pub open: i64,
    pub draft: i64,
    pub open_feeds: i64,
    pub open_messages: i64,
    pub draft_feeds: i64,
    pub draft_messages: i64,
    pub not_counted: NotCounted,
    /// Query of `/threads` that lists exactly these items.
    pub list: String,
}

/// Neither closed nor counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotCounted {
    pub reposts: i64,
    pub deleted: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DoneTile {
    pub count: i64,
    pub feeds: i64,
    pub messages: i64,
    /// Closed by a rule on that day: not counted.
    pub by_rule: i64,
    pub list: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct XTile {
    pub count: i64,
    pub posts: i64,
    pub replies: i64,
    pub quotes: i64,
    pub reposts: i64,
    pub messages: i64,
    /// Says why the figure is zero, where no account is configured.
    pub note: Option<String>,
    pub list: String,
}

/// The three figures of the desk
#[utoipa::path(get, path = "/api/v1/tiles", tag = "desk", params(TilesQuery),
    responses((status = 200, body = Tiles)))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Query(query): Query<TilesQuery>,
) -> Result<Json<Tiles>, Problem> {
    let org = app.org(&caller.org);
    let zone = zone(&org, query.tz.as_deref())?;
    let day = day(&app, zone, ("on", query.on))?;
    let as_of = app.now();
    let mut transaction = app.begin(&caller).await?;
    let scope = scope(&caller, &org);
    let tiles = metrics::pg::tiles(&mut transaction, scope, day, as_of).await?;
    transaction.commit().await?;
    Ok(Json(view(&tiles)))
}

fn view(tiles: &metrics::Tiles) -> Tiles {
    let (active, done, x) = (&tiles.active, &tiles.done_today, &tiles.x_today);
    let (zone, date) = (tiles.day.zone.name(), tiles.day.date);
    // A plus sign in a query is a space: Etc/GMT+12.
    let listed = zone.replace('+', "%2B");
    Tiles {
        as_of: tiles.as_of,
        time_zone: zone.to_owned(),
        day: date,
        day_start: tiles.day.start,
        day_end: tiles.day.end,
        active: ActiveTile {
            count: active.total(),
            feeds: active.open.feeds + active.draft.feeds,
            messages: active.open.messages + active.draft.messages,
            open: active.open.total(),
            draft: active.draft.total(),
            open_feeds: active.open.feeds,
            open_messages: active.open.messages,
            draft_feeds: active.draft.feeds,
            draft_messages: active.draft.messages,
            not_counted: NotCounted {
                reposts: active.reposts,
                deleted: active.deleted,
            },
            list: "tab=active".to_owned(),
        },
        done_today: DoneTile {
            count: done.split.total(),
            feeds: done.split.feeds,
            messages: done.split.messages,
            by_rule: done.by_rule,
            list: format!("closed_on={date}&tz={listed}"),
        },
        x_today: XTile {
            count: x.total(),
            posts: x.posts,
            replies: x.replies,
            quotes: x.quotes,
            reposts: x.reposts,
            messages: x.messages,
            note: x.no_account.then(|| "no X account configured".to_owned()),
            list: format!("posted_on={date}&tz={listed}"),
        },
    }
}
