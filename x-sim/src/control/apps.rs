//! Apps and the tokens that accounts have given them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Body, Problem};
use crate::{
    api::{
        Code, Grant,
        knobs::{AppConfig, OAuth1Config, OAuth2Config, Tier},
        made_up,
    },
    id::XId,
    sim::{Sim, lock},
    world::WorldError,
};

type Made = Result<(StatusCode, Json<Value>), Problem>;

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
