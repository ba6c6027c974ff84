//! How long tiles and lists take at 1,000,000 items with about 2,000 active, through the router.
//!
//! `cargo run -p api --example list_bench -- OWNER_URL APP_URL`, on an empty database or one
//! that it has filled before.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a tool for developers"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::http::auth::Role;
use api::keys::{self, Wanted};
use api::{App, router};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use respond::media::MediaDir;
use runtime::Program;
use runtime::kafka::Cluster;
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tower::ServiceExt as _;

const CONFIG: &str = r#"
[org.acme]
api = { rate = 10000, concurrency = 1000 }
[[org.acme.accounts]]
pageId = "acme"
consumerKey = "invented"
consumerSecret = "invented"
accessToken = "900-invented"
accessTokenSecret = "invented"
"#;

const PATHS: &[&str] = &[
    "/api/v1/tiles",
    "/api/v1/threads",
    "/api/v1/threads?sort=newest&limit=200",
    "/api/v1/threads?sort=priority",
    "/api/v1/threads?view=follow-up",
    "/api/v1/threads?q=number%20999",
    "/api/v1/threads?posted_on=2026-11-23",
    "/api/v1/threads?closed_on=2026-11-23",
    "/api/v1/threads?tab=done",
    "/api/v1/threads?tab=done&kind=messages&limit=200",
    "/api/v1/search?q=number%20999",
    "/api/v1/cases",
    "/api/v1/people/7",
];
const RUNS: usize = 300;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (owner_url, app_url) = (
        args.next().expect("OWNER_URL"),
        args.next().expect("APP_URL"),
    );
    let mut owner = PgConnection::connect(&owner_url).await.expect("owner");
    schemas::MIGRATOR.run(&mut owner).await.expect("migrations");
    let pg = runtime::pg::pool(&app_url, 8).expect("app URL");
    fill(&mut owner).await.expect("items");
    let program = Program::for_test("api", Cluster::plain("127.0.0.1:1", ""), pg).expect("program");
    let noon: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    program.clock.advance(noon - program.clock.now());
    let wanted = Wanted {
        org: "acme",
        name: &format!("bench-{}", uuid::Uuid::new_v4().simple()),
        role: Role::Admin,
        messages: true,
        expires_at: None,
    };
    let minted = keys::mint(&mut rand::rng());
    let key = keys::create(&program.pg, &program.clock, minted, wanted)
        .await
        .expect("key");
    let orgs = schemas::org_config::parse_toml(CONFIG).expect("configuration");
    let (_keep, orgs) = tokio::sync::watch::channel(Arc::new(orgs));
    let router = router(&App::new(
        program,
        orgs,
        MediaDir::new(&std::env::temp_dir()),
    ));
    for path in PATHS {
        measure(&router, key.expose_secret(), path).await;
    }
}

async fn measure(router: &Router, key: &str, path: &str) {
    let mut took: Vec<Duration> = Vec::new();
    let mut size = 0;
    for _ in 0..RUNS {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        let request = request.body(Body::empty()).unwrap();
        let start = Instant::now();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        took.push(start.elapsed());
        assert_eq!(status, 200, "{path} {}", String::from_utf8_lossy(&body));
        size = body.len();
    }
    took.sort();
    let at = |percent: usize| took[RUNS * percent / 100];
    let (p10, p50, p99) = (at(10), at(50), at(99));
    println!(
        "{path}: p10 {p10:.1?}, p50 {p50:.1?}, p99 {p99:.1?}, worst {:.1?}, {size} bytes",
        took[RUNS - 1]
    );
}

async fn fill(owner: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Row-level security binds the owner too.
    owner
        .execute("SELECT set_config('earshot.orgs', 'acme', false)")
        .await?;
    let filled = "SELECT EXISTS (SELECT FROM items)";
    if sqlx::query_scalar(filled).fetch_one(&mut *owner).await? {
        return Ok(());
    }
    for statement in include_str!("bench.sql").split(";\n") {
        sqlx::query(statement).execute(&mut *owner).await?;
    }
    Ok(())
}
