//! Events of the X Activity API.

use schemas::Kind;
use schemas::records::{Enriched, Received};
use serde::Deserialize;

use crate::draft::Draft;
use crate::lenient::{Id, Num, Obj, OneOrMany, Str, is_id};
use crate::reasons::{
    LIKE_WITHOUT_COUNTS, MALFORMED_DELETE, MALFORMED_LIKE, MALFORMED_MESSAGE, MALFORMED_POST,
    Refusal,
};
use crate::sentiment::SentimentModel;
use crate::v2::{Includes, Post};
use crate::{content, dm, fact, json, time};

/// An event with its payload.
#[derive(Debug, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a, P: Deserialize<'de>"))]
pub struct Event<'a, P> {
    pub filter: Obj<Filter<'a>>,
    pub payload: Obj<P>,
    includes: Obj<Includes<'a>>,
}

impl<P> Default for Event<'_, P> {
    fn default() -> Self {
        Self {
            filter: Obj(None),
            payload: Obj(None),
            includes: Obj(None),
        }
    }
}

/// Whom the subscription is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Filter<'a> {
    pub user_id: Id<'a>,
}

/// A post, with what was included.
pub fn post(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let event: Event<'_, Post<'_>> = json::read(json)?;
    let includes = event.includes.0.unwrap_or_default();
    let post = event
        .payload
        .get()
        .ok_or_else(|| Refusal::dead(MALFORMED_POST, "no payload"))?;
    let draft = post.draft(&includes);
    let draft = draft.ok_or_else(|| Refusal::dead(MALFORMED_POST, "no id or no text"))?;
    // The posts of a user are asked for by the user's id: it is the author.
    let asked = Some(received.account.as_str()).filter(|id| is_id(id));
    let author = draft
        .author
        .or(asked.filter(|_| received.event == "post.create"));
    Ok(vec![content::item(
        received,
        &Draft { author, ..draft },
        model,
    )])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Messages<'a> {
    direct_message_events: OneOrMany<dm::Message<'a>>,
    users: dm::People<'a>,
}

/// Messages, in the shape of version 1.1.
pub fn messages(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let event: Event<'_, Messages<'_>> = json::read(json)?;
    let messages = event.payload.0.unwrap_or_default();
    let all = messages.direct_message_events.0.iter();
    let drafts = all.map(|one| one.get().and_then(|message| message.draft(&messages.users)));
    let items: Option<Vec<_>> = drafts
        .map(|draft| Some(content::item(received, &draft?, model)))
        .collect();
    match items {
        Some(items) if !items.is_empty() => Ok(items),
        _ => Err(Refusal::dead(MALFORMED_MESSAGE, "no id, sender or body")),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Deletion<'a> {
    id: Id<'a>,
    author_id: Id<'a>,
    timestamp_ms: Num,
}

/// A deletion: ids only.
pub fn deletion(received: &Received, json: &str) -> Result<Vec<Enriched>, Refusal> {
    let event: Event<'_, Deletion<'_>> = json::read(json)?;
    let deletion = event.payload.0.unwrap_or_default();
    let id = deletion
        .id
        .get()
        .ok_or_else(|| Refusal::dead(MALFORMED_DELETE, "no id"))?;
    let at = deletion.timestamp_ms.0.and_then(time::from_ms);
    Ok(vec![fact::deletion(
        received,
        id,
        deletion.author_id.get(),
        at,
    )])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Like<'a> {
    created_at: Str<'a>,
    timestamp_ms: Num,
    liked_tweet_id: Id<'a>,
    liked_post_id: Id<'a>,
    liked_tweet_author_id: Id<'a>,
    tweet_author_id: Id<'a>,
}

/// A like: the counts of the liked post, if they came with it.
pub fn like(received: &Received, json: &str) -> Result<Vec<Enriched>, Refusal> {
    let event: Event<'_, Like<'_>> = json::read(json)?;
    let includes = event.includes.0.unwrap_or_default();
    let like = event.payload.0.unwrap_or_default();
    let id = like
        .liked_tweet_id
        .get()
        .or_else(|| like.liked_post_id.get());
    let id = id.ok_or_else(|| Refusal::dead(MALFORMED_LIKE, "no id of the liked post"))?;
    let post = includes
        .post(id)
        .ok_or(Refusal::Skip(LIKE_WITHOUT_COUNTS))?;
    let tally = post.tally().ok_or(Refusal::Skip(LIKE_WITHOUT_COUNTS))?;
    let stamp = like.timestamp_ms.0.and_then(time::from_ms);
    let at = like.created_at.filled().and_then(time::parse).or(stamp);
    let observed_at = at.unwrap_or(received.received_at);
    let author = like
        .liked_tweet_author_id
        .get()
        .or_else(|| like.tweet_author_id.get());
    let author = author.or_else(|| post.author()).unwrap_or_default();
    let user = includes.people().find(|user| user.id() == Some(author));
    let first = post.versions().first().copied().unwrap_or(id);
    Ok(vec![Enriched {
        author_id: author.to_owned(),
        person_id: author.to_owned(),
        posted_at: post
            .posted_at()
            .or_else(|| time::from_id(first, received.received_at)),
        counts: Some(fact::counts(tally, observed_at)),
        profiles: user
            .map(|user| user.profile(author, observed_at))
            .into_iter()
            .collect(),
        ..fact::about(received, Kind::Post, first, "counts")
    }])
}
