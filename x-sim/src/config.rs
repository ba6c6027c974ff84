//! Everything a run of the simulator can be told before it starts.

use std::{fmt, net::SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{
    api::knobs::ApiConfig,
    clock::ClockConfig,
    faults::Faults,
    payload::Dialect,
    play::PlayConfig,
    world::{NewPerson, Retention},
};

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the control API listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Decides every random choice.
    pub seed: u64,
    /// Take `http://127.0.0.1:port` webhooks; without it X's own URL rules hold.
    pub allow_loopback_http: bool,
    pub clock: ClockConfig,
    /// People who exist from the start, the brands' accounts first of all.
    pub people: Vec<NewPerson>,
    /// Registered at the start and tried until their receiver answers its CRC.
    pub webhooks: Vec<WebhookConfig>,
    /// How many webhooks one developer account may have.
    pub webhook_limit: usize,
    pub dialect: Dialect,
    pub delivery: DeliveryConfig,
    pub faults: Faults,
    pub retention: Retention,
    /// Entries kept in the ledger; the oldest leave first.
    pub ledger_entries: usize,
    pub play: PlayConfig,
    /// The API under `/2`: its apps and what can be turned.
    pub api: ApiConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            seed: 1,
            allow_loopback_http: false,
            clock: ClockConfig::default(),
            people: Vec::new(),
            webhooks: Vec::new(),
            webhook_limit: 5,
            dialect: Dialect::default(),
            delivery: DeliveryConfig::default(),
            faults: Faults::default(),
            retention: Retention::default(),
            ledger_entries: 100_000,
            play: PlayConfig::default(),
            api: ApiConfig::default(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Envelope {
    /// X Activity API: one event a body.
    Xaa,
    /// Account Activity API: an array of one kind of event a body.
    Aaa,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    pub url: String,
    pub secret: Secret,
    pub envelope: Envelope,
    /// Subscribed accounts, by `@handle` or id.
    pub accounts: Vec<String>,
    /// Others whose public events (deletions, profile) are subscribed; `*` is everybody.
    #[serde(default)]
    pub watch: Vec<String>,
}

/// A consumer secret; never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// Real time in which a receiver must answer.
    pub timeout_ms: u64,
    /// Requests under way at once, for each webhook.
    pub in_flight: usize,
    /// Simulated seconds before each retry; together five minutes, as the Enterprise guide says.
    pub retry_seconds: Vec<u64>,
    /// Items that may wait for a webhook; what comes above is lost, and the ledger says so.
    pub queue_max: usize,
    /// Bodies that may wait for their retry, for each webhook.
    pub retries_max: usize,
    /// Simulated seconds between CRC requests; 0 never repeats them.
    pub crc_every_seconds: u64,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 10_000,
            in_flight: 16,
            retry_seconds: vec![30, 90, 180],
            queue_max: 200_000,
            retries_max: 10_000,
            crc_every_seconds: 3_600,
        }
    }
}
