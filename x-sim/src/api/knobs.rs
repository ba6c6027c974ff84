//! What of the API can be turned while it runs, and the apps that it knows from the start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{config::Secret, id::XId};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    pub apps: Vec<AppConfig>,
    pub knobs: Knobs,
    /// Photo addresses of posts to come point at the simulator itself, not at X's host.
    pub own_media: bool,
}

/// Changeable while running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// False lifts every budget.
    pub rate_limits: bool,
    /// Requests per 15 minutes in the place of X's, by endpoint (`POST /2/tweets`).
    pub budgets: BTreeMap<String, u64>,
    /// Real time between the keep-alives of a silent stream.
    pub keep_alive_ms: u64,
    /// Real time that a request which gets no answer is held.
    pub hang_ms: u64,
    /// Lines that may wait for a slow reader of a stream.
    pub stream_queue: usize,
    /// How long the same text for the same place is a duplicate; 0 allows duplicates.
    pub duplicate_hours: u64,
    /// Self-serve apps reply only where they were summoned.
    pub summon_rule: bool,
    /// Simulated seconds that videos and GIFs are processed for.
    pub media_processing_seconds: u64,
    /// Processing of videos and GIFs ends in `failed`.
    pub media_fails: bool,
    /// Seconds that an OAuth 1.0a timestamp may be off, by the wall clock or the simulated one.
    pub oauth_skew_seconds: u64,
    /// Simulated seconds until a new stream rule matches; X says about 20.
    pub rule_delay_seconds: u64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            rate_limits: true,
            budgets: BTreeMap::new(),
            keep_alive_ms: 20_000,
            hang_ms: 120_000,
            stream_queue: 10_000,
            duplicate_hours: 24,
            summon_rule: true,
            media_processing_seconds: 1,
            media_fails: false,
            oauth_skew_seconds: 300,
            rule_delay_seconds: 0,
        }
    }
}

impl Knobs {
    /// What is out of range, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        if self.keep_alive_ms == 0 || self.stream_queue == 0 {
            return Some("keep_alive_ms and stream_queue are above 0");
        }
        (self.hang_ms > 600_000).then_some("hang_ms is at most 600000")
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    SelfServe,
    Enterprise,
}

/// What a user's OAuth 1.0a token may do; each includes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Read,
    Write,
    #[default]
    Dm,
}

/// An app of a developer account; what is left out is made up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppConfig {
    pub id: Option<XId>,
    pub key: Option<String>,
    pub secret: Option<Secret>,
    pub bearer: Option<Secret>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub tier: Tier,
    pub users: Vec<UserConfig>,
}

/// What an account has allowed an app: one OAuth 1.0a token, one of OAuth 2.0, or both.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserConfig {
    /// `@handle` or id.
    pub user: String,
    pub oauth1: Option<OAuth1Config>,
    pub oauth2: Option<OAuth2Config>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuth1Config {
    pub token: Option<String>,
    pub secret: Option<Secret>,
    pub permission: Permission,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuth2Config {
    pub access: Option<Secret>,
    /// Given only where `offline.access` is among the scopes.
    pub refresh: Option<Secret>,
    pub scopes: Vec<String>,
    /// Simulated seconds that access tokens live.
    pub lives_seconds: u64,
}

impl Default for OAuth2Config {
    fn default() -> Self {
        let scopes = super::scopes::ALL.iter().map(|scope| (*scope).to_owned());
        Self {
            access: None,
            refresh: None,
            scopes: scopes.collect(),
            lives_seconds: 7_200,
        }
    }
}
