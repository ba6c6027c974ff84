//! The ways by which items come: start, stop, fill a gap, and what each brought.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::channels::{self, Action, Order, WAYS};
use crate::http::auth::{Caller, Ops};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::channels::{GapOfAccount, WayOfDay, coverage as by_day, gaps};

const REASON_CHARS_MAX: usize = 500;
/// Days of a coverage.
const DAYS_MAX: i64 = 31;

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Why {
    /// Why, for the record.
    #[schema(max_length = 500)]
    pub reason: String,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fill {
    /// Fetch everything since then; 24 hours where nothing is said.
    pub from: Option<DateTime<Utc>>,
    /// Why, for the record.
    #[schema(max_length = 500)]
    pub reason: String,
}

/// What was commanded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Commanded {
    /// X user id of the account.
    pub account: String,
    /// poll, webhook or stream.
    pub way: String,
    /// start, stop or fill-gap.
    pub action: String,
    /// False if the same was in force already.
    pub changed: bool,
}

/// Starts or stops a way of an account
#[utoipa::path(post, path = "/api/v1/channels/{account}/{way}/{action}", tag = "channels", request_body = Why,
    params(("account" = String, Path, description = "X user id or handle"),
           ("way" = String, Path, description = "poll, webhook or stream"),
           ("action" = String, Path, description = "start or stop")),
    responses((status = 200, body = Commanded)))]
pub async fn command(
    State(app): State<App>,
    Ops(caller): Ops,
    Path((named, way, action)): Path<(String, String, String)>,
    sent: Sent<Why>,
) -> Result<Response, Problem> {
    let action = match action.as_str() {
        "start" => Action::Start,
        "stop" => Action::Stop,
        _ => return Err(Problem::not_found("action")),
    };
    if !WAYS.contains(&way.as_str()) {
        return Err(Problem::not_found("way"));
    }
    let work = Work {
        account: account(&app, &caller, &named)?,
        way,
        action,
        reason: reason(&sent.body.reason)?,
    };
    execute(&app, &caller, &sent, &work).await
}

/// Has everything fetched that was said since a moment
#[utoipa::path(post, path = "/api/v1/channels/{account}/fill-gap", tag = "channels", request_body = Fill,
    params(("account" = String, Path, description = "X user id or handle")),
    responses((status = 200, body = Commanded)))]
pub async fn fill_gap(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(named): Path<String>,
    sent: Sent<Fill>,
) -> Result<Response, Problem> {
    let from = sent.body.from.unwrap_or(app.now() - TimeDelta::hours(24));
    if from >= app.now() {
        return Err(Problem::value("/from", "expected a time in the past"));
    }
    let work = Work {
        account: account(&app, &caller, &named)?,
        way: "poll".to_owned(),
        action: Action::FillGap(from),
        reason: reason(&sent.body.reason)?,
    };
    execute(&app, &caller, &sent, &work).await
}

fn account(app: &App, caller: &Caller, named: &str) -> Result<String, Problem> {
    let unknown = || {
        let detail = format!("No account {named:?} is configured for {}.", caller.org);
        Problem::new(&kinds::UNKNOWN_ACCOUNT, detail)
    };
    let org = app.org(&caller.org);
    let config = org.config().ok_or_else(unknown)?;
    channels::account(config, named).ok_or_else(unknown)
}

fn reason(text: &str) -> Result<String, Problem> {
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(Problem::value("/reason", "expected up to 500 characters"));
    }
    Ok(text.to_owned())
}

struct Work {
    account: String,
    way: String,
    action: Action,
    reason: String,
}

impl Command for Work {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let now = scope.now;
        Answer::ok(&give(scope.connection, scope.caller, self, now).await?)
    }
}

async fn give(
    connection: &mut PgConnection,
    caller: &Caller,
    work: &Work,
    now: DateTime<Utc>,
) -> Result<Commanded, Problem> {
    let order = Order {
        org: &caller.org,
        account: &work.account,
        way: &work.way,
        actor: &caller.actor,
        reason: &work.reason,
    };
    let changed = channels::give(connection, order, &work.action, now).await?;
    Ok(Commanded {
        account: work.account.clone(),
        way: work.way.clone(),
        action: work.action.as_str().to_owned(),
        changed,
    })
}

/// The process guide's start call: `…/XTwitter/startX/TwitterStreaming?X/TwitterHandle=…&user=…&organization=…`.
/// It needs no Idempotency-Key, since a second one changes nothing.
pub async fn start_call(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(path): Path<String>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Result<Json<Commanded>, Problem> {
    if !channels::is_start_call(&path) {
        return Err(Problem::not_found("call"));
    }
    let given = |name: &str| {
        let mut all = parameters.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    // Another organisation's is as unknown as one that is not there.
    if let Some(org) = given("organization").or(given("organisation"))
        && !org.eq_ignore_ascii_case(&caller.org)
    {
        let detail = format!("No organisation {org:?} is known to this key.");
        return Err(Problem::new(&kinds::UNKNOWN_ORGANISATION, detail));
    }
    let handle = parameters
        .iter()
        .find(|(key, _)| channels::is_handle_parameter(key))
        .map(|(_, value)| value.as_str())
        .ok_or_else(|| Problem::parameter("X/TwitterHandle", "expected the account's handle"))?;
    let work = Work {
        account: account(&app, &caller, handle)?,
        way: "stream".to_owned(),
        action: Action::Start,
        reason: given("user").map_or_else(String::new, |user| format!("start call, user {user}")),
    };
    reason(&work.reason)?;
    let mut transaction = app.begin(&caller).await?;
    let done = give(&mut transaction, &caller, &work, app.now()).await?;
    transaction.commit().await?;
    Ok(Json(done))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CoverageQuery {
    /// 7 days ago where nothing is said.
    from: Option<DateTime<Utc>>,
    /// Now where nothing is said.
    to: Option<DateTime<Utc>>,
}

/// Which way saw items first and what each missed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Coverage {
    /// X user id of the account.
    pub account: String,
    /// By UTC day and way; ways that brought nothing are left out.
    pub days: Vec<WayOfDay>,
    /// Time in which items may have been missed, newest first.
    pub gaps: Vec<GapOfAccount>,
}

/// What each way of an account brought and missed
#[utoipa::path(get, path = "/api/v1/channels/{account}/coverage", tag = "channels",
    params(("account" = String, Path, description = "X user id or handle"), CoverageQuery),
    responses((status = 200, body = Coverage)))]
pub async fn coverage(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(named): Path<String>,
    Query(query): Query<CoverageQuery>,
) -> Result<Json<Coverage>, Problem> {
    let account = account(&app, &caller, &named)?;
    let to = query.to.unwrap_or_else(|| app.now());
    let from = query.from.unwrap_or(to - TimeDelta::days(7));
    if from >= to || to - from > TimeDelta::days(DAYS_MAX) {
        return Err(Problem::parameter(
            "from",
            "expected up to 31 days before `to`",
        ));
    }
    let key = (caller.org.as_str(), account.as_str());
    let mut transaction = app.begin(&caller).await?;
    let days = by_day(&mut transaction, key, (from, to)).await?;
    let gaps = gaps(&mut transaction, key, (from, to)).await?;
    transaction.commit().await?;
    Ok(Json(Coverage {
        account,
        days,
        gaps,
    }))
}
