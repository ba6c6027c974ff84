//! Analysts read the same topics: with addresses alone they come to the API's figure.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::{Timelike as _, Utc};
use earshot_bench::campaign::{self, Plan};
use earshot_bench::stack::Stack;
use serde_json::{Value, json};

use crate::{binary, directory, orgs, shared};

// One of two with half an hour, where midnight is not near: what was said before is not of today.
fn zone() -> &'static str {
    match Utc::now().hour() {
        1..18 => "Asia/Kolkata",
        _ => "America/St_Johns",
    }
}

#[test]
fn a_reader_with_addresses_alone_decodes_every_topic_and_recounts_x_today() {
    let prefix = format!("{}.", runtime::testing::unique("analyst"));
    let parts = shared();
    let mut stack = Stack::start(
        (&binary(), &directory()),
        &parts,
        (&prefix, &orgs()),
        &[],
        &[],
    )
    .unwrap();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2).unwrap()
    };
    let plan = Plan {
        kill_every: Duration::ZERO,
        steps: 400,
        poison_permille: 20,
        ..Plan::small()
    };
    let outcome = campaign::run(&mut stack, &pool, &plan, None).unwrap();
    assert!(
        outcome.settled && outcome.report.clean(),
        "{}",
        outcome.report
    );
    let org = &orgs()[0].id;
    let desk = Desk::new(&stack, org, "lead");
    tokio.block_on(desk.work());
    tokio.block_on(published(&pool));
    let zone = zone();
    let tiles = tokio.block_on(desk.get(&format!("/api/v1/tiles?tz={zone}")));
    let key = stack.key(org, "analyst").unwrap();
    let read = read(
        &stack,
        (&prefix, org, &key),
        (zone, tiles["day"].as_str().unwrap()),
    );
    assert_eq!(read["x_today"], tiles["x_today"]["count"], "{read} {tiles}");
    assert!(read["x_today"].as_i64().unwrap() > 0, "{read}");
    for topic in [
        "x.raw.posts.v1",
        "x.raw.messages.v1",
        "social.enriched.posts.v1",
        "social.enriched.messages.v1",
        "social.linked.posts.v1",
        "social.linked.messages.v1",
        "social.interactions.v1",
        "care.accounts.v1",
        "care.cases.v1",
        "care.feeds.v1",
        "earshot.quarantine.messages.v1",
    ] {
        assert!(
            read["records"][topic].as_i64().unwrap_or(0) > 0,
            "nothing on {topic}: {read}"
        );
    }
    stack.stop();
}

// The topics are behind the desk by the relay's few milliseconds.
async fn published(pool: &sqlx::PgPool) {
    let wait = Duration::from_secs(20);
    runtime::testing::wait_for("the desk's acts are published", wait, || async {
        let waiting = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM outbox");
        (waiting.fetch_one(pool).await.ok()? == 0).then_some(())
    })
    .await;
}

fn read(stack: &Stack, (prefix, org, key): (&str, &str, &str), (zone, day): (&str, &str)) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/analyst.py");
    let registry = format!("http://{}/registry", stack.desk);
    let output = Command::new(python())
        .arg(script)
        .args([&stack.parts.brokers, &registry, key, prefix, org, zone, day])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

// An environment of its own, kept with the build.
fn python() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("analyst-venv");
    let python = home.join("bin/python");
    let imports = ["-c", "import confluent_kafka, fastavro, tzdata"];
    if !Command::new(&python)
        .args(imports)
        .output()
        .is_ok_and(|check| check.status.success())
    {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
        let packages = ["confluent-kafka==2.16.1", "fastavro==1.13.1", "tzdata"];
        run(Command::new(&python)
            .args(["-m", "pip", "install", "-q"])
            .args(packages));
    }
    python
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

pub(crate) struct Desk {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Desk {
    pub(crate) fn new(stack: &Stack, org: &str, role: &str) -> Self {
        let key = stack.key(org, role).unwrap();
        Self {
            http: reqwest::Client::new(),
            base: format!("http://{}", stack.desk),
            key,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn send(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.answer(method, path, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// Status and body, whatever they are.
    pub(crate) async fn answer(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
            .header("Idempotency-Key", uuid::Uuid::new_v4().to_string())
            .json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    // A customer is attached, a case opened, a row done: what the care topics carry.
    async fn work(&self) {
        use reqwest::Method;
        let rows = self.get("/api/v1/threads?tab=active&kind=feeds").await;
        let row = &rows["items"][0];
        let (item, person) = (&row["item_id"], row["person"]["x_id"].as_str().unwrap());
        let new = json!({ "name": "Ines Moreau", "email": "ines@example.org" });
        let customer = self.send(Method::POST, "/api/v1/customers", new).await;
        let attach = json!({
            "customer_id": customer["customer_id"],
            "basis": "told-us",
            "evidence": item,
        });
        self.send(
            Method::PUT,
            &format!("/api/v1/people/{person}/customer"),
            attach,
        )
        .await;
        let code = json!({ "kind": "reason", "code": "late", "label": "Late parcel" });
        self.send(Method::POST, "/api/v1/codes", code).await;
        let case = json!({ "item_id": item, "follow_up": true, "reason_code": "late" });
        self.send(Method::POST, "/api/v1/cases", case).await;
        let done = json!({ "through": item });
        let id = row["id"].as_str().unwrap();
        self.send(Method::POST, &format!("/api/v1/threads/{id}/done"), done)
            .await;
    }
}
