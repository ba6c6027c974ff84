//! Lookups of posts, and who may see which.

use serde_json::json;

use super::{
    call::{Answer, Call, Reply},
    errors::{self, Missing},
    projection::{PARAMETERS, Projection, put_parts},
};
use crate::{
    XId,
    world::{Post, World},
};

const MOST: usize = 100;

/// The post for this reader, in its newest version.
pub(super) fn visible(world: &World, id: XId, me: Option<XId>) -> Result<&Post, Missing> {
    let post = world.find_post(id).ok_or(Missing::NotFound)?;
    let author = world.person_by_id(post.author).ok_or(Missing::NotFound)?;
    if me == Some(author.id) {
        return Ok(post);
    }
    if author.suspended {
        return Err(Missing::NotFound);
    }
    if author.protected {
        return Err(Missing::NotAuthorized);
    }
    Ok(post)
}

pub(super) fn by_id(call: &Call) -> Answer {
    call.query.allow(PARAMETERS)?;
    let id = call.id("id")?;
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call
        .sim
        .read(|world| match visible(world, id, call.caller.user) {
            Ok(post) => {
                let mut body = json!({"data": projection.post(post)});
                let (includes, errors) = projection.includes(&[post], world);
                put_parts(&mut body, includes, &errors);
                body
            }
            Err(why) => {
                json!({"errors": [why.render("tweet", "id", &id.to_string(), &call.dialect)]})
            }
        });
    Reply::ok(&body)
}

pub(super) fn by_ids(call: &Call) -> Answer {
    call.query.allow(&[PARAMETERS, &["ids"]].concat())?;
    let texts = call.query.list("ids", MOST)?;
    let ids = texts.iter().map(|text| errors::id("ids", text));
    let ids: Vec<XId> = ids.collect::<Result<_, _>>()?;
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call.sim.read(|world| {
        let (mut posts, mut absent) = (Vec::new(), Vec::new());
        for id in &ids {
            match visible(world, *id, call.caller.user) {
                Ok(post) => posts.push(post),
                Err(why) => {
                    absent.push(why.render("tweet", "ids", &id.to_string(), &call.dialect));
                }
            }
        }
        let mut body = json!({});
        if let (false, Some(map)) = (posts.is_empty(), body.as_object_mut()) {
            let shown: Vec<_> = posts.iter().map(|post| projection.post(post)).collect();
            map.insert("data".to_owned(), shown.into());
        }
        let (includes, mut errors) = projection.includes(&posts, world);
        absent.append(&mut errors);
        put_parts(&mut body, includes, &absent);
        body
    });
    Reply::ok(&body)
}
