//! Which subscriptions of X Activity there are, and who may make them.

use axum::http::StatusCode;
use serde::Deserialize;

use super::{
    call::Call,
    errors::ApiError,
    knobs::Permission,
    scopes::{DM_READ, TWEET_READ},
};
use crate::{XId, sim::lock};

/// Event types, the scope that private ones need, and whether the older list has them.
pub(super) const TYPES: &[(&str, Option<&str>, bool)] = &[
    ("post.create", None, true),
    ("post.delete", None, true),
    ("post.mention.create", Some(TWEET_READ), true),
    ("post.reply.create", Some(TWEET_READ), false),
    ("post.quote.create", Some(TWEET_READ), false),
    ("post.repost.create", Some(TWEET_READ), false),
    ("like.create", Some("like.read"), true),
    ("dm.received", Some(DM_READ), true),
    ("dm.sent", Some(DM_READ), true),
    ("dm.read", Some(DM_READ), true),
    ("dm.indicate_typing", Some(DM_READ), true),
    ("chat.received", Some(DM_READ), true),
    ("chat.sent", Some(DM_READ), true),
    ("follow.follow", None, true),
    ("follow.unfollow", None, true),
    ("mute.mute", Some("mute.read"), false),
    ("mute.unmute", Some("mute.read"), false),
    ("block.block", Some("block.read"), false),
    ("block.unblock", Some("block.read"), false),
    ("profile.update.bio", None, true),
    ("profile.update.profile_picture", None, true),
    ("profile.update.banner_picture", None, true),
    ("profile.update.screenname", None, true),
    ("profile.update.handle", None, true),
    ("profile.update.geo", None, true),
    ("profile.update.url", None, true),
    ("profile.update.verified_badge", None, true),
    ("profile.update.affiliate_badge", None, true),
    ("oauth.revoke", None, false),
    ("news.new", None, true),
];

const TAG_MAX: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Filter {
    pub(super) user_id: Option<String>,
    pub(super) keyword: Option<String>,
    pub(super) direction: Option<String>,
}

fn wrong(name: &str, message: String) -> ApiError {
    ApiError::invalid(name, "", message)
}

pub(super) fn check(
    call: &Call,
    event_type: &str,
    user: Option<XId>,
    filter: &Filter,
) -> Result<(), ApiError> {
    let one = usize::from(user.is_some()) + usize::from(filter.keyword.is_some());
    if event_type == "oauth.revoke" {
        return if one == 0 {
            Ok(())
        } else {
            Err(wrong("filter", "oauth.revoke has no filter".to_owned()))
        };
    }
    if one != 1 {
        return Err(wrong(
            "filter",
            "filter has one of user_id and keyword".to_owned(),
        ));
    }
    let words: [&str; 2] = if call.dialect.direction_received_sent {
        ["received", "sent"]
    } else {
        ["inbound", "outbound"]
    };
    match filter.direction.as_deref() {
        Some(direction) if event_type != "like.create" || !words.contains(&direction) => {
            Err(wrong(
                "filter.direction",
                format!("direction {direction} is not one of this event_type"),
            ))
        }
        _ => Ok(()),
    }
}

/// A private event needs the user's leave: their own token, or one that the app holds.
pub(super) fn authorised(call: &Call, user: Option<XId>, scope: &str) -> Result<(), ApiError> {
    let permission = if scope == DM_READ {
        Permission::Dm
    } else {
        Permission::Read
    };
    let allowed = match (user, call.caller.user) {
        (None, _) => false,
        (Some(user), Some(me)) => user == me && call.caller.has(scope, permission),
        (Some(user), None) => {
            lock(&call.sim.platform().apps).authorised(call.caller.app, user, scope, permission)
        }
    };
    if allowed {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        "Forbidden",
        Some("not-authorized-for-resource"),
        format!("The user has not authorised the app for {scope}."),
    ))
}

pub(super) fn tagged(tag: Option<&str>) -> Result<(), ApiError> {
    match tag.map(|tag| tag.chars().count()) {
        Some(length) if !(1..=TAG_MAX).contains(&length) => {
            Err(wrong("tag", "tag has 1 to 200 characters".to_owned()))
        }
        _ => Ok(()),
    }
}
