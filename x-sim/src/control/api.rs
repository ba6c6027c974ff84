//! Knobs of X's API: apps, tokens, faults, budgets, streams; and what was asked and sent.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    LIST_MAX,
    problem::{Body, Params, Problem},
};
use crate::{
    api::{
        CallRecord, Code, Grant, Sent, farewell,
        faults::ApiFault,
        knobs::{AppConfig, Knobs, OAuth1Config, OAuth2Config, Tier},
        made_up, table_names,
    },
    id::XId,
    sim::{Sim, lock},
    world::WorldError,
};

type Made = Result<(StatusCode, Json<Value>), Problem>;

fn unprocessable(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn unknown(what: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, what)
}

pub(crate) async fn add_app(State(sim): State<Sim>, Body(new): Body<AppConfig>) -> Made {
    let id = sim.add_app(&new)?;
    let shown = apps(&sim)
        .into_iter()
        .find(|app| app["id"] == id.to_string());
    Ok((StatusCode::CREATED, Json(shown.unwrap_or_default())))
}

pub(crate) async fn list_apps(State(sim): State<Sim>) -> Json<Vec<Value>> {
    Json(apps(&sim))
}

/// With their secrets: whoever steers the simulator plays X.
fn apps(sim: &Sim) -> Vec<Value> {
    let held = lock(&sim.platform().apps);
    let shown = held.all.values().map(|app| {
        let oauth1 = held.oauth1.iter().filter(|(_, token)| token.app == app.id);
        let oauth1: Vec<Value> = oauth1
            .map(|(token, kept)| {
                json!({"user": kept.user, "token": token, "secret": kept.secret.0,
                    "permission": kept.permission})
            })
            .collect();
        let grants = |kept: &std::collections::HashMap<String, Grant>| -> Vec<Value> {
            let own = kept.iter().filter(|(_, grant)| grant.app == app.id);
            own.map(|(token, grant)| {
                json!({"user": grant.user, "token": token, "scopes": grant.scopes,
                    "expires": grant.expires})
            })
            .collect()
        };
        json!({
            "id": app.id, "key": app.key, "secret": app.secret.0, "bearer": app.bearer.0,
            "client_id": app.client_id, "client_secret": app.client_secret.0, "tier": app.tier,
            "oauth1": oauth1, "access": grants(&held.access), "refresh": grants(&held.refresh),
        })
    });
    shown.collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppChange {
    tier: Tier,
}

pub(crate) async fn change_app(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    Body(AppChange { tier }): Body<AppChange>,
) -> Result<Json<Value>, Problem> {
    let mut held = lock(&sim.platform().apps);
    let id = id.parse().ok();
    let app = id.and_then(|id: XId| held.all.get_mut(&id));
    app.ok_or_else(|| unknown("no such app"))?.tier = tier;
    Ok(Json(json!({"tier": tier})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    app: XId,
    user: String,
    oauth1: Option<OAuth1Config>,
    oauth2: Option<OAuth2Config>,
    /// In the place of tokens: a code for the authorization-code grant.
    code: Option<NewCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCode {
    redirect_uri: String,
    /// Base64url of the SHA-256 of the verifier.
    code_challenge: String,
    scopes: Vec<String>,
}

/// How long a code may be changed for tokens.
const CODE_LIVES: TimeDelta = TimeDelta::seconds(30);

pub(crate) async fn add_token(State(sim): State<Sim>, Body(new): Body<NewToken>) -> Made {
    let user = sim.read(|world| world.person(&new.user).map(|person| person.id));
    let user = user.ok_or(WorldError::UnknownPerson)?;
    let now = sim.clock().now();
    let mut held = lock(&sim.platform().apps);
    if !held.all.contains_key(&new.app) {
        return Err(unknown("no such app"));
    }
    let mut shown = json!({"app": new.app, "user": user});
    if let Some(wanted) = &new.oauth1 {
        let (token, secret) = held.allow_oauth1(new.app, user, wanted);
        shown["oauth1"] = json!({"token": token, "secret": secret.0});
    }
    if let Some(wanted) = &new.oauth2 {
        let issued = held.allow_oauth2(new.app, user, wanted, now);
        shown["oauth2"] = json!({"access": issued.access, "refresh": issued.refresh});
    }
    if let Some(wanted) = new.code {
        let code = made_up(60);
        let lives = TimeDelta::hours(2);
        let grant = Grant {
            app: new.app,
            user,
            scopes: wanted.scopes,
            lives,
            expires: now + lives,
        };
        let kept = Code {
            grant,
            redirect: wanted.redirect_uri,
            challenge: wanted.code_challenge,
            expires: now + CODE_LIVES,
        };
        held.codes.insert(code.clone(), kept);
        shown["code"] = code.into();
    }
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Revokes a token of any kind by its text.
pub(crate) async fn revoke_token(
    State(sim): State<Sim>,
    Path(token): Path<String>,
) -> Result<Json<Value>, Problem> {
    match lock(&sim.platform().apps).revoke(&token) {
        0 => Err(unknown("no such token")),
        count => Ok(Json(json!({"revoked": count}))),
    }
}

pub(crate) async fn faults(State(sim): State<Sim>) -> Json<Vec<ApiFault>> {
    Json(lock(&sim.platform().faults).clone())
}

fn check(fault: &ApiFault) -> Result<(), Problem> {
    if fault.endpoint != "*" && !table_names().any(|name| name == fault.endpoint) {
        return Err(unprocessable("there is no such endpoint"));
    }
    fault
        .problem()
        .map_or(Ok(()), |problem| Err(unprocessable(problem)))
}

/// Replaces all.
pub(crate) async fn set_faults(
    State(sim): State<Sim>,
    Body(faults): Body<Vec<ApiFault>>,
) -> Result<Json<Vec<ApiFault>>, Problem> {
    faults.iter().try_for_each(check)?;
    sim.set_api_faults(faults.clone());
    Ok(Json(faults))
}

/// Puts one behind the others.
pub(crate) async fn add_fault(State(sim): State<Sim>, Body(fault): Body<ApiFault>) -> Made {
    check(&fault)?;
    let shown = json!(fault);
    lock(&sim.platform().faults).push(fault);
    Ok((StatusCode::CREATED, Json(shown)))
}

pub(crate) async fn endpoints() -> Json<Vec<&'static str>> {
    Json(table_names().collect())
}

pub(crate) async fn knobs(State(sim): State<Sim>) -> Json<Knobs> {
    Json(sim.knobs())
}

pub(crate) async fn set_knobs(
    State(sim): State<Sim>,
    Body(knobs): Body<Knobs>,
) -> Result<Json<Knobs>, Problem> {
    sim.set_knobs(knobs)?;
    Ok(Json(sim.knobs()))
}

/// Every window begins anew.
pub(crate) async fn forget_limits(State(sim): State<Sim>) -> Json<Value> {
    lock(&sim.platform().limits).forget();
    Json(json!({"forgotten": true}))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CallFilter {
    endpoint: Option<String>,
    from: u64,
    limit: usize,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self {
            endpoint: None,
            from: 0,
            limit: LIST_MAX,
        }
    }
}

/// Requests in order; `next` continues the list.
pub(crate) async fn calls(
    State(sim): State<Sim>,
    Params(filter): Params<CallFilter>,
) -> Json<Value> {
    let held = lock(&sim.platform().calls);
    let wanted = |call: &&CallRecord| {
        call.seq >= filter.from
            && filter
                .endpoint
                .as_ref()
                .is_none_or(|name| name == call.endpoint)
    };
    let limit = filter.limit.min(LIST_MAX);
    let calls: Vec<&CallRecord> = held.calls().filter(wanted).take(limit).collect();
    let next = calls.last().map(|call| call.seq + 1);
    Json(json!({"calls": calls, "next": next}))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SentFilter {
    text: Option<String>,
    /// Only what was sent more than once.
    twice: bool,
    from: usize,
}

/// What was posted and messaged, how often, when; and how much of it more than once.
pub(crate) async fn sends(
    State(sim): State<Sim>,
    Params(filter): Params<SentFilter>,
) -> Json<Value> {
    let held = lock(&sim.platform().calls);
    let wanted = |sent: &&Sent| {
        filter.text.as_ref().is_none_or(|text| *text == sent.text)
            && (!filter.twice || sent.ids.len() > 1)
    };
    let all = held.sent();
    let twice = all.iter().filter(|sent| sent.ids.len() > 1).count();
    let total: usize = all.iter().map(|sent| sent.ids.len()).sum();
    let shown: Vec<&Sent> = all
        .iter()
        .filter(wanted)
        .skip(filter.from)
        .take(LIST_MAX)
        .collect();
    Json(json!({"distinct": all.len(), "total": total, "twice": twice, "sends": shown}))
}

pub(crate) async fn forget_calls(State(sim): State<Sim>) -> Json<Value> {
    lock(&sim.platform().calls).forget();
    Json(json!({"forgotten": true}))
}

pub(crate) async fn subscriptions(State(sim): State<Sim>) -> Json<Value> {
    let held = lock(&sim.platform().subscriptions);
    let activity: Vec<Value> = held
        .activity
        .iter()
        .map(|(id, kept)| json!({"id": id, "subscription": kept}))
        .collect();
    Json(json!({"activity": activity, "accounts": held.accounts}))
}

pub(crate) async fn streams(State(sim): State<Sim>) -> Json<Value> {
    Json(json!(sim.platform().hub.connections()))
}

#[derive(Deserialize)]
pub(crate) struct StreamCommand {
    /// `activity` or `filtered`; both unless said.
    kind: Option<String>,
    #[serde(flatten)]
    action: Action,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Action {
    /// An in-stream error, then the end.
    Disconnect {
        disconnect_type: String,
    },
    /// The end without a word.
    Close,
    Stall,
    Resume,
}

/// Does something to every open stream that is meant.
pub(crate) async fn command_streams(
    State(sim): State<Sim>,
    Body(command): Body<StreamCommand>,
) -> Json<Value> {
    let hub = &sim.platform().hub;
    let now = sim.clock().now();
    let meant = |shown: &crate::api::StreamShown| {
        let named = json!(shown.kind);
        command
            .kind
            .as_ref()
            .is_none_or(|kind| named == kind.as_str())
    };
    let count = match &command.action {
        Action::Disconnect { disconnect_type } => {
            let said = farewell(disconnect_type, &sim.dialect());
            hub.disconnect(meant, Some(&said), disconnect_type, now)
        }
        Action::Close => hub.disconnect(meant, None, "Closed", now),
        Action::Stall => hub.stall(meant, true),
        Action::Resume => hub.stall(meant, false),
    };
    Json(json!({"streams": count}))
}
