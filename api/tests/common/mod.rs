//! A desk on a database of its own: organisations, keys, items, and requests through the router.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]

pub mod events;
pub mod items;
pub mod people;

use std::sync::Arc;

use api::http::auth::Role;
use api::http::fresh::{End, LinkedEnds};
use api::keys::{self, Wanted};
use api::{App, Source, router};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use runtime::Program;
use runtime::clock::Clock;
use runtime::kafka::Cluster;
use runtime::testing::{TestDatabase, database};
use schemas::org_config::{Organisations, parse_toml};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::watch;
use tower::ServiceExt as _;
use uuid::Uuid;

/// Linked topics that hold nothing.
struct NothingLinked;

impl LinkedEnds for NothingLinked {
    fn ends(&self) -> Result<Vec<End>, String> {
        Ok(vec![("social.linked.posts.v1", 0, 0)])
    }
}

/// Linked topics with two entries that nobody has read.
pub struct TwoLinked;

impl LinkedEnds for TwoLinked {
    fn ends(&self) -> Result<Vec<End>, String> {
        Ok(vec![("social.linked.posts.v1", 0, 3)])
    }
}

pub const CONFIG: &str = r#"
[org.acme]
time_zone = "Europe/Berlin"
api = { rate = 10000, concurrency = 1000 }
[[org.acme.accounts]]
pageId = "acme"
consumerKey = "invented"
consumerSecret = "invented"
accessToken = "900-invented"
accessTokenSecret = "invented"
[org.bolt]
api = { rate = 10000, concurrency = 1000 }
[[org.bolt.accounts]]
pageId = "bolt"
consumerKey = "invented"
consumerSecret = "invented"
accessToken = "901-invented"
accessTokenSecret = "invented"
"#;

pub struct Desk {
    pub app: App,
    pub router: Router,
    pub pg: PgPool,
    pub clock: Clock,
    pub program: Program,
    pub config: watch::Sender<Arc<Organisations>>,
    pub database: TestDatabase,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Last part of the problem's type.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.trim_start_matches("/problems/").to_owned()
    }

    /// The JSON of a success.
    pub fn ok(self) -> Value {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()
    }
}

/// A desk with the clock at 2026-11-23 12:00 UTC.
pub async fn desk() -> Desk {
    desk_with(CONFIG, Arc::new(NothingLinked)).await
}

pub async fn desk_with(config: &str, ends: Arc<dyn LinkedEnds>) -> Desk {
    runtime::telemetry::log(runtime::telemetry::LogFormat::Pretty, "warn");
    let database = database().await;
    let mut owner = PgConnection::connect(&database.owner_url).await.unwrap();
    schemas::MIGRATOR.run(&mut owner).await.unwrap();
    let pg = runtime::pg::pool(&database.app_url, 8).unwrap();
    let program = Program::for_test("api", Cluster::plain("127.0.0.1:1", ""), pg.clone()).unwrap();
    let clock = program.clock.clone();
    let noon: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    clock.advance(noon - clock.now());
    let (sender, receiver) = watch::channel(Arc::new(parse_toml(config).unwrap()));
    let app = App::with_ends(program.clone(), receiver, ends);
    Desk {
        router: router(&app),
        app,
        pg,
        clock,
        program,
        config: sender,
        database,
    }
}

impl Desk {
    /// Another process of the API on the same database, with the same clock.
    pub fn second_process(&self) -> Router {
        router(&self.process(self.config.subscribe()))
    }

    /// A process that has its organisations from there.
    pub fn process(&self, source: impl Into<Source>) -> App {
        let nowhere = Cluster::plain("127.0.0.1:1", "");
        let pg = runtime::pg::pool(&self.database.app_url, 8).unwrap();
        let mut program = Program::for_test("api", nowhere, pg).unwrap();
        program.clock = self.clock.clone();
        App::with_ends(program, source, Arc::new(NothingLinked))
    }

    pub fn set_time(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().unwrap();
        self.clock.advance(at - self.clock.now());
    }

    pub async fn key(&self, org: &str, role: Role, messages: bool) -> String {
        self.key_until(org, role, messages, None).await
    }

    pub async fn key_until(
        &self,
        org: &str,
        role: Role,
        messages: bool,
        expires_in: Option<TimeDelta>,
    ) -> String {
        let name = format!("{}-{}", role.as_str(), Uuid::new_v4().simple());
        let wanted = Wanted {
            org,
            name: &name,
            role,
            messages,
            expires_at: expires_in.map(|after| self.clock.now() + after),
        };
        let made = keys::create(&self.pg, &self.clock, keys::mint(&mut rand::rng()), wanted).await;
        made.unwrap().expose_secret().to_owned()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    pub async fn get(&self, key: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A command with a key of its own.
    pub async fn command(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.command_as(key, method, path, body, Uuid::new_v4())
            .await
    }

    pub async fn command_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: &Value,
        once: Uuid,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", once.to_string())
            .header("content-type", "application/json");
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        self.send(request.body(bytes.into()).unwrap()).await
    }
}
