//! A webhook receiver that answers its CRC, checks signatures, and answers what the test tells it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};
use x_sim::{
    config::{Config, Envelope, Secret, WebhookConfig},
    sign::{SIGNATURE_HEADER, sign},
    world::NewPerson,
};

pub const SECRET: &str = "consumer-secret";
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
pub struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    seen: Mutex<Vec<Seen>>,
    answers: Mutex<VecDeque<u16>>,
    came: Notify,
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub body: Bytes,
    pub signed: bool,
}

impl Receiver {
    /// Starts one and gives its URL.
    pub async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/hook", get(crc).post(take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, url)
    }

    /// Statuses of the next answers; after them 200.
    pub fn answer(&self, statuses: &[u16]) {
        self.0.answers.lock().unwrap().extend(statuses);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }

    pub async fn wait(&self, count: usize) -> Vec<Seen> {
        wait_for(
            || (self.seen().len() >= count).then(|| self.seen()),
            &self.0.came,
        )
        .await
    }
}

async fn wait_for<T>(ready: impl Fn() -> Option<T>, came: &Notify) -> T {
    tokio::time::timeout(DEADLINE, async {
        loop {
            let next = came.notified();
            if let Some(value) = ready() {
                return value;
            }
            next.await;
        }
    })
    .await
    .unwrap()
}

/// Waits for a condition that nothing announces.
pub async fn until(ready: impl Fn() -> bool) {
    tokio::time::timeout(DEADLINE, async {
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while !ready() {
            tick.tick().await;
        }
    })
    .await
    .unwrap();
}

#[derive(serde::Deserialize)]
struct Challenge {
    crc_token: String,
}

async fn crc(Query(Challenge { crc_token }): Query<Challenge>) -> Json<Value> {
    Json(json!({"response_token": sign(SECRET, crc_token.as_bytes())}))
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers
        .get(SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok());
    let signed = signature == Some(&sign(SECRET, &body));
    let status = receiver
        .0
        .answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or(200);
    receiver.0.seen.lock().unwrap().push(Seen { body, signed });
    receiver.0.came.notify_waiters();
    StatusCode::from_u16(status).unwrap()
}

/// Two accounts and a customer, one request at a time, and a clock that shortens waits.
pub fn config() -> Config {
    let person = |handle: &str| NewPerson {
        handle: handle.to_owned(),
        ..NewPerson::default()
    };
    let mut config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_loopback_http: true,
        people: vec![person("brand"), person("otherbrand"), person("ada")],
        ..Config::default()
    };
    config.clock.scale = 10_000.0;
    config.delivery.in_flight = 1;
    config.delivery.crc_every_seconds = 0;
    config
}

pub fn webhook(url: &str, envelope: Envelope) -> WebhookConfig {
    WebhookConfig {
        url: url.to_owned(),
        secret: Secret(SECRET.to_owned()),
        envelope,
        accounts: vec!["@brand".to_owned(), "@otherbrand".to_owned()],
        watch: Vec::new(),
    }
}
