//! An x-sim with two brands, a database, topics of its own, and the sources over them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ingest::accounts::{Account, Accounts};
use ingest::context::Context;
use ingest::intake::Intake;
use ingest::kafka::KafkaPublish;
use ingest::sightings::Sightings;
use ingest::source_metrics::SourceMetrics;
use ingest::{Outgoing, Publish, PublishError, Value};
use prometheus::Registry;
use prometheus::proto::MetricFamily;
use runtime::clock::Clock;
use runtime::kafka::Cluster;
use runtime::kafka::admin::{Admin, Layout};
use runtime::testing;
use schemas::org_config::Organisations;
use schemas::records::Received;
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::watch;
use x_account::Ledger;
use x_client::usage::PriceTable;
use x_client::{Api, Deps, Settings};
use x_sim::world::{Command, NewMessage, NewPost};
use x_sim::{Config, Running, XId};

pub const DEADLINE: Duration = Duration::from_mins(1);
pub const BRAND: &str = "11";

/// Publishes to Kafka, keeps what the broker acknowledged, and does as it is told.
#[derive(Clone)]
pub struct Tap {
    kafka: Arc<KafkaPublish>,
    pub acked: Arc<Mutex<Vec<Received>>>,
    pub keys: Arc<Mutex<std::collections::BTreeSet<String>>>,
    pub hang: watch::Sender<bool>,
    pub begun: watch::Sender<usize>,
}

impl Publish for Tap {
    async fn publish(&self, batch: Vec<Outgoing>) -> Result<(), PublishError> {
        self.begun.send_modify(|begun| *begun += 1);
        if *self.hang.borrow() {
            std::future::pending::<()>().await;
        }
        self.kafka.publish(batch.clone()).await?;
        let keys = batch
            .iter()
            .map(|out| String::from_utf8(out.key.clone()).unwrap());
        self.keys.lock().unwrap().extend(keys);
        let mut acked = self.acked.lock().unwrap();
        acked.extend(batch.into_iter().filter_map(|out| match out.value {
            Value::Received(received) => Some(*received),
            Value::Quarantined(_) => None,
        }));
        Ok(())
    }
}

pub struct Bed {
    pub x: Running,
    pub registry: Registry,
    pub context: Context<Tap>,
    pub tap: Tap,
    pub ledger: Ledger,
    pub orgs: watch::Sender<Arc<Organisations>>,
    pub paused: watch::Sender<Option<String>>,
    pub pg: PgPool,
    pub sightings: Sightings,
}

/// Organisation `Acme` with the account `brand`, id 11. `settings` is its `earshot.Acme` object.
pub fn organisations(secret: &str, settings: &serde_json::Value) -> Arc<Organisations> {
    organisations_of("cs", secret, settings)
}

/// The same with another consumer secret.
pub fn organisations_of(
    consumer: &str,
    secret: &str,
    settings: &serde_json::Value,
) -> Arc<Organisations> {
    let social = json!({"orgId": "Acme", "XConfig": {"pageId": "brand", "XConsumerKey": "ck",
        "XConsumerSecret": consumer, "XAccessTokenId": "11-t", "XAccessTokenSecret": secret}});
    let text = format!("socialConfig.Acme={social}\nearshot.Acme={settings}\n");
    Arc::new(schemas::org_config::parse(&text).unwrap())
}

fn world(tier: &str) -> Config {
    serde_json::from_value(json!({
        "listen": "127.0.0.1:0", "allow_loopback_http": true,
        "people": [{"handle": "brand", "id": BRAND}, {"handle": "ada", "id": "21"},
                   {"handle": "bob", "id": "22"}],
        "api": {"own_media": true, "knobs": {"keep_alive_ms": 200, "oauth_skew_seconds": 200_000}, "apps": [{
            "key": "ck", "secret": "cs", "bearer": "b", "tier": tier,
            "users": [{"user": "@brand", "oauth1": {"token": "11-t", "secret": "ts"}}]}]},
    }))
    .unwrap()
}

pub async fn bed(tier: &str, settings: serde_json::Value) -> Bed {
    let x = x_sim::run(world(tier)).await.unwrap();
    let prefix = format!("{}.", testing::unique("ways"));
    let cluster = Cluster::plain(&testing::parts().brokers, &prefix);
    let layout = Layout {
        partitions: runtime::config::PARTITIONS,
        replication: 1,
    };
    Admin::new(&cluster).unwrap().apply(layout).await.unwrap();
    let database = testing::migrated().await;
    let pg = runtime::pg::pool(&database.app_url, 4).unwrap();
    let program = runtime::Program::for_test("ingest", cluster.clone(), pg.clone()).unwrap();
    let tap = Tap {
        kafka: Arc::new(KafkaPublish::new(&cluster, program.encoder.clone()).unwrap()),
        acked: Arc::default(),
        keys: Arc::default(),
        hang: watch::Sender::new(false),
        begun: watch::Sender::new(0),
    };
    let registry = Registry::new();
    let metrics = SourceMetrics::new(&registry).unwrap();
    let ledger = Ledger::new(&program.telemetry);
    let clock = Clock::default();
    let now = clock.clone();
    let settings_x = Settings {
        base_url: x.url(),
        stream_url: x.url(),
        stream_timeout: Duration::from_secs(2),
        ..Settings::new(PriceTable::built_in().unwrap())
    };
    let deps = Deps {
        now: Arc::new(move || now.now()),
        observer: Arc::new(ledger.clone()),
        tokens: Arc::new(x_client::oauth2::NoTokens),
        seed: 1,
    };
    let orgs = watch::Sender::new(organisations("ts", &settings));
    let accounts = Accounts::new(Api::new(settings_x, deps).unwrap(), orgs.subscribe());
    let paused = watch::Sender::new(None);
    let sightings = Sightings::default();
    let intake = Intake::new(
        tap.clone(),
        paused.subscribe(),
        metrics.clone(),
        sightings.clone(),
        clock.clone(),
    );
    let context = Context {
        accounts,
        intake,
        pg: pg.clone(),
        clock,
        metrics,
        second: Duration::from_millis(20),
        media: None,
        woken: watch::Sender::new(()),
        base_url: None,
    };
    Bed {
        x,
        registry,
        context,
        tap,
        ledger,
        orgs,
        paused,
        pg,
        sightings,
    }
}

impl Bed {
    pub fn account(&self) -> Account {
        self.context.accounts.get("Acme", BRAND).unwrap()
    }

    /// `who` writes a post.
    pub fn post(&self, who: &str, text: &str) -> String {
        let post = NewPost {
            author: who.to_owned(),
            text: text.to_owned(),
            ..NewPost::default()
        };
        self.post_as(post)
    }

    pub fn post_as(&self, post: NewPost) -> String {
        let text = post.text.clone();
        self.x.sim.apply(Command::Post(post)).unwrap();
        self.x.sim.read(|world| {
            let id = world
                .posts()
                .filter(|post| post.text.contains(&text))
                .map(|post| post.id)
                .max();
            id.unwrap_or(XId(0)).to_string()
        })
    }

    pub fn message(&self, from: &str, to: &str, text: &str) {
        let message = NewMessage {
            from: from.to_owned(),
            to: to.to_owned(),
            text: text.to_owned(),
            ..NewMessage::default()
        };
        self.x.sim.apply(Command::SendMessage(message)).unwrap();
    }

    pub fn acked(&self) -> Vec<Received> {
        self.tap.acked.lock().unwrap().clone()
    }

    /// Kafka keys: one for each item.
    pub fn keys(&self) -> Vec<String> {
        self.tap.keys.lock().unwrap().iter().cloned().collect()
    }

    /// X ids that the broker acknowledged, each once, with how often.
    pub fn ids(&self) -> std::collections::BTreeMap<String, usize> {
        let mut ids = std::collections::BTreeMap::new();
        for received in self.acked() {
            // Posts and messages have id spaces of their own.
            let private = received.event.starts_with("dm") || received.event.starts_with("direct");
            let id = received.x_id.unwrap_or_default();
            let id = if private { format!("dm:{id}") } else { id };
            *ids.entry(id).or_default() += 1;
        }
        ids
    }

    /// What an operator's Prometheus would see of a gauge.
    pub fn gauge(&self, name: &str) -> Vec<String> {
        let mut families = self.registry.gather();
        families.retain(|family| family.name() == name);
        let all = families.iter().flat_map(MetricFamily::get_metric);
        all.map(|one| one.get_gauge().get_value().to_string())
            .collect()
    }

    pub async fn scalar(&self, sql: &'static str) -> i64 {
        let mut transaction = runtime::pg::begin(&self.pg, &["Acme"]).await.unwrap();
        let value: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        value
    }
}
