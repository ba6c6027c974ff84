//! x-sim with an account that authorised an app, and processes of ours beside it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use runtime::clock::Clock;
use runtime::pg::sealed::Sealed;
use runtime::sealed::Keys;
use runtime::telemetry::Telemetry;
use runtime::testing::{TestDatabase, migrated};
use sqlx::PgPool;
use tempfile::TempDir;
use x_account::{Ledger, PgTokens};
use x_client::auth::{AppKeys, OAuth2App, UserToken};
use x_client::usage::PriceTable;
use x_client::{Api, AuthTable, Client, Credentials, Deps, Settings};
use x_sim::api::knobs::{AppConfig, OAuth1Config, OAuth2Config, UserConfig};
use x_sim::config::Secret;
use x_sim::world::NewPerson;
use x_sim::{Config, Running, XId};

static SEED: AtomicU64 = AtomicU64::new(1);

pub const ORG: &str = "acme";
pub const ACCOUNT: &str = "42";

pub struct Lab {
    pub sim: Running,
    pub database: TestDatabase,
    dir: TempDir,
    pub clock: Clock,
}

/// What a process of ours has.
pub struct Process {
    pub client: Client,
    pub pool: PgPool,
    pub ledger: Ledger,
    pub telemetry: Telemetry,
    pub sealed: Sealed,
}

fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

pub fn credentials(token: &str) -> Credentials {
    Credentials {
        app: AppKeys {
            key: "key".into(),
            secret: "secret".into(),
        },
        user: Some(UserToken {
            token: token.into(),
            secret: format!("secret-of-{token}").into(),
        }),
        oauth2: Some(OAuth2App {
            client_id: "client".to_owned(),
            secret: Some("client-secret".into()),
            refresh: Some("first-refresh".into()),
        }),
    }
}

impl Lab {
    pub async fn new() -> Self {
        let oauth2 = OAuth2Config {
            access: Some(secret("first-access")),
            refresh: Some(secret("first-refresh")),
            ..OAuth2Config::default()
        };
        let oauth1 = OAuth1Config {
            token: Some("42-old".to_owned()),
            secret: Some(secret("secret-of-42-old")),
            ..OAuth1Config::default()
        };
        let app = AppConfig {
            id: Some(XId(7)),
            key: Some("key".to_owned()),
            secret: Some(secret("secret")),
            client_id: Some("client".to_owned()),
            client_secret: Some(secret("client-secret")),
            users: vec![UserConfig {
                user: "@acme_help".to_owned(),
                oauth1: Some(oauth1),
                oauth2: Some(oauth2),
            }],
            ..AppConfig::default()
        };
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            people: vec![NewPerson {
                id: Some(XId(42)),
                handle: "acme_help".to_owned(),
                ..NewPerson::default()
            }],
            ..Config::default()
        };
        config.api.apps.push(app);
        Self {
            sim: x_sim::run(config).await.unwrap(),
            database: migrated().await,
            dir: tempfile::tempdir().unwrap(),
            clock: Clock::default(),
        }
    }

    pub fn key_file(&self) -> &Path {
        self.dir.path()
    }

    /// A process of its own: its own pool, client, ledger; `me` is called by OAuth 2.0 if `oauth2`.
    pub fn process(&self, oauth2: bool) -> Process {
        let pool = runtime::pg::pool(&self.database.app_url, 4).unwrap();
        let keys = Keys::read_or_make(&self.key_file().join("secrets.key")).unwrap();
        let sealed = Sealed::new(pool.clone(), keys);
        let telemetry = Telemetry::default();
        let ledger = Ledger::new(&telemetry);
        let rows: &[_] = if oauth2 {
            &[("users.me", "oauth2")]
        } else {
            &[]
        };
        let settings = Settings {
            base_url: self.sim.url(),
            stream_url: self.sim.url(),
            auth: AuthTable::from_names(rows.iter().copied()).unwrap(),
            ..Settings::new(PriceTable::built_in().unwrap())
        };
        let clock = self.clock.clone();
        let deps = Deps {
            now: Arc::new(move || clock.now()),
            observer: Arc::new(ledger.clone()),
            tokens: Arc::new(PgTokens::new(sealed.clone(), self.clock.clone())),
            // X refuses a nonce that it has seen, so no two processes have one seed.
            seed: SEED.fetch_add(1, Ordering::Relaxed),
        };
        let api = Api::new(settings, deps).unwrap();
        Process {
            client: api.account(x_account::key(ORG, ACCOUNT), credentials("42-old")),
            pool,
            ledger,
            telemetry,
            sealed,
        }
    }

    /// Time goes on, for X and for us.
    pub fn advance(&self, hours: i64) {
        self.sim.sim.clock().advance(hours * 3_600);
        self.clock.advance(TimeDelta::hours(hours));
    }
}

/// Calls of an endpoint as the ledger has them, over all processes.
pub async fn calls(pool: &PgPool, endpoint: &str) -> i64 {
    let mut scope = runtime::pg::begin(pool, &[ORG]).await.unwrap();
    sqlx::query_scalar(
        "SELECT coalesce(sum(calls), 0)::int8 FROM x_usage WHERE org = $1 AND endpoint = $2",
    )
    .bind(ORG)
    .bind(endpoint)
    .fetch_one(&mut *scope)
    .await
    .unwrap()
}
