//! A schema registry: unknown ids are asked for, its being away is waited out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use runtime::config::Config;
use runtime::registry::Standing;
use runtime::testing::wait_for;
use runtime::{Outgoing, Program, pure};
use schemas::records::{Enriched, Quarantined, Received, Record};
use schemas::topics::{ENRICHED_POSTS, QUARANTINE_MESSAGES, RAW_POSTS};
use schemas::wire::schema_id;
use serde_json::{Value, json};

use super::bed::{Bed, PARTITIONS, PATIENCE, Running};
use super::stages::Echo;

#[derive(Clone, Default)]
struct Registry {
    away: Arc<AtomicBool>,
    by_text: Arc<Mutex<HashMap<String, u32>>>,
}

// Ids from 1, one for each text, as Confluent's gives them.
async fn register(State(registry): State<Registry>, Json(body): Json<Value>) -> Json<Value> {
    let mut texts = registry.by_text.lock().unwrap();
    let next = u32::try_from(texts.len()).unwrap() + 1;
    let text = body["schema"].as_str().unwrap().to_owned();
    let id = *texts.entry(text).or_insert(next);
    Json(json!({ "id": id }))
}

async fn by_id(State(registry): State<Registry>, Path(id): Path<u32>) -> (StatusCode, Json<Value>) {
    if registry.away.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!("away")));
    }
    let schema = match id {
        7_000 => newer(),
        7_001 => "{ not a schema".to_owned(),
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "error_code": 40_403 }))),
    };
    (StatusCode::OK, Json(json!({ "schema": schema })))
}

// Received as a later version may write it: one field more.
pub fn newer() -> String {
    let mut schema: Value = serde_json::from_str(Received::SCHEMA).unwrap();
    let field = json!({ "name": "later", "type": ["null", "string"], "default": null });
    schema["fields"].as_array_mut().unwrap().push(field);
    schema.to_string()
}

// Subjects of which something is registered, in this order; the name says which the schema of the
// test is, and whether it is taken.
async fn latest(Path(subject): Path<String>) -> (StatusCode, Json<Value>) {
    match subject.as_str() {
        "absent" => (StatusCode::NOT_FOUND, Json(json!({ "error_code": 40_401 }))),
        "broken" => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!("broken"))),
        _ => (StatusCode::OK, Json(json!({ "version": 2, "id": 9 }))),
    }
}

async fn same(Path(subject): Path<String>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    let version = match subject.as_str() {
        "first" => 1,
        "second" => 2,
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "error_code": 40_403 }))),
    };
    assert_eq!(body, json!({ "schema": Received::SCHEMA }));
    (StatusCode::OK, Json(json!({ "version": version, "id": 8 })))
}

async fn fits(Path(subject): Path<String>) -> Json<Value> {
    Json(json!({ "is_compatible": subject == "taken" }))
}

#[tokio::test]
async fn a_schema_stands_to_what_is_registered() {
    let url = serve(Registry::default()).await;
    let registry = runtime::registry::Registry::new(&url).unwrap();
    for (subject, standing) in [
        ("absent", Standing::Absent),
        ("first", Standing::Older),
        ("second", Standing::Newest),
        ("taken", Standing::Taken),
        ("refused", Standing::Refused),
    ] {
        let found = registry.standing(subject, Received::SCHEMA).await;
        assert_eq!(found.unwrap(), standing, "{subject}");
    }
    let broken = registry.standing("broken", Received::SCHEMA).await;
    assert_eq!(broken.unwrap_err().code(), 3);
}

async fn serve(registry: Registry) -> String {
    let app = Router::new()
        .route("/subjects/{subject}", post(same))
        .route("/subjects/{subject}/versions", post(register))
        .route("/subjects/{subject}/versions/latest", get(latest))
        .route(
            "/compatibility/subjects/{subject}/versions/latest",
            post(fits),
        )
        .route("/schemas/ids/{id}", get(by_id))
        .with_state(registry);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{addr}")
}

pub async fn start(bed: &Bed, url: &str, dir: &std::path::Path) -> Program {
    let flags = [
        ("registry.url", url),
        ("database.url", &bed.database.app_url),
        ("kafka.brokers", &bed.cluster.brokers),
        ("kafka.topic_prefix", &bed.cluster.prefix),
        ("pipeline.partitions", &PARTITIONS.to_string()),
        ("local.dir", dir.to_str().unwrap()),
        ("log.level", "warn"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(None, [], &flags).unwrap();
    Program::start("echo", &config).await.unwrap()
}

pub fn framed(bed: &Bed, id: u32, x_id: &str, end: &[u8]) -> Outgoing {
    let record = Received {
        org: "acme".into(),
        x_id: Some(x_id.into()),
        ..Received::default()
    };
    let mut out = bed.encode(&RAW_POSTS, 0, &record);
    let value = out.value.as_mut().unwrap();
    value[1..5].copy_from_slice(&id.to_be_bytes());
    value.extend_from_slice(end);
    out
}

// X ids of what was written, each under the id that the registry gave.
fn written(bed: &Bed, program: &Program, registry: &Registry) -> Vec<String> {
    let text = schemas::registry::latest(Enriched::NAME).unwrap().1;
    let id = registry.by_text.lock().unwrap()[text];
    let values = bed
        .read(&ENRICHED_POSTS)
        .into_iter()
        .map(|record| record.value.unwrap());
    values
        .map(|value| {
            assert_eq!(
                schema_id(&value).unwrap(),
                id,
                "the registry's id is written"
            );
            program
                .encoder
                .codec()
                .decode::<Enriched>(&value)
                .unwrap()
                .x_id
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_id_is_asked_for_and_a_registry_that_is_away_is_waited_for() {
    let bed = Bed::new().await;
    let registry = Registry::default();
    let url = serve(registry.clone()).await;
    let dir = tempfile::tempdir().unwrap();
    let program = start(&bed, &url, dir.path()).await;
    registry.away.store(true, Ordering::SeqCst);
    let null = [0];
    bed.send(&bed.received(0..1)).await;
    bed.send(&[
        framed(&bed, 7_000, "newer", &null),
        framed(&bed, 7_001, "no schema", &[]),
        framed(&bed, 7_002, "nobody knows", &[]),
    ])
    .await;
    let running = Running::start(&program, |p| pure::run(p, Echo::of(p)));
    let why = wait_for("the stage waits", PATIENCE, || {
        std::future::ready(program.telemetry.unready().remove("registry"))
    })
    .await;
    assert!(why.contains("registry"), "{why}");
    assert_eq!(
        bed.end(&QUARANTINE_MESSAGES),
        0,
        "nothing is given up meanwhile"
    );

    registry.away.store(false, Ordering::SeqCst);
    bed.until_end(&ENRICHED_POSTS, 2).await;
    bed.until_end(&QUARANTINE_MESSAGES, 2).await;
    let ready = program.telemetry.unready();
    assert!(ready.is_empty(), "{ready:?}");
    running.stop().await.unwrap();
    let mut ids = written(&bed, &program, &registry);
    ids.sort();
    assert_eq!(ids, ["0", "newer"]);
    let mut reasons: Vec<(Option<i32>, String)> = bed
        .read(&QUARANTINE_MESSAGES)
        .iter()
        .map(|r| {
            program
                .encoder
                .codec()
                .decode::<Quarantined>(r.value.as_ref().unwrap())
                .unwrap()
        })
        .map(|q| (q.schema_id, q.reason))
        .collect();
    reasons.sort();
    let expected = [(7_001, "undecodable"), (7_002, "unknown-schema")];
    assert_eq!(
        reasons,
        expected.map(|(id, reason)| (Some(id), reason.to_owned()))
    );
}
