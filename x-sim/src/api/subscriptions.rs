//! Who is told of what: X Activity and Account Activity subscriptions, and an event's way to them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{filtered, hub::Kind};
use crate::{
    id::XId,
    payload::{Dialect, aaa, to_bytes, xaa},
    route::Item,
    sim::{Sim, lock},
    world::{Event, Fact, World},
};

/// One X Activity subscription.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Subscription {
    pub app: XId,
    pub event_type: &'static str,
    pub user: Option<XId>,
    pub keyword: Option<String>,
    pub direction: Option<String>,
    pub tag: Option<String>,
    pub webhook: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An account at a webhook, by Account Activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AccountSubscription {
    pub app: XId,
    pub webhook: String,
    pub user: XId,
}

#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    pub activity: BTreeMap<XId, Subscription>,
    pub accounts: Vec<AccountSubscription>,
}

impl Subscriptions {
    /// A webhook that is gone is told of nothing; what names it for the stream stays.
    pub(crate) fn forget_webhook(&mut self, id: &str) {
        self.accounts.retain(|account| account.webhook != id);
        for subscription in self.activity.values_mut() {
            if subscription.webhook.as_deref() == Some(id) {
                subscription.webhook = None;
            }
        }
    }
}

impl Subscription {
    /// The filter as it was made.
    pub(crate) fn filter(&self) -> Value {
        let mut filter = serde_json::Map::new();
        if let Some(user) = self.user {
            filter.insert("user_id".to_owned(), user.to_string().into());
        }
        for (key, value) in [("keyword", &self.keyword), ("direction", &self.direction)] {
            if let Some(value) = value {
                filter.insert(key.to_owned(), value.as_str().into());
            }
        }
        filter.into()
    }

    fn fires(&self, event: &Event) -> bool {
        if let Some(keyword) = &self.keyword {
            let Fact::PostCreated { post } = &event.fact else {
                return false;
            };
            let shown = event
                .person(post.author)
                .is_some_and(|author| !author.protected);
            let text = post.text.to_lowercase();
            return shown
                && self.event_type == "post.create"
                && text.contains(&keyword.to_lowercase());
        }
        let Some(user) = self.user else {
            return self.event_type == "oauth.revoke" && matches!(event.fact, Fact::Revoked { .. });
        };
        xaa::kinds(event, user).contains(&self.event_type) && self.directed(event, user)
    }

    fn directed(&self, event: &Event, user: XId) -> bool {
        let outbound = event.fact.actor() == user;
        match self.direction.as_deref() {
            Some("outbound" | "sent") => outbound,
            Some("inbound" | "received") => !outbound,
            _ => true,
        }
    }

    fn body(&self, event: &Event, dialect: &Dialect) -> Value {
        let account = self.user.unwrap_or(event.fact.actor());
        let mut filter = self.filter();
        // An event says which way a like went even where the subscription takes both.
        if self.event_type == "like.create" && self.direction.is_none() {
            let outbound = event.fact.actor() == account;
            let words = match (outbound, dialect.direction_received_sent) {
                (true, false) => "outbound",
                (false, false) => "inbound",
                (true, true) => "sent",
                (false, true) => "received",
            };
            if let Some(map) = filter.as_object_mut() {
                map.insert("direction".to_owned(), words.into());
            }
        }
        xaa::body_for(
            event,
            self.event_type,
            account,
            &filter,
            self.tag.clone(),
            dialect,
        )
    }
}

/// Tells everyone who has subscribed by the API; the world is locked meanwhile.
pub(crate) fn publish(sim: &Sim, world: &World, event: &Event, now: DateTime<Utc>) {
    let platform = sim.platform();
    let dialect = sim.dialect();
    let mut told: Vec<(String, Item)> = Vec::new();
    {
        let subscriptions = lock(&platform.subscriptions);
        let fired = subscriptions
            .activity
            .values()
            .filter(|found| found.fires(event));
        for subscription in fired {
            let body = subscription.body(event, &dialect);
            let seed = event.uuid.cast_unsigned() ^ subscription.app.0;
            let line = to_bytes(&body, &dialect, seed);
            platform
                .hub
                .publish(subscription.app, Kind::Activity, &line, now);
            let item = Item {
                account: subscription.user.unwrap_or(event.fact.actor()),
                event: subscription.event_type,
                subject: event.fact.subject(),
                body,
                seed,
            };
            told.extend(subscription.webhook.clone().map(|webhook| (webhook, item)));
        }
        for AccountSubscription { webhook, user, .. } in &subscriptions.accounts {
            let key = aaa::key(event, *user, &dialect);
            let body = aaa::body(event, *user, &dialect);
            let item = key.zip(body).map(|(key, body)| Item {
                account: *user,
                event: key,
                subject: event.fact.subject(),
                body,
                seed: event.uuid.cast_unsigned() ^ user.0,
            });
            told.extend(item.map(|item| (webhook.clone(), item)));
        }
    }
    told.extend(filtered::publish(sim, world, &Arc::new(event.clone()), now));
    for (webhook, item) in told {
        super::replay::remember(sim, &webhook, &item, now);
        sim.tell(&webhook, item);
    }
}

/// A subscription as X shows it.
pub(crate) fn show(id: XId, subscription: &Subscription) -> Value {
    let time = crate::payload::json::v2_time;
    let mut value = json!({
        "subscription_id": id,
        "event_type": subscription.event_type,
        "filter": subscription.filter(),
        "created_at": time(subscription.created_at),
        "updated_at": time(subscription.updated_at),
    });
    if let Some(map) = value.as_object_mut() {
        for (key, field) in [
            ("tag", &subscription.tag),
            ("webhook_id", &subscription.webhook),
        ] {
            if let Some(field) = field {
                map.insert(key.to_owned(), field.as_str().into());
            }
        }
    }
    value
}
