//! `/posts` and what is done to them: `/likes`, `/edits`, `/deletes`.

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
    problem::{Body, Params, Problem},
};
use crate::{
    id::XId,
    sim::Sim,
    world::{Command, Edit, Event, Fact, Like, NewPost, Post, WorldError},
};

type Made = Result<(StatusCode, Json<Arc<Post>>), Problem>;

pub(crate) async fn add(State(sim): State<Sim>, Body(new): Body<NewPost>) -> Made {
    made(&sim.apply(Command::Post(new))?)
}

pub(crate) async fn edit(State(sim): State<Sim>, Body(edit): Body<Edit>) -> Made {
    made(&sim.apply(Command::Edit(edit))?)
}

fn made(events: &[Event]) -> Made {
    match events.first().map(|event| &event.fact) {
        Some(Fact::PostCreated { post }) => Ok((StatusCode::CREATED, Json(post.clone()))),
        _ => Err(WorldError::UnknownPost.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    author: Option<String>,
    conversation: Option<XId>,
}

/// Newest first.
pub(crate) async fn list(
    State(sim): State<Sim>,
    Params(filter): Params<Filter>,
) -> Result<Json<Vec<Arc<Post>>>, Problem> {
    sim.read(|world| {
        let author = match &filter.author {
            Some(who) => Some(world.person(who).ok_or(WorldError::UnknownPerson)?.id),
            None => None,
        };
        let wanted = |post: &&Arc<Post>| {
            author.is_none_or(|author| post.author == author)
                && filter.conversation.is_none_or(|id| post.conversation == id)
        };
        Ok(Json(
            world
                .posts()
                .rev()
                .filter(wanted)
                .take(LIST_MAX)
                .cloned()
                .collect(),
        ))
    })
}

pub(crate) async fn show(
    State(sim): State<Sim>,
    Path(id): Path<String>,
) -> Result<Json<Arc<Post>>, Problem> {
    let id: XId = id.parse().map_err(|_| WorldError::UnknownPost)?;
    let post = sim.read(|world| world.find_post(id).cloned());
    Ok(Json(post.ok_or(WorldError::UnknownPost)?))
}

pub(crate) async fn like(
    State(sim): State<Sim>,
    Body(like): Body<Like>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    sim.apply(Command::Like(like))?;
    Ok((StatusCode::CREATED, Json(json!({"liked": true}))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deletion {
    post: XId,
}

pub(crate) async fn delete(
    State(sim): State<Sim>,
    Body(Deletion { post }): Body<Deletion>,
) -> Result<Json<Value>, Problem> {
    let events = sim.apply(Command::DeletePost { post })?;
    let ids: Vec<XId> = events.iter().map(|event| event.fact.subject()).collect();
    Ok(Json(json!({"deleted": ids})))
}
