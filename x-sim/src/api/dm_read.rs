//! The four forms of `dm_events`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    dm_events,
    errors::{ApiError, Missing},
    page,
    projection::{Includes, PARAMETERS, Projection, put_parts},
};
use crate::{
    XId,
    world::{Happening, Message, World},
};

const DEPTH: TimeDelta = TimeDelta::days(30);
const TYPES: &[&str] = &["MessageCreate", "ParticipantsJoin", "ParticipantsLeave"];

pub(super) fn all(call: &Call) -> Answer {
    list(call, |_| true)
}

pub(super) fn with(call: &Call) -> Answer {
    let (me, other) = (call.caller.me()?, call.id("participant_id")?);
    list(call, |message| {
        message.group.is_none() && message.reaches(me) && message.reaches(other)
    })
}

pub(super) fn conversation(call: &Call) -> Answer {
    let id = call.part("id");
    check(id)?;
    let me = call.caller.me()?;
    let known = call.sim.read(|world| takes_part(world, me, id));
    if !known {
        return Err(ApiError::not_found("dm_conversation", "id", id));
    }
    list(call, |message| message.conversation() == id)
}

/// `^([0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19})$`.
pub(super) fn check(id: &str) -> Result<(), ApiError> {
    let digits = |part: &str, least: usize| {
        (least..=19).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit())
    };
    let shaped = match id.split_once('-') {
        Some((low, high)) => digits(low, 1) && digits(high, 1),
        None => digits(id, 15),
    };
    if shaped {
        return Ok(());
    }
    let message = format!("The `id` query parameter value [{id}] is no id of a conversation");
    Err(ApiError::invalid("id", id, message))
}

pub(super) fn takes_part(world: &World, me: XId, id: &str) -> bool {
    if let Some((low, high)) = id.split_once('-') {
        let ends = [low, high].map(|end| end.parse::<XId>().ok());
        return ends.contains(&Some(me));
    }
    let group = id.parse().ok().and_then(|id| world.group(id));
    group.is_some_and(|group| group.contains(&me))
}

fn list(call: &Call, wanted: impl Fn(&Message) -> bool) -> Answer {
    let me = call.caller.me()?;
    call.query.allow(
        &[
            PARAMETERS,
            &["max_results", "pagination_token", "event_types"],
        ]
        .concat(),
    )?;
    let size = call.query.number("max_results", 1..=100, 100)?;
    let below = page::token(&call.query, &["pagination_token"])?;
    let types: Vec<&str> = match call.query.get("event_types") {
        Some(_) => call.query.list("event_types", TYPES.len())?,
        None => TYPES.to_vec(),
    };
    if let Some(unknown) = types.iter().find(|kind| !TYPES.contains(kind)) {
        let message = format!(
            "The `event_types` query parameter value [{unknown}] is not one of [{}]",
            TYPES.join(",")
        );
        return Err(ApiError::invalid("event_types", *unknown, message));
    }
    let projection = Projection::parse(&call.query, &call.dialect, Some(me))?;
    let oldest = call.now - DEPTH;
    let body = call.sim.read(|world| {
        let mut found: Vec<&Message> = world
            .messages()
            .map(AsRef::as_ref)
            .filter(|message: &&Message| {
                message.created_at >= oldest
                    && world.sees(me, message)
                    && wanted(message)
                    && types.contains(&dm_events::kind(message))
            })
            .collect();
        found.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        found.retain(|message| below.is_none_or(|id| message.id < id));
        let (page, meta) = page::cut(found, |message| message.id, size, false);
        let mut body = json!({"meta": meta});
        if let (false, Some(map)) = (page.is_empty(), body.as_object_mut()) {
            let shown: Vec<Value> = page
                .iter()
                .map(|message| projection.event(message))
                .collect();
            map.insert("data".to_owned(), shown.into());
        }
        put_parts(&mut body, includes(world, &page, &projection), &[]);
        body
    });
    Reply::ok(&body)
}

fn includes(world: &World, page: &[&Message], projection: &Projection) -> Value {
    let mut includes = Includes::default();
    for message in page {
        if projection.wants("sender_id") {
            includes.people.push(message.sender);
        }
        if projection.wants("attachments.media_keys") {
            includes.media.extend(message.photo.as_ref());
        }
        if let (true, Happening::Joined(people) | Happening::Left(people)) =
            (projection.wants("participant_ids"), &message.happening)
        {
            includes.people.extend(people);
        }
    }
    projection.render(&includes, world)
}

pub(super) fn one(call: &Call) -> Answer {
    let me = call.caller.me()?;
    call.query.allow(PARAMETERS)?;
    let id = call.id("id")?;
    let projection = Projection::parse(&call.query, &call.dialect, Some(me))?;
    let body = call.sim.read(|world| {
        let found = world.message(id).filter(|message| world.sees(me, message));
        let Some(message) = found else {
            let id = id.to_string();
            let missing = Missing::NotFound.render("dm_event", "id", &id, &call.dialect);
            return json!({"errors": [missing]});
        };
        let mut body = json!({"data": projection.event(message)});
        put_parts(&mut body, includes(world, &[message], &projection), &[]);
        body
    });
    Reply::ok(&body)
}
