//! Events of the Account Activity API: one element of an array of the delivery at a time.

use schemas::Kind;
use schemas::records::{Enriched, Received};
use serde::Deserialize;

use crate::lenient::{Id, Num, Obj, Str};
use crate::reasons::{
    LIKE_WITHOUT_COUNTS, MALFORMED_DELETE, MALFORMED_LIKE, MALFORMED_MESSAGE, MALFORMED_POST,
    Refusal,
};
use crate::sentiment::SentimentModel;
use crate::v1::Tweet;
use crate::{content, dm, fact, json, time};

/// An element of `tweet_create_events`.
pub fn post(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let tweet: Tweet<'_> = json::read(json)?;
    let draft = tweet.draft();
    let draft = draft.ok_or_else(|| Refusal::dead(MALFORMED_POST, "no id or no text"))?;
    Ok(vec![content::item(received, &draft, model)])
}

/// An element of `direct_message_events`; the users stand beside the array.
pub fn message(
    received: &Received,
    json: &str,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let message: dm::Message<'_> = json::read(json)?;
    let context = received
        .context
        .as_deref()
        .map(json::clean)
        .unwrap_or_default();
    // Without its users a message is still a message.
    let people: dm::People<'_> = serde_json::from_str(&context).unwrap_or_default();
    let draft = message.draft(&people);
    let draft = draft.ok_or_else(|| Refusal::dead(MALFORMED_MESSAGE, "no id, sender or body"))?;
    Ok(vec![content::item(received, &draft, model)])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Favorite<'a> {
    created_at: Str<'a>,
    timestamp_ms: Num,
    favorited_status: Obj<Tweet<'a>>,
}

/// An element of `favorite_events`: the counts of the liked post.
pub fn favorite(received: &Received, json: &str) -> Result<Vec<Enriched>, Refusal> {
    let favorite: Favorite<'_> = json::read(json)?;
    let tweet = favorite.favorited_status.get();
    let Some((tweet, id)) = tweet.and_then(|tweet| Some((tweet, tweet.id()?))) else {
        return Err(Refusal::dead(MALFORMED_LIKE, "no id of the liked post"));
    };
    let tally = tweet.tally().ok_or(Refusal::Skip(LIKE_WITHOUT_COUNTS))?;
    let stamp = favorite.timestamp_ms.0.and_then(time::from_ms);
    let at = stamp.or_else(|| favorite.created_at.filled().and_then(time::parse));
    let observed_at = at.unwrap_or(received.received_at);
    let author = tweet.user().and_then(|user| Some((user.id()?, user)));
    let author_id = author.map(|(id, _)| id).unwrap_or_default();
    Ok(vec![Enriched {
        author_id: author_id.to_owned(),
        person_id: author_id.to_owned(),
        posted_at: tweet
            .posted_at()
            .or_else(|| time::from_id(id, received.received_at)),
        counts: Some(fact::counts(tally, observed_at)),
        profiles: author
            .map(|(id, user)| user.profile(id, observed_at))
            .into_iter()
            .collect(),
        ..fact::about(received, Kind::Post, id, "counts")
    }])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Deletion<'a> {
    status: Obj<Status<'a>>,
    timestamp_ms: Num,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Status<'a> {
    id: Id<'a>,
    id_str: Id<'a>,
    user_id: Id<'a>,
    user_id_str: Id<'a>,
}

/// An element of `tweet_delete_events`: ids only.
pub fn deletion(received: &Received, json: &str) -> Result<Vec<Enriched>, Refusal> {
    let deletion: Deletion<'_> = json::read(json)?;
    let status = deletion.status.0.unwrap_or_default();
    let id = status.id.or(&status.id_str);
    let id = id.ok_or_else(|| Refusal::dead(MALFORMED_DELETE, "no id"))?;
    let at = deletion.timestamp_ms.0.and_then(time::from_ms);
    Ok(vec![fact::deletion(
        received,
        id,
        status.user_id.or(&status.user_id_str),
        at,
    )])
}
