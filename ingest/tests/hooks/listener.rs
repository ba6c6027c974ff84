//! A listener on a free port, with a publisher that does as it is told.

use std::sync::{Arc, Mutex};

use ingest::{Hooks, Limits, Metrics, Outgoing, Publish, PublishError, signature};
use prometheus::{Registry, TextEncoder};
use reqwest::{RequestBuilder, Response};
use runtime::clock::Clock;
use runtime::facts::Recorder;
use schemas::org_config::Organisations;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What the publisher does with the next batches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Broker {
    Acks,
    Refuses,
    Hangs,
}

#[derive(Clone)]
pub struct FakePublish {
    pub broker: Arc<Mutex<Broker>>,
    pub acked: Arc<Mutex<Vec<Outgoing>>>,
    /// Batches begun.
    pub begun: watch::Sender<usize>,
}

impl Publish for FakePublish {
    async fn publish(&self, batch: Vec<Outgoing>) -> Result<(), PublishError> {
        self.begun.send_modify(|begun| *begun += 1);
        let broker = *self.broker.lock().unwrap();
        match broker {
            Broker::Acks => {
                self.acked.lock().unwrap().extend(batch);
                Ok(())
            }
            Broker::Refuses => Err(PublishError("no leader".into())),
            Broker::Hangs => std::future::pending().await,
        }
    }
}

pub struct Listener {
    pub url: String,
    pub client: reqwest::Client,
    pub publish: FakePublish,
    pub orgs: watch::Sender<Arc<Organisations>>,
    pub paused: watch::Sender<Option<String>>,
    pub registry: Registry,
    pub facts: Recorder,
    stop: CancellationToken,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Two organisations: acme (secret `first`, rotation `old`) and other (secret `others`).
pub fn organisations(acme: &str) -> Arc<Organisations> {
    let org = |name: &str, secret: &str, rotation: &str, id: u32| {
        format!(
            r#"socialConfig.{name}={{"orgId":"{name}","XConfig":{{"pageId":"hush_handle",
            "XConsumerKey":"hush-key","XConsumerSecret":"{secret}","XAccessTokenId":"{id}-hush-token",
            "XAccessTokenSecret":"hush-token-secret"}}}}
            earshot.{name}={{"consumer_secrets":["{rotation}"]}}
            "#
        )
    };
    let text = org("Acme", acme, "hush-old", 42) + &org("other", "hush-others", "hush-x", 77);
    Arc::new(schemas::org_config::parse(&text).unwrap())
}

/// The same with these secrets of acme: the first signs, all verify.
pub fn with_secrets(secrets: &[&str]) -> Arc<Organisations> {
    let (first, others) = secrets.split_first().unwrap();
    let text = format!(
        r#"socialConfig.Acme={{"orgId":"Acme","XConfig":{{"pageId":"h","XConsumerKey":"k",
        "XConsumerSecret":"{first}","XAccessTokenId":"42-t","XAccessTokenSecret":"s"}}}}
        earshot.Acme={{"consumer_secrets":{others:?}}}"#
    );
    Arc::new(schemas::org_config::parse(&text).unwrap())
}

pub async fn listener(limits: Limits) -> Listener {
    let registry = Registry::new();
    let publish = FakePublish {
        broker: Arc::new(Mutex::new(Broker::Acks)),
        acked: Arc::default(),
        begun: watch::Sender::new(0),
    };
    let orgs = watch::Sender::new(organisations("hush-first"));
    let paused = watch::Sender::new(None);
    let hooks = Hooks::new(
        orgs.subscribe(),
        paused.subscribe(),
        publish.clone(),
        Metrics::new(&registry).unwrap(),
        Clock::default(),
        limits,
    );
    let facts = Recorder::default();
    let hooks = hooks.with_facts(facts.clone());
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(ingest::serve(socket, hooks, stop.clone()));
    Listener {
        url,
        client: reqwest::Client::new(),
        publish,
        orgs,
        paused,
        registry,
        facts,
        stop,
    }
}

impl Listener {
    pub fn post(&self, org: &str, body: &[u8]) -> RequestBuilder {
        self.client
            .post(format!("{}/hooks/x/{org}", self.url))
            .body(body.to_vec())
    }

    /// A delivery for acme, signed.
    pub async fn deliver(&self, secret: &str, body: &[u8]) -> Response {
        self.signed("Acme", secret, body).send().await.unwrap()
    }

    pub fn signed(&self, org: &str, secret: &str, body: &[u8]) -> RequestBuilder {
        let signature = signature::sign(&SecretString::from(secret), body);
        self.post(org, body).header(signature::HEADER, signature)
    }

    pub fn broker(&self, does: Broker) {
        *self.publish.broker.lock().unwrap() = does;
    }

    pub fn acked(&self) -> Vec<Outgoing> {
        self.publish.acked.lock().unwrap().clone()
    }

    /// Lines of the metrics that hold this text.
    pub fn metrics(&self, holds: &str) -> Vec<String> {
        let text = TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap();
        let own = |line: &&str| !line.starts_with('#') && line.contains(holds);
        text.lines().filter(own).map(str::to_owned).collect()
    }
}

/// A body with posts of these ids.
pub fn posts(ids: std::ops::Range<u64>) -> Vec<u8> {
    let posts: Vec<String> = ids
        .map(|id| format!(r#"{{"id_str":"{id}","text":"hush text","user":{{"id_str":"7"}}}}"#))
        .collect();
    format!(
        r#"{{"for_user_id":"42","tweet_create_events":[{}]}}"#,
        posts.join(",")
    )
    .into_bytes()
}
