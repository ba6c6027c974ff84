//! Lookups of users.

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError, Missing},
    projection::{PARAMETERS, Projection, put_parts},
};
use crate::world::{Person, World};

const MOST: usize = 100;
const HANDLE_MAX: usize = 15;

pub(super) fn me(call: &Call) -> Answer {
    let me = call.caller.me()?;
    call.query.allow(PARAMETERS)?;
    one(call, "id", &me.to_string())
}

pub(super) fn by_id(call: &Call) -> Answer {
    call.query.allow(PARAMETERS)?;
    let id = call.id("id")?;
    one(call, "id", &id.to_string())
}

pub(super) fn by_name(call: &Call) -> Answer {
    call.query.allow(PARAMETERS)?;
    let name = call.part("username");
    handle("username", name)?;
    one(call, "username", name)
}

pub(super) fn by_ids(call: &Call) -> Answer {
    call.query.allow(&[PARAMETERS, &["ids"]].concat())?;
    let ids = call.query.list("ids", MOST)?;
    for id in &ids {
        errors::id("ids", id)?;
    }
    many(call, "ids", &ids)
}

pub(super) fn by_names(call: &Call) -> Answer {
    call.query.allow(&[PARAMETERS, &["usernames"]].concat())?;
    let names = call.query.list("usernames", MOST)?;
    for name in &names {
        handle("usernames", name)?;
    }
    many(call, "usernames", &names)
}

fn handle(parameter: &str, name: &str) -> Result<(), ApiError> {
    let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    if (1..=HANDLE_MAX).contains(&name.len()) && name.bytes().all(word) {
        return Ok(());
    }
    let message = format!(
        "The `{parameter}` query parameter value [{name}] does not match ^[A-Za-z0-9_]{{1,15}}$"
    );
    Err(ApiError::invalid(parameter, name, message))
}

fn find<'w>(world: &'w World, parameter: &str, value: &str) -> Result<&'w Person, Missing> {
    let found = if parameter.starts_with("id") {
        value.parse().ok().and_then(|id| world.person_by_id(id))
    } else {
        world.person(&format!("@{value}"))
    };
    match found {
        None => Err(Missing::NotFound),
        Some(person) if person.suspended => Err(Missing::Suspended),
        Some(person) => Ok(person),
    }
}

fn one(call: &Call, parameter: &str, value: &str) -> Answer {
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call.sim.read(|world| match find(world, parameter, value) {
        Ok(person) => json!({"data": projection.user(person, world)}),
        Err(why) => json!({"errors": [why.render("user", parameter, value, &call.dialect)]}),
    });
    Reply::ok(&body)
}

fn many(call: &Call, parameter: &str, values: &[&str]) -> Answer {
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call.sim.read(|world| {
        let (mut data, mut errors) = (Vec::new(), Vec::<Value>::new());
        for value in values {
            match find(world, parameter, value) {
                Ok(person) => data.push(projection.user(person, world)),
                Err(why) => errors.push(why.render("user", parameter, value, &call.dialect)),
            }
        }
        let mut body = json!({});
        if let (false, Some(map)) = (data.is_empty(), body.as_object_mut()) {
            map.insert("data".to_owned(), data.into());
        }
        put_parts(&mut body, json!({}), &errors);
        body
    });
    Reply::ok(&body)
}
