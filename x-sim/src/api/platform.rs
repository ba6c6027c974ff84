//! The state of the API beside the world: apps, subscriptions, rules, streams, media, budgets.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, Utc};

use super::{
    apps::Apps,
    auth::Nonces,
    calls::Calls,
    faults::ApiFault,
    hub::Hub,
    knobs::{ApiConfig, Knobs},
    limits::Limits,
    media_store::MediaStore,
    projection::Projection,
    replay::Replays,
    rule_store::Rules,
    subscriptions::Subscriptions,
};
use crate::{
    id::{Snowflake, XId},
    sim::lock,
};

/// Locks are taken one at a time, but for `sent`, which is held while the world changes.
#[derive(Debug)]
pub(crate) struct Platform {
    pub apps: Mutex<Apps>,
    pub nonces: Mutex<Nonces>,
    pub limits: Mutex<Limits>,
    pub faults: Mutex<Vec<ApiFault>>,
    pub calls: Mutex<Calls>,
    pub media: Mutex<MediaStore>,
    pub subscriptions: Mutex<Subscriptions>,
    pub rules: Mutex<Rules>,
    pub hub: Hub,
    pub replays: Mutex<Replays>,
    /// Filtered-stream webhooks: app and webhook, and how posts are wanted there.
    pub links: Mutex<BTreeMap<(XId, String), Arc<Projection>>>,
    knobs: Mutex<Knobs>,
    minted: AtomicU32,
}

impl Platform {
    pub(crate) fn new(config: &ApiConfig) -> Self {
        Self {
            apps: Mutex::default(),
            nonces: Mutex::default(),
            limits: Mutex::default(),
            faults: Mutex::default(),
            calls: Mutex::default(),
            media: Mutex::default(),
            subscriptions: Mutex::default(),
            rules: Mutex::default(),
            hub: Hub::default(),
            replays: Mutex::default(),
            links: Mutex::default(),
            knobs: Mutex::new(config.knobs.clone()),
            minted: AtomicU32::new(0),
        }
    }

    pub(crate) fn knobs(&self) -> Knobs {
        lock(&self.knobs).clone()
    }

    pub(crate) fn set_knobs(&self, knobs: Knobs) {
        *lock(&self.knobs) = knobs;
    }

    /// A new id for something that is not in the world.
    pub(crate) fn mint(&self, now: DateTime<Utc>) -> XId {
        let seq = self.minted.fetch_add(1, Ordering::Relaxed);
        Snowflake::at(now, 0x20_0000 | (seq & 0xF_FFFF))
    }
}
