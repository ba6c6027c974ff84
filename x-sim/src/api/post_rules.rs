//! What a post may be: the rules of its body and those of the platform.

use super::{
    call::Call, errors::ApiError, knobs::Tier, posts::visible, weight::too_long, write::NewTweet,
};
use crate::{
    XId,
    world::{Post, World},
};

/// The rules of the body itself; gives the text.
pub(super) fn check(new: &NewTweet) -> Result<&str, ApiError> {
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
pub(super) fn allowed(
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
        if !author.verified && too_long(text, reply_to.is_some()) {
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

/// The author of the post has named or quoted the account, there or where they began the
/// conversation.
fn summoned(world: &World, post: &Post, me: XId, explicit_only: bool) -> bool {
    if post.author == me {
        return true;
    }
    let names = |other: &Post| {
        let mut mentions = other.entities.mentions.iter();
        mentions.any(|found| found.id == me && !(explicit_only && found.implicit))
    };
    let quotes = |other: &Post| {
        let quoted = other.quoted.and_then(|id| world.find_post(id));
        quoted.is_some_and(|quoted| quoted.author == me)
    };
    let root = world.find_post(post.conversation);
    let own = root.filter(|root| root.author == post.author);
    let own = own.map(AsRef::as_ref).into_iter().chain([post]);
    own.into_iter().any(|own| names(own) || quotes(own))
}
