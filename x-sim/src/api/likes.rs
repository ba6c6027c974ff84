//! Likes by the API, and who liked.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError},
    knobs::Tier,
    posts::visible,
    projection::{PARAMETERS, Projection},
};
use crate::world::{Command, Like, WorldError};

/// For all time.
const LIKERS: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Liked {
    tweet_id: String,
}

pub(super) fn like(call: &Call) -> Answer {
    enrolled(call)?;
    let me = call.myself("id")?;
    let Liked { tweet_id } = call.json()?;
    let post = errors::id("tweet_id", &tweet_id)?;
    if call
        .sim
        .read(|world| visible(world, post, Some(me)).is_err())
    {
        return Err(ApiError::not_found("tweet", "tweet_id", &tweet_id));
    }
    let person = me.to_string();
    match call.sim.apply(Command::Like(Like { person, post })) {
        Ok(_) | Err(WorldError::AlreadyLiked) => Reply::ok(&json!({"data": {"liked": true}})),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn unlike(call: &Call) -> Answer {
    enrolled(call)?;
    let me = call.myself("id")?;
    let post = call.id("tweet_id")?;
    let person = me.to_string();
    match call.sim.apply(Command::Unlike(Like { person, post })) {
        Ok(_) | Err(WorldError::NotLiked) => Reply::ok(&json!({"data": {"liked": false}})),
        Err(error) => Err(error.into()),
    }
}

/// Since April 2026 likes are not for self-serve apps.
fn enrolled(call: &Call) -> Result<(), ApiError> {
    match call.caller.tier {
        Tier::Enterprise => Ok(()),
        Tier::SelfServe => Err(ApiError::not_enrolled("likes")),
    }
}

pub(super) fn likers(call: &Call) -> Answer {
    call.query
        .allow(&[PARAMETERS, &["max_results", "pagination_token"]].concat())?;
    let id = call.id("id")?;
    let size = call.query.number("max_results", 1..=100, LIKERS)?;
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call.sim.read(|world| {
        if let Err(why) = visible(world, id, call.caller.user) {
            let missing = why.render("tweet", "id", &id.to_string(), &call.dialect);
            return json!({"errors": [missing]});
        }
        let people = world.likers(id);
        let people = people
            .iter()
            .take(size)
            .filter_map(|id| world.person_by_id(*id));
        let users: Vec<Value> = people
            .map(|person| projection.user(person, world))
            .collect();
        let count = users.len();
        if users.is_empty() {
            return json!({"meta": {"result_count": 0}});
        }
        json!({"data": users, "meta": {"result_count": count}})
    });
    Reply::ok(&body)
}
