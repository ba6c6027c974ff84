//! A client with keys, a clock that stands, and memory of what was used.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use x_client::auth::{AppKeys, OAuth2App, UserToken};
use x_client::oauth2::TokenStore;
use x_client::retry::RetryPolicy;
use x_client::usage::{Observer, Outcome, PriceTable, Usage};
use x_client::{AccountKey, Api, AuthTable, Client, Credentials, Deps, Settings};

use crate::tokens::MemoryTokens;

const PATIENCE: Duration = Duration::from_secs(20);
pub const START: i64 = 1_800_000_000;

/// A clock that tests move.
#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(START + self.0.load(Ordering::SeqCst), 0).unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// What the observer was told: account, endpoint, outcome, micro-dollars.
pub type Told = (String, String, Outcome, i64);

#[derive(Clone, Default)]
pub struct Ledger(pub Arc<watch::Sender<Vec<Told>>>);

impl Ledger {
    pub fn told(&self) -> Vec<Told> {
        self.0.borrow().clone()
    }
}

impl Observer for Ledger {
    fn called(&self, usage: &Usage<'_>) {
        assert!(!usage.price_version.is_empty());
        let account = usage.account.to_string();
        let told = (
            account,
            usage.endpoint.to_string(),
            usage.outcome,
            usage.cost.0,
        );
        self.0.send_modify(|all| all.push(told));
    }
}

pub struct Setup {
    pub api: Api,
    pub client: Client,
    pub clock: TestClock,
    pub ledger: Ledger,
    pub tokens: MemoryTokens,
}

/// Settings of tests: short pauses, and bounds that a busy machine keeps.
pub fn settings(url: &str) -> Settings {
    Settings {
        base_url: url.to_owned(),
        stream_url: url.to_owned(),
        retry: RetryPolicy {
            pause_min: Duration::from_millis(1),
            pause_max: Duration::from_millis(4),
            ..RetryPolicy::default()
        },
        ..Settings::new(PriceTable::built_in().unwrap())
    }
}

pub fn setup(url: &str) -> Setup {
    with_settings(settings(url))
}

pub fn with_auth(url: &str, rows: &[(&str, &str)]) -> Setup {
    let auth = AuthTable::from_names(rows.iter().copied()).unwrap();
    with_settings(Settings {
        auth,
        ..settings(url)
    })
}

pub fn with_settings(settings: Settings) -> Setup {
    let (clock, ledger, tokens) = (
        TestClock::default(),
        Ledger::default(),
        MemoryTokens::default(),
    );
    let api = api(settings, &clock, &ledger, &tokens);
    let client = api.account(AccountKey::new("northwind/help"), credentials());
    Setup {
        api,
        client,
        clock,
        ledger,
        tokens,
    }
}

/// A process of its own.
pub fn api(settings: Settings, clock: &TestClock, ledger: &Ledger, tokens: &MemoryTokens) -> Api {
    let clock = clock.clone();
    let deps = Deps {
        now: Arc::new(move || clock.now()),
        observer: Arc::new(ledger.clone()),
        tokens: Arc::new(tokens.clone()) as Arc<dyn TokenStore>,
        seed: 7,
    };
    Api::new(settings, deps).unwrap()
}

pub fn credentials() -> Credentials {
    Credentials {
        app: AppKeys {
            key: "consumer-key".into(),
            secret: "consumer-secret".into(),
        },
        user: Some(UserToken {
            token: "7001-token".into(),
            secret: "token-secret".into(),
        }),
        oauth2: Some(OAuth2App {
            client_id: "client-id".to_owned(),
            secret: Some("client-secret".into()),
            refresh: Some("refresh-0".into()),
        }),
    }
}

/// Waits until what a double remembers is so; it tells of each change.
pub async fn waits_for<T>(what: &str, kept: &watch::Sender<T>, holds: impl FnMut(&T) -> bool) {
    let mut changes = kept.subscribe();
    let waited = tokio::time::timeout(PATIENCE, changes.wait_for(holds)).await;
    assert!(waited.is_ok(), "never: {what}");
}
