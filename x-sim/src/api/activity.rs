//! `/2/activity/subscriptions` and `/2/activity/stream`.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError},
    filtered::span,
    hub::Kind,
    knobs::{Permission, Tier},
    scopes::{DM_READ, TWEET_READ},
    subscriptions::{Subscription, show},
};
use crate::{XId, sim::lock};

/// Event types, the scope that private ones need, and whether the older list has them.
const TYPES: &[(&str, Option<&str>, bool)] = &[
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
const CONNECTIONS: usize = 2;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    event_type: String,
    filter: Option<Filter>,
    tag: Option<String>,
    webhook_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    user_id: Option<String>,
    keyword: Option<String>,
    direction: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    tag: Option<String>,
    webhook_id: Option<String>,
}

fn most(call: &Call) -> usize {
    match call.caller.tier {
        Tier::SelfServe => 1_500,
        Tier::Enterprise => 75_000,
    }
}

fn wrong(name: &str, message: String) -> ApiError {
    ApiError::invalid(name, "", message)
}

pub(super) fn create(call: &Call) -> Answer {
    let new: New = call.json()?;
    let known = TYPES.iter().find(|(name, _, old)| {
        *name == new.event_type && (*old || !call.dialect.old_activity_types)
    });
    let (event_type, scope, _) = known.ok_or_else(|| {
        ApiError::invalid(
            "event_type",
            new.event_type.as_str(),
            "There is no such event_type".to_owned(),
        )
    })?;
    let filter = new.filter.unwrap_or_default();
    let user = filter
        .user_id
        .as_deref()
        .map(|id| errors::id("filter.user_id", id))
        .transpose()?;
    check(call, event_type, user, &filter)?;
    if let Some(scope) = scope {
        authorised(call, user, scope)?;
    }
    tagged(new.tag.as_deref())?;
    let webhook = webhook(call, new.webhook_id)?;
    let made = Subscription {
        app: call.caller.app,
        event_type,
        user,
        keyword: filter.keyword,
        direction: filter.direction,
        tag: new.tag,
        webhook,
        created_at: call.now,
        updated_at: call.now,
    };
    let mut subscriptions = lock(&call.sim.platform().subscriptions);
    let own = subscriptions
        .activity
        .values()
        .filter(|found| found.app == made.app);
    let own: Vec<&Subscription> = own.collect();
    let same = |found: &&&Subscription| {
        found.event_type == made.event_type && found.filter() == made.filter()
    };
    if own.iter().find(same).is_some() {
        return Err(ApiError::conflict(
            "DuplicateSubscriptionFailed: such a subscription exists",
        ));
    }
    if own.len() >= most(call) {
        return Err(ApiError::forbidden(
            "SubscriptionLimitExceeded: no more subscriptions are allowed",
        ));
    }
    let total = own.len() + 1;
    let id = call.sim.platform().mint(call.now);
    let shown = show(id, &made);
    subscriptions.activity.insert(id, made);
    Reply::ok(&json!({"data": [shown], "meta": {"total_subscriptions": total}}))
}

fn check(
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
fn authorised(call: &Call, user: Option<XId>, scope: &str) -> Result<(), ApiError> {
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

fn tagged(tag: Option<&str>) -> Result<(), ApiError> {
    match tag.map(|tag| tag.chars().count()) {
        Some(length) if !(1..=TAG_MAX).contains(&length) => {
            Err(wrong("tag", "tag has 1 to 200 characters".to_owned()))
        }
        _ => Ok(()),
    }
}

fn webhook(call: &Call, id: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    super::webhooks::own(call, &id)?;
    Ok(Some(id))
}

pub(super) fn list(call: &Call) -> Answer {
    call.query.allow(&["max_results", "pagination_token"])?;
    let subscriptions = lock(&call.sim.platform().subscriptions);
    let own = subscriptions
        .activity
        .iter()
        .filter(|(_, found)| found.app == call.caller.app);
    let shown: Vec<Value> = own.map(|(id, found)| show(*id, found)).collect();
    let total = shown.len();
    Reply::ok(&json!({"data": shown, "meta": {"total_subscriptions": total}}))
}

pub(super) fn update(call: &Call) -> Answer {
    let id = call.id("id")?;
    let change: Change = call.json()?;
    tagged(change.tag.as_deref())?;
    let webhook = webhook(call, change.webhook_id)?;
    let mut subscriptions = lock(&call.sim.platform().subscriptions);
    let total = subscriptions
        .activity
        .values()
        .filter(|found| found.app == call.caller.app)
        .count();
    let found = subscriptions
        .activity
        .get_mut(&id)
        .filter(|found| found.app == call.caller.app);
    let found = found.ok_or_else(|| absent(id))?;
    found.tag = change.tag.or(found.tag.take());
    found.webhook = webhook.or(found.webhook.take());
    found.updated_at = call.now;
    Reply::ok(&json!({"data": show(id, found), "meta": {"total_subscriptions": total}}))
}

fn absent(id: XId) -> ApiError {
    ApiError::not_found("subscription", "subscription_id", &id.to_string())
}

pub(super) fn delete(call: &Call) -> Answer {
    remove(call, &[call.id("id")?])
}

pub(super) fn delete_many(call: &Call) -> Answer {
    call.query.allow(&["ids"])?;
    let ids = call.query.list("ids", 100)?;
    let ids = ids.into_iter().map(|id| errors::id("ids", id));
    remove(call, &ids.collect::<Result<Vec<_>, _>>()?)
}

fn remove(call: &Call, ids: &[XId]) -> Answer {
    let mut subscriptions = lock(&call.sim.platform().subscriptions);
    let mine = |found: &Subscription| found.app == call.caller.app;
    for id in ids {
        if !subscriptions.activity.get(id).is_some_and(mine) {
            return Err(absent(*id));
        }
    }
    for id in ids {
        subscriptions.activity.remove(id);
    }
    let total = subscriptions
        .activity
        .values()
        .filter(|found| mine(found))
        .count();
    Reply::ok(&json!({"data": {"deleted": true}, "meta": {"total_subscriptions": total}}))
}

pub(super) fn stream(call: &Call) -> Answer {
    call.query
        .allow(&["backfill_minutes", "start_time", "end_time"])?;
    let span = span(call, TimeDelta::hours(24))?;
    let hub = &call.sim.platform().hub;
    if hub.open(call.caller.app, Kind::Activity) >= CONNECTIONS {
        return Err(super::filtered::too_many());
    }
    Ok(hub.connect(&call.sim, call.caller.app, Kind::Activity, span, None))
}
