//! `/2/activity/subscriptions` and `/2/activity/stream`.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    activity_rules::{Filter, TYPES, authorised, check, tagged},
    call::{Answer, Call, Reply},
    errors::{self, ApiError},
    filtered::span,
    hub::Kind,
    knobs::Tier,
    subscriptions::{Subscription, show},
};
use crate::{XId, sim::lock};

const CONNECTIONS: usize = 2;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    event_type: String,
    filter: Option<Filter>,
    tag: Option<String>,
    webhook_id: Option<String>,
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
