//! The timelines of a user: `/2/users/:id/mentions` and `/2/users/:id/tweets`.

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Query, Reply},
    errors::ApiError,
    page,
    posts::visible,
    projection::{PARAMETERS, Projection, put_parts},
};
use crate::{
    XId,
    world::{Post, World},
};

/// How far back the timeline reaches.
const DEPTH: usize = 800;
/// How far back a user's own posts reach.
const OWN_DEPTH: usize = 3_200;
const OWN: &[&str] = &[
    "since_id",
    "until_id",
    "start_time",
    "end_time",
    "max_results",
    "pagination_token",
];

/// The bounds of a list, and where the page begins.
pub(super) struct Span {
    since_id: Option<XId>,
    until_id: Option<XId>,
    start: Option<chrono::DateTime<chrono::Utc>>,
    end: Option<chrono::DateTime<chrono::Utc>>,
    below: Option<XId>,
}

impl Span {
    pub(super) fn parse(query: &Query, tokens: &[&str]) -> Result<Self, ApiError> {
        let span = Self {
            since_id: query.id("since_id")?,
            until_id: query.id("until_id")?,
            start: query.time("start_time")?,
            end: query.time("end_time")?,
            below: page::token(query, tokens)?,
        };
        if span
            .start
            .zip(span.end)
            .is_some_and(|(start, end)| start >= end)
        {
            let message = "'start_time' must be before 'end_time'".to_owned();
            return Err(ApiError::invalid("start_time", "", message));
        }
        Ok(span)
    }

    pub(super) fn start(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.start
    }

    pub(super) fn holds(&self, post: &Post) -> bool {
        self.since_id.is_none_or(|id| post.id > id)
            && self.until_id.is_none_or(|id| post.id < id)
            && self.start.is_none_or(|start| post.created_at >= start)
            && self.end.is_none_or(|end| post.created_at < end)
    }

    pub(super) fn continues(&self, post: &Post) -> bool {
        self.below.is_none_or(|id| post.id < id)
    }
}

pub(super) fn mentions(call: &Call) -> Answer {
    timeline(call, DEPTH, |person, post| {
        let mut mentions = post.entities.mentions.iter();
        mentions.any(|found| found.id == person) && post.reposted.is_none()
    })
}

/// What the user wrote, replies and reposts included.
pub(super) fn own(call: &Call) -> Answer {
    timeline(call, OWN_DEPTH, |person, post| post.author == person)
}

fn timeline(call: &Call, depth: usize, of: impl Fn(XId, &Post) -> bool) -> Answer {
    call.query.allow(&[PARAMETERS, OWN].concat())?;
    let person = call.id("id")?;
    let size = call.query.number("max_results", 5..=100, 10)?;
    let span = Span::parse(&call.query, &["pagination_token"])?;
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let body = call.sim.read(|world| {
        if world.person_by_id(person).is_none() {
            let why = super::errors::Missing::NotFound;
            let id = person.to_string();
            return json!({"errors": [why.render("user", "id", &id, &call.dialect)]});
        }
        let mut posts = newest_first(world, call.caller.user);
        posts.retain(|post| of(person, post));
        posts.truncate(depth);
        posts.retain(|post| span.holds(post) && span.continues(post));
        answer(world, posts, size, &projection)
    });
    Reply::ok(&body)
}

/// Every post that this reader may see.
pub(super) fn newest_first(world: &World, me: Option<XId>) -> Vec<&Post> {
    let posts = world.posts().map(AsRef::as_ref);
    let mut posts: Vec<&Post> = posts
        .filter(|post: &&Post| visible(world, post.id, me).is_ok())
        .collect();
    posts.sort_unstable_by_key(|post| std::cmp::Reverse(post.id));
    posts
}

/// A page of posts as the lists of X have it; `data` is left out when there is none.
pub(super) fn answer(
    world: &World,
    posts: Vec<&Post>,
    size: usize,
    projection: &Projection,
) -> Value {
    let (posts, meta) = page::cut(posts, |post| post.id, size, true);
    let mut body = json!({"meta": meta});
    if let (false, Some(map)) = (posts.is_empty(), body.as_object_mut()) {
        let shown: Vec<Value> = posts.iter().map(|post| projection.post(post)).collect();
        map.insert("data".to_owned(), shown.into());
    }
    let (includes, errors) = projection.includes(&posts, world);
    put_parts(&mut body, includes, &errors);
    body
}
