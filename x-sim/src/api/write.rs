//! Posts made, deleted and hidden by the API.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    calls::Sent,
    errors::{self, ApiError},
    knobs::Tier,
    media_store::Use,
    post_rules::{allowed, check},
    send::send,
};
use crate::{
    XId,
    world::{Command, Fact, NewPost},
};

/// What the specification says of the body; nothing else may stand in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewTweet {
    pub(super) text: Option<String>,
    pub(super) reply: Option<InReplyTo>,
    pub(super) media: Option<Media>,
    pub(super) quote_tweet_id: Option<String>,
    pub(super) poll: Option<Value>,
    pub(super) card_uri: Option<String>,
    pub(super) reply_settings: Option<String>,
    pub(super) direct_message_deep_link: Option<String>,
    pub(super) for_super_followers_only: Option<bool>,
    pub(super) made_with_ai: Option<bool>,
    pub(super) paid_partnership: Option<bool>,
    pub(super) nullcast: Option<bool>,
    pub(super) community_id: Option<String>,
    pub(super) share_with_followers: Option<bool>,
    pub(super) geo: Option<Value>,
    pub(super) edit_options: Option<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InReplyTo {
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
pub(super) struct Media {
    media_ids: Vec<String>,
    #[serde(default)]
    tagged_user_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
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
            super::attach::attached(call, me, &media.media_ids, Use::Post)?
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
