//! X played by `x-sim`, a database of its own, a desk that writes intents, a sender.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use respond::intent::{Act, New, Private, Public};
use respond::options::{private_text, public_text};
use respond::{Reply, Sender, desk};
use runtime::Program;
use runtime::kafka::Cluster;
use runtime::testing::{TestDatabase, migrated, wait_for};
use schemas::org_config::{Organisations, parse_toml};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;
use x_account::Ledger;
use x_client::calls::Recipient;
use x_client::ids::{PostId, UserId};
use x_client::oauth2::NoTokens;
use x_client::retry::RetryPolicy;
use x_client::usage::PriceTable;
use x_client::{Api, Deps, Settings};

pub const ORG: &str = "northwind";
pub const BRAND: &str = "11";
pub const ADA: &str = "21";
pub const PATIENCE: Duration = Duration::from_mins(1);

pub fn orgs() -> watch::Receiver<Arc<Organisations>> {
    let text = r#"
[org.northwind]
tier = "enterprise"
[[org.northwind.accounts]]
pageId = "brand"
consumerKey = "consumer-key"
consumerSecret = "consumer-secret"
accessToken = "11-token"
accessTokenSecret = "11-secret"
"#;
    watch::channel(Arc::new(parse_toml(text).unwrap())).1
}

/// X, with an app and a brand that may do everything, and budgets as asked for.
pub async fn x(rate_limits: bool) -> x_sim::Running {
    let config = json!({
        "listen": "127.0.0.1:0",
        "people": [{ "id": "11", "handle": "brand" }, { "id": "21", "handle": "ada" }],
        "api": {
            "knobs": { "rate_limits": rate_limits, "hang_ms": 60_000 },
            "apps": [{
                "key": "consumer-key", "secret": "consumer-secret", "tier": "enterprise",
                "users": [{ "user": "@brand", "oauth1": { "token": "11-token", "secret": "11-secret" } }],
            }],
        },
    });
    x_sim::run(serde_json::from_value(config).unwrap())
        .await
        .unwrap()
}

/// The sender of one process; time-outs are short, since `x-sim` hangs in real time.
pub fn sender(program: &Program, base: &str, media: &Path) -> Sender {
    let settings = Settings {
        base_url: base.to_owned(),
        request_timeout: Duration::from_millis(1_500),
        retry: RetryPolicy {
            pause_min: Duration::from_millis(1),
            pause_max: Duration::from_millis(5),
            ..RetryPolicy::default()
        },
        ..Settings::new(PriceTable::built_in().unwrap())
    };
    let clock = program.clock.clone();
    let deps = Deps {
        now: Arc::new(move || clock.now()),
        observer: Arc::new(Ledger::new(&program.telemetry)),
        tokens: Arc::new(NoTokens),
        seed: rand::random(),
    };
    let api = Api::new(settings, deps).unwrap();
    Sender::new(program.clone(), orgs(), api, media)
}

/// A program on this database, whose clock is so far ahead.
pub fn program(url: &str, ahead: TimeDelta) -> Program {
    let pool = runtime::pg::stage_pool(url, 12).unwrap();
    let nowhere = Cluster::plain("127.0.0.1:1", "");
    let mut program = Program::for_test("respond", nowhere, pool).unwrap();
    program.clock.advance(ahead);
    "respond-0".clone_into(&mut program.instance);
    program
}

pub struct Lab {
    pub x: x_sim::Running,
    pub database: TestDatabase,
    pub program: Program,
    pub media: tempfile::TempDir,
    pub target: PostId,
    http: reqwest::Client,
}

impl Lab {
    pub async fn new(rate_limits: bool) -> Self {
        let database = migrated().await;
        let program = program(&database.app_url, TimeDelta::zero());
        let mut lab = Self {
            x: x(rate_limits).await,
            database,
            program,
            media: tempfile::tempdir().unwrap(),
            target: PostId::new("1").unwrap(),
            http: reqwest::Client::new(),
        };
        lab.target = lab.post("@brand where is my parcel?").await;
        lab
    }

    /// The control API of `x-sim`.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/sim/v1{path}", self.x.url());
        let request = self.http.request(method.parse().unwrap(), url);
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.json().await.unwrap_or(Value::Null)
    }

    /// A post of Ada's; a fault is not asked of it.
    pub async fn post(&self, text: &str) -> PostId {
        let body = json!({ "author": "@ada", "text": text });
        let made = self.control("POST", "/posts", body).await;
        let id = made["id"].as_str().or_else(|| made["post"]["id"].as_str());
        PostId::new(id.unwrap_or_else(|| panic!("{made}"))).unwrap()
    }

    /// The clocks of X and of ours, together.
    pub async fn advance(&self, seconds: i64) {
        let body = json!({ "seconds": seconds });
        self.control("POST", "/clock/advance", body).await;
        self.program.clock.advance(TimeDelta::seconds(seconds));
    }

    pub fn sender(&self) -> Sender {
        sender(&self.program, &self.x.url(), self.media.path())
    }

    /// A sender that works until the program shuts down.
    pub fn start(&self) -> tokio::task::JoinHandle<()> {
        let sender = self.sender();
        tokio::spawn(async move { sender.run().await.unwrap() })
    }

    pub async fn write(&self, text: &str, lane: usize, private: bool) -> Uuid {
        write(&self.program, &self.target, (text, lane, private), None).await
    }

    pub async fn reply(&self, id: Uuid) -> Reply {
        let mut scope = runtime::pg::begin(&self.program.pg, &[ORG]).await.unwrap();
        desk::load(&mut scope, ORG, id).await.unwrap().unwrap()
    }

    pub async fn until(&self, id: Uuid, states: &[&str]) -> Reply {
        let what = format!("{states:?}");
        wait_for(&what, PATIENCE, || async {
            let reply = self.reply(id).await;
            states.contains(&reply.state.as_str()).then_some(reply)
        })
        .await
    }

    pub async fn all(&self) -> Vec<Reply> {
        all(&self.program.pg).await
    }

    /// Texts that X has, and how often each was sent.
    pub async fn sent(&self) -> HashMap<String, usize> {
        let mut sent = HashMap::new();
        loop {
            let path = format!("/sends?from={}", sent.len());
            let page = self.control("GET", &path, Value::Null).await;
            let page = page["sends"].as_array().unwrap().clone();
            if page.is_empty() {
                return sent;
            }
            sent.extend(page.iter().map(|sent| {
                let text = sent["text"].as_str().unwrap().to_owned();
                (text, sent["ids"].as_array().unwrap().len())
            }));
        }
    }

    pub async fn faults(&self, faults: Value) {
        for fault in faults.as_array().unwrap() {
            self.control("POST", "/api-faults", fault.clone()).await;
        }
    }
}

pub async fn all(pg: &PgPool) -> Vec<Reply> {
    let states: Vec<String> = [
        "queued",
        "sending",
        "posted",
        "failed",
        "unknown",
        "cancelled",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut scope = runtime::pg::begin(pg, &[ORG]).await.unwrap();
    desk::page(&mut scope, ORG, (&states, None), (None, None), 100_000)
        .await
        .unwrap()
}

/// What the API does: an intent, its step in the outbox, one transaction.
pub async fn write(
    program: &Program,
    target: &PostId,
    (text, lane, private): (&str, usize, bool),
    media: Option<(Vec<u8>, String)>,
) -> Uuid {
    let now: DateTime<Utc> = program.clock.now();
    let act = if private {
        Act::Private(Private {
            text: Some(private_text(text).unwrap()),
            to: Recipient::User(UserId::new(ADA).unwrap()),
        })
    } else {
        Act::Public(Public {
            text: public_text(text, &[]).unwrap(),
            target: target.clone(),
            exclude: Vec::new(),
            summoned: true,
        })
    };
    let new = New {
        reply_id: Uuid::now_v7(),
        account: BRAND.to_owned(),
        lane: format!("lane-{lane}"),
        thread_key: format!("p.{ADA}.{lane}"),
        item_id: Uuid::new_v4(),
        person_id: ADA.to_owned(),
        customer_id: None,
        case_id: None,
        act,
        media,
        closes: Vec::new(),
        by: "key:dana".to_owned(),
        not_before: now,
    };
    let mut scope = runtime::pg::begin(&program.pg, &[ORG]).await.unwrap();
    desk::create(&mut scope, &program.encoder, ORG, &new, now)
        .await
        .unwrap();
    scope.commit().await.unwrap();
    new.reply_id
}

/// The oracle: what a row says of a text and what X has of it must agree.
pub fn agree(replies: &[(String, Reply)], sent: &HashMap<String, usize>) {
    for (text, reply) in replies {
        let times = sent.get(text).copied().unwrap_or_default();
        assert!(times <= 1, "{text} was sent {times} times");
        match reply.state.as_str() {
            "posted" => assert_eq!(times, 1, "{text} is posted and not at X"),
            "failed" | "cancelled" => assert_eq!(times, 0, "{text} is {} and at X", reply.state),
            "unknown" => assert_eq!(times, 0, "{text} is at X and was not found"),
            other => panic!("{text} is {other} still"),
        }
    }
}
