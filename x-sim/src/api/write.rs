//! Posts made, deleted and hidden by the API.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    calls::Sent,
    errors::{self, ApiError},
    knobs::Tier,
    media_store::Use,
    posts::visible,
    send::send,
};
use crate::{
    XId,
    world::{Command, Fact, NewPost, Post, World},
};

/// What the specification says of the body; nothing else may stand in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewTweet {
    text: Option<String>,
    reply: Option<InReplyTo>,
    media: Option<Media>,
    quote_tweet_id: Option<String>,
    poll: Option<Value>,
    card_uri: Option<String>,
    reply_settings: Option<String>,
    direct_message_deep_link: Option<String>,
    for_super_followers_only: Option<bool>,
    made_with_ai: Option<bool>,
    paid_partnership: Option<bool>,
    nullcast: Option<bool>,
    community_id: Option<String>,
    share_with_followers: Option<bool>,
    geo: Option<Value>,
    edit_options: Option<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InReplyTo {
    #[serde(rename = "in_reply_to_tweet_id")]
    post: String,
    #[serde(default)]
    exclude_reply_user_ids: Vec<String>,
    /// Leading mentions are always made here.
    #[serde(default, rename = "auto_populate_reply_metadata")]
    _auto_populate_reply_metadata: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Media {
    media_ids: Vec<String>,
    #[serde(default)]
    tagged_user_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    previous_post_id: String,
}

pub(super) fn create(call: &Call) -> Answer {
    let me = call.caller.me()?;
    let new: NewTweet = call.json()?;
    let text = check(&new)?;
    if let Some(edit) = &new.edit_options {
        return rewrite(call, me, &edit.previous_post_id, text);
    }
    let quote = new
        .quote_tweet_id
        .as_deref()
        .map(|id| errors::id("quote_tweet_id", id))
        .transpose()?;
    if quote.is_some() && call.caller.tier == Tier::SelfServe {
        return Err(ApiError::not_enrolled("quote posts"));
    }
    let reply_to = new
        .reply
        .as_ref()
        .map(|reply| errors::id("reply.in_reply_to_tweet_id", &reply.post))
        .transpose()?;
    let excluded = new
        .reply
        .iter()
        .flat_map(|reply| &reply.exclude_reply_user_ids);
    let exclude = excluded.map(|id| errors::id("reply.exclude_reply_user_ids", id));
    let exclude = exclude.collect::<Result<Vec<_>, _>>()?;
    allowed(call, me, reply_to, quote, text)?;
    let media = match &new.media {
        Some(media) => {
            for id in &media.tagged_user_ids {
                errors::id("media.tagged_user_ids", id)?;
            }
            super::media::attached(call, me, &media.media_ids, Use::Post)?
        }
        None => Vec::new(),
    };
    let command = Command::Post(NewPost {
        author: me.to_string(),
        text: text.to_owned(),
        reply_to,
        quote,
        media,
        exclude,
        ..NewPost::default()
    });
    let sent = Sent {
        kind: "post",
        user: me,
        text: text.to_owned(),
        target: reply_to.map(|id| id.to_string()),
        quote,
        ids: Vec::new(),
        at: Vec::new(),
    };
    let events = send(call, sent, !text.is_empty(), command)?;
    created(&events)
}

fn created(events: &[crate::world::Event]) -> Answer {
    let Some(Fact::PostCreated { post }) = events.first().map(|event| &event.fact) else {
        return Err(ApiError::forbidden("The post could not be made."));
    };
    Reply::created(&json!({"data": {
        "id": post.id, "text": post.text, "edit_history_tweet_ids": post.history,
    }}))
}

/// The rules of the body itself; gives the text.
fn check(new: &NewTweet) -> Result<&str, ApiError> {
    let text = new.text.as_deref().unwrap_or_default();
    let invalid = |name: &str, message: &str| ApiError::invalid(name, "", message.to_owned());
    let bare = new.media.is_none()
        && new.poll.is_none()
        && new.card_uri.is_none()
        && new.quote_tweet_id.is_none();
    if text.trim().is_empty() && bare {
        return Err(invalid(
            "text",
            "text, media, poll, quote_tweet_id or card_uri is required",
        ));
    }
    let exclusive = [
        new.media.is_some(),
        new.poll.is_some(),
        new.quote_tweet_id.is_some(),
        new.card_uri.is_some(),
    ];
    if exclusive.iter().filter(|one| **one).count() > 1 {
        return Err(invalid(
            "media",
            "media, poll, quote_tweet_id and card_uri are exclusive",
        ));
    }
    if new.poll.is_some()
        || new.card_uri.is_some()
        || new.geo.is_some()
        || new.community_id.is_some()
    {
        return Err(ApiError::forbidden(
            "Polls, cards, places and communities are not played here.",
        ));
    }
    let settings = ["following", "mentionedUsers", "subscribers", "verified"];
    if new
        .reply_settings
        .as_deref()
        .is_some_and(|chosen| !settings.contains(&chosen))
    {
        return Err(invalid(
            "reply_settings",
            "reply_settings has no such value",
        ));
    }
    if text.contains(['\u{FFFE}', '\u{FEFF}', '\u{FFFF}']) {
        return Err(invalid(
            "text",
            "the text has a character that no post may have",
        ));
    }
    Ok(text)
}

/// The rules of the platform: length, cashtags, who may reply to what.
fn allowed(
    call: &Call,
    me: XId,
    reply_to: Option<XId>,
    quote: Option<XId>,
    text: &str,
) -> Result<(), ApiError> {
    let cashtags = text.split_whitespace().filter(|word| {
        word.strip_prefix('$')
            .is_some_and(|tag| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphabetic()))
    });
    let self_serve = call.caller.tier == Tier::SelfServe;
    if self_serve && cashtags.count() > 1 {
        return Err(ApiError::forbidden("A post has at most one cashtag."));
    }
    let summons = call.sim.platform().knobs().summon_rule && self_serve;
    call.sim.read(|world| {
        let author = world.person_by_id(me).ok_or_else(ApiError::unauthorized)?;
        if author.suspended {
            return Err(ApiError::forbidden("Your account is suspended."));
        }
        if !author.verified && too_long(text) {
            return Err(ApiError::forbidden("Your Tweet text is too long."));
        }
        for id in [reply_to, quote].into_iter().flatten() {
            let post = visible(world, id, Some(me)).map_err(|_| {
                ApiError::forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
            })?;
            if world.blocks(post.author, me) {
                return Err(ApiError::forbidden("You have been blocked by the author of this Tweet."));
            }
            if reply_to == Some(id) && summons && !summoned(world, post, me, call.dialect.summon_explicit_only) {
                return Err(ApiError::forbidden(
                    "Reply to this conversation is not allowed because you have not been mentioned or \
                     otherwise engaged by the author of the post you are replying to.",
                ));
            }
        }
        Ok(())
    })
}

/// Weighted length above 280, with each link as 23. Emoji sequences are not folded into one.
fn too_long(text: &str) -> bool {
    let words = text.split_inclusive(char::is_whitespace);
    let weights = words.map(|word| {
        let bare = word.trim_end();
        if bare.starts_with("https://") || bare.starts_with("http://") {
            23 + (word.len() - bare.len())
        } else {
            crate::world::weight(word)
        }
    });
    weights.sum::<usize>() > crate::world::POST_WEIGHT
}

/// The author of the post has named or quoted the account, in it or before in the conversation.
fn summoned(world: &World, post: &Post, me: XId, explicit_only: bool) -> bool {
    if post.author == me {
        return true;
    }
    let names = |other: &Post| {
        other
            .entities
            .mentions
            .iter()
            .any(|found| found.id == me && !(explicit_only && found.implicit))
    };
    let quotes = |other: &Post| {
        let quoted = other.quoted.and_then(|id| world.find_post(id));
        quoted.is_some_and(|quoted| quoted.author == me)
    };
    names(post) || quotes(post)
}

fn rewrite(call: &Call, me: XId, previous: &str, text: &str) -> Answer {
    let post = own(
        call,
        me,
        errors::id("edit_options.previous_post_id", previous)?,
    )?;
    let verified = call
        .sim
        .read(|world| world.person_by_id(me).is_some_and(|me| me.verified));
    if !verified {
        return Err(ApiError::forbidden("Edits are for Premium accounts."));
    }
    let text = text.to_owned();
    created(
        &call
            .sim
            .apply(Command::Edit(crate::world::Edit { post, text }))?,
    )
}

fn own(call: &Call, me: XId, id: XId) -> Result<XId, ApiError> {
    let author = call
        .sim
        .read(|world| world.find_post(id).map(|post| post.author));
    match author {
        None => Err(ApiError::not_found("tweet", "id", &id.to_string())),
        Some(author) if author != me => Err(ApiError::forbidden(
            "You are not authorized to change this Tweet.",
        )),
        Some(_) => Ok(id),
    }
}

pub(super) fn delete(call: &Call) -> Answer {
    let post = own(call, call.caller.me()?, call.id("id")?)?;
    call.sim.apply(Command::DeletePost { post })?;
    Reply::ok(&json!({"data": {"deleted": true}}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    hidden: bool,
}

/// Only in a conversation that the caller began, and only a reply.
pub(super) fn hide(call: &Call) -> Answer {
    let (me, id) = (call.caller.me()?, call.id("id")?);
    let Hidden { hidden } = call.json()?;
    let owner = call.sim.read(|world| {
        let post = world.find_post(id)?;
        let root = world.find_post(post.conversation).map(|root| root.author);
        Some((post.reply_to.is_some(), root))
    });
    match owner {
        None => Err(ApiError::not_found("tweet", "id", &id.to_string())),
        Some((true, Some(root))) if root == me => {
            call.sim.apply(Command::Hide { post: id, hidden })?;
            Reply::ok(&json!({"data": {"hidden": hidden}}))
        }
        Some(_) => Err(ApiError::forbidden(
            "You can hide replies to your own conversations only.",
        )),
    }
}
