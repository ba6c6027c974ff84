//! Serves the API on an address for tools that test it from outside: migrates the database, puts
//! in an invented organisation with a few items, prints a key of each role.
//!
//! `cargo run -p api --example serve -- OWNER_URL APP_URL ADDRESS`
#![expect(clippy::expect_used, reason = "a tool for developers")]

use std::sync::Arc;

use api::http::auth::Role;
use api::http::fresh::{End, LinkedEnds};
use api::keys::{self, Wanted};
use api::{App, serve};
use runtime::Program;
use runtime::kafka::Cluster;
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

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

/// No Kafka beside it: nothing is linked that was not read.
struct NothingLinked;

impl LinkedEnds for NothingLinked {
    fn ends(&self) -> Result<Vec<End>, String> {
        Ok(Vec::new())
    }
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().unwrap_or_else(|| panic_usage(what));
    let (owner_url, app_url, addr) = (next("OWNER_URL"), next("APP_URL"), next("ADDRESS"));
    runtime::telemetry::log(runtime::telemetry::LogFormat::Pretty, "warn");
    let mut owner = PgConnection::connect(&owner_url).await.expect("owner");
    schemas::MIGRATOR.run(&mut owner).await.expect("migrations");
    let pg = runtime::pg::pool(&app_url, 16).expect("app URL");
    seed(&pg).await.expect("seed");
    let program = Program::for_test("api", Cluster::plain("127.0.0.1:1", ""), pg).expect("program");
    for role in Role::ALL {
        let name = format!("{}-{}", role.as_str(), uuid::Uuid::new_v4().simple());
        let wanted = Wanted {
            org: "acme",
            name: &name,
            role,
            messages: true,
            expires_at: None,
        };
        let minted = keys::mint(&mut rand::rng());
        let key = keys::create(&program.pg, &program.clock, minted, wanted).await;
        println!("{} {}", role.as_str(), key.expect("key").expose_secret());
    }
    let orgs = schemas::org_config::parse_toml(CONFIG).expect("configuration");
    let (_keep, orgs) = tokio::sync::watch::channel(Arc::new(orgs));
    let app = App::with_ends(program.clone(), orgs, Arc::new(NothingLinked));
    let bound = serve(&app, addr.parse().expect("address"))
        .await
        .expect("listener");
    println!("listening {bound}");
    program.shutdown.cancelled().await;
}

fn panic_usage(what: &str) -> String {
    eprintln!("missing {what}; usage: serve OWNER_URL APP_URL ADDRESS");
    std::process::exit(2);
}

async fn seed(pg: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut scope = runtime::pg::begin(pg, &["acme"]).await?;
    for statement in include_str!("seed.sql").split(";\n") {
        sqlx::query(statement).execute(&mut *scope).await?;
    }
    scope.commit().await
}
