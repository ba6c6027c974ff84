//! The five calls of the Account Activity API.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::ApiError,
    knobs::Tier,
    subscriptions::AccountSubscription,
    webhooks::own,
};
use crate::sim::lock;

fn most(call: &Call) -> usize {
    match call.caller.tier {
        Tier::SelfServe => 3,
        Tier::Enterprise => 5_000,
    }
}

pub(super) fn create(call: &Call) -> Answer {
    let user = call.caller.me()?;
    let webhook = own(call, call.part("id"))?.id;
    if !call.body.is_empty() {
        let _: Empty = call.json()?;
    }
    let new = AccountSubscription {
        app: call.caller.app,
        webhook,
        user,
    };
    let mut subscriptions = lock(&call.sim.platform().subscriptions);
    if subscriptions.accounts.contains(&new) {
        return Err(ApiError::conflict(
            "DuplicateSubscriptionFailed: the account is subscribed",
        ));
    }
    let own = subscriptions
        .accounts
        .iter()
        .filter(|found| found.app == new.app);
    if own.count() >= most(call) {
        return Err(ApiError::forbidden(
            "SubscriptionLimitExceeded: no more subscriptions are allowed",
        ));
    }
    subscriptions.accounts.push(new);
    Reply::ok(&json!({"data": {"subscribed": true}}))
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

pub(super) fn show(call: &Call) -> Answer {
    let user = call.caller.me()?;
    let webhook = own(call, call.part("id"))?.id;
    let subscriptions = lock(&call.sim.platform().subscriptions);
    let mut accounts = subscriptions.accounts.iter();
    let subscribed = accounts.any(|found| found.webhook == webhook && found.user == user);
    Reply::ok(&json!({"data": {"subscribed": subscribed}}))
}

pub(super) fn list(call: &Call) -> Answer {
    let webhook = own(call, call.part("id"))?;
    let subscriptions = lock(&call.sim.platform().subscriptions);
    let own = subscriptions
        .accounts
        .iter()
        .filter(|found| found.webhook == webhook.id);
    let users: Vec<Value> = own.map(|found| json!({"user_id": found.user})).collect();
    Reply::ok(&json!({"data": {
        "application_id": call.caller.app, "webhook_id": webhook.id, "webhook_url": webhook.url,
        "subscriptions": users,
    }}))
}

pub(super) fn delete(call: &Call) -> Answer {
    let (webhook, user) = (own(call, call.part("id"))?.id, call.id("user_id")?);
    let mut subscriptions = lock(&call.sim.platform().subscriptions);
    let before = subscriptions.accounts.len();
    subscriptions
        .accounts
        .retain(|found| found.webhook != webhook || found.user != user);
    if subscriptions.accounts.len() == before {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "Not Found Error",
            Some("resource-not-found"),
            "SubscriptionNotFound: the account is not subscribed",
        ));
    }
    Reply::ok(&json!({"data": {"subscribed": false}}))
}

/// Counts are texts, as X writes them.
pub(super) fn count(call: &Call) -> Answer {
    let subscriptions = lock(&call.sim.platform().subscriptions);
    let own = subscriptions
        .accounts
        .iter()
        .filter(|found| found.app == call.caller.app);
    Reply::ok(&json!({"data": {
        "account_name": format!("app {}", call.caller.app),
        "provisioned_count": most(call).to_string(),
        "subscriptions_count_all": own.count().to_string(),
        "subscriptions_count_direct_messages": "0",
    }}))
}
