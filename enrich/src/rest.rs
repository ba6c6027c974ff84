//! Answers of the REST API and lines of streams: one object, with what was included.

use schemas::records::{Enriched, Received};
use schemas::{Kind, ids};
use serde::Deserialize;

use crate::lenient::{Obj, OneOrMany};
use crate::reasons::{
    DM_PARTICIPANTS, MALFORMED_MESSAGE, MALFORMED_POST, MALFORMED_PROFILE, Refusal,
};
use crate::sentiment::SentimentModel;
use crate::user::User;
use crate::v2::{DmEvent, Includes, Post};
use crate::{content, fact, json};

#[derive(Debug, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
struct Answer<'a, T> {
    data: OneOrMany<T>,
    includes: Obj<Includes<'a>>,
}

impl<T> Default for Answer<'_, T> {
    fn default() -> Self {
        Self {
            data: OneOrMany::default(),
            includes: Obj::default(),
        }
    }
}

impl<T> Answer<'_, T> {
    /// The objects; nothing if there is none or one is not an object.
    fn objects(&self) -> Option<Vec<&T>> {
        let all: Option<Vec<&T>> = self.data.0.iter().map(Obj::get).collect();
        all.filter(|all| !all.is_empty())
    }
}

/// Posts.
pub fn posts(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let mut answer: Answer<'_, Post<'_>> = json::read(json)?;
    let includes = answer.includes.0.take().unwrap_or_default();
    let dead = || Refusal::dead(MALFORMED_POST, "no id or no text");
    let posts = answer.objects().ok_or_else(dead)?;
    let drafts = posts
        .into_iter()
        .map(|post| post.draft(&includes).ok_or_else(dead));
    drafts
        .map(|draft| Ok(content::item(received, &draft?, model)))
        .collect()
}

/// People that were looked up: what X says of them now.
pub fn users(received: &Received, json: &str) -> Result<Vec<Enriched>, Refusal> {
    let answer: Answer<'_, User<'_>> = json::read(json)?;
    let dead = || Refusal::dead(MALFORMED_PROFILE, "no user id");
    let people = answer.objects().ok_or_else(dead)?;
    let profile = |user: &User<'_>| {
        let id = user.flat().id()?;
        Some(Enriched {
            item_id: ids::person(&received.org, id),
            person_id: id.to_owned(),
            profiles: vec![user.flat().profile(id, received.received_at)],
            ..fact::about(received, Kind::Post, id, "profile")
        })
    };
    people
        .into_iter()
        .map(|user| profile(user).ok_or_else(dead))
        .collect()
}

/// Direct messages. Who joins or leaves a group says nothing.
pub fn messages(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let mut answer: Answer<'_, DmEvent<'_>> = json::read(json)?;
    let includes = answer.includes.0.take().unwrap_or_default();
    let dead = || Refusal::dead(MALFORMED_MESSAGE, "no id or sender");
    let mut events = answer.objects().ok_or_else(dead)?;
    events.retain(|event| !event.participants());
    if events.is_empty() {
        return Err(Refusal::Skip(DM_PARTICIPANTS));
    }
    let drafts = events
        .into_iter()
        .map(|event| event.draft(&includes, &received.account));
    drafts
        .map(|draft| Ok(content::item(received, &draft.ok_or_else(dead)?, model)))
        .collect()
}
