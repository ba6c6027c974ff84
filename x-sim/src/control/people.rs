//! `/people`, `/profiles`, `/relations`, `/revocations`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    LIST_MAX,
    problem::{Body, Problem},
};
use crate::{
    id::XId,
    sim::Sim,
    world::{Command, NewPerson, Person, ProfileChange, RelationChange, WorldError},
};

type Shown = Result<(StatusCode, Json<Arc<Person>>), Problem>;

pub(crate) async fn add(State(sim): State<Sim>, Body(new): Body<NewPerson>) -> Shown {
    let handle = new.handle.clone();
    sim.apply(Command::AddPerson(new))?;
    find(&sim, &handle).map(|person| (StatusCode::CREATED, person))
}

pub(crate) async fn list(State(sim): State<Sim>) -> Json<Vec<Arc<Person>>> {
    Json(sim.read(|world| world.people().take(LIST_MAX).cloned().collect()))
}

pub(crate) async fn show(
    State(sim): State<Sim>,
    Path(who): Path<String>,
) -> Result<Json<Arc<Person>>, Problem> {
    find(&sim, &who)
}

pub(crate) async fn change(State(sim): State<Sim>, Body(change): Body<ProfileChange>) -> Shown {
    let id = find(&sim, &change.person)?.id;
    sim.apply(Command::ChangeProfile(change))?;
    find(&sim, &id.to_string()).map(|person| (StatusCode::OK, person))
}

pub(crate) async fn relate(
    State(sim): State<Sim>,
    Body(change): Body<RelationChange>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let on = change.on;
    sim.apply(Command::Relate(change))?;
    Ok((StatusCode::CREATED, Json(json!({"on": on}))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    account: String,
    app: Option<XId>,
}

/// Tells of it, and takes the tokens that the account had given.
pub(crate) async fn revoke(
    State(sim): State<Sim>,
    Body(Revocation { account, app }): Body<Revocation>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let user = find(&sim, &account)?.id;
    sim.apply(Command::Revoke { account, app })?;
    crate::sim::lock(&sim.platform().apps).revoke_user(user, app);
    Ok((StatusCode::CREATED, Json(json!({"revoked": true}))))
}

fn find(sim: &Sim, who: &str) -> Result<Json<Arc<Person>>, Problem> {
    let person = sim.read(|world| world.person(who).cloned());
    Ok(Json(person.ok_or(WorldError::UnknownPerson)?))
}
