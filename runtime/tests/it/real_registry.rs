//! Against a real schema registry, where the machine has one: see `scripts/registry`.

use std::collections::{BTreeSet, HashMap};

use runtime::Exit;
use runtime::pure;
use runtime::registry::{Registry, Standing, resolve};
use runtime::testing::RegistryServer;
use schemas::records::{CaseChanged, Enriched, Received, Record};
use schemas::topics::{ALL, CASES, ENRICHED_POSTS, RAW_POSTS, subject};
use schemas::wire::{Codec, schema_id};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::bed::{Bed, Running};
use super::registry::{framed, newer, start};
use super::stages::Echo;

async fn get(url: String) -> Value {
    let answer = reqwest::get(url).await.unwrap();
    answer.json().await.unwrap()
}

async fn require_full(server: &RegistryServer, name: &str) {
    let url = format!("{}/config/{name}", server.url);
    let level = json!({ "compatibility": "FULL_TRANSITIVE" });
    let answer = reqwest::Client::new().put(url).json(&level).send().await;
    assert!(answer.unwrap().status().is_success());
}

// Every subject and its newest id, as a client of the registry sees them.
async fn registered(server: &RegistryServer) -> HashMap<String, u32> {
    let names = get(format!("{}/subjects", server.url)).await;
    let mut found = HashMap::new();
    for name in names.as_array().unwrap() {
        let name = name.as_str().unwrap();
        let latest = get(format!("{}/subjects/{name}/versions/latest", server.url)).await;
        let id = u32::try_from(latest["id"].as_u64().unwrap()).unwrap();
        found.insert(name.to_owned(), id);
    }
    found
}

// A case whose state is a number: no reader of ours could make a text of it.
fn incompatible() -> String {
    let mut schema: Value = serde_json::from_str(CaseChanged::SCHEMA).unwrap();
    schema["fields"][0]["type"] = json!("long");
    schema.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_registered_and_fetched_and_records_carry_the_ids_of_the_registry() {
    let Some(mut server) = RegistryServer::start() else {
        return;
    };
    let bed = Bed::new().await;
    server.ready().await;
    let dir = tempfile::tempdir().unwrap();
    let program = start(&bed, &server.url, dir.path()).await;

    let subjects: BTreeSet<String> = ALL.iter().map(|topic| subject(topic)).collect();
    let ids = registered(&server).await;
    assert_eq!(ids.keys().cloned().collect::<BTreeSet<_>>(), subjects);
    for topic in ALL {
        let id = ids[&subject(topic)];
        assert!(id < 1_000_000, "{}: {id} is one of our own", topic.name);
        let text = get(format!("{}/schemas/ids/{id}", server.url)).await;
        let (_, ours) = schemas::registry::latest(topic.record).unwrap();
        assert_eq!(text["schema"].as_str().unwrap(), ours, "{}", topic.name);
    }

    // Beside what was written before there was a registry: a record of a version to come.
    let registry = Registry::new(&server.url).unwrap();
    require_full(&server, &subject(&RAW_POSTS)).await;
    let standing = async |name: &str, schema: &str| registry.standing(name, schema).await.unwrap();
    let raw = subject(&RAW_POSTS);
    assert_eq!(standing(&raw, Received::SCHEMA).await, Standing::Newest);
    assert_eq!(standing(&raw, &newer()).await, Standing::Taken);
    assert_eq!(
        standing("nobody's-value", Received::SCHEMA).await,
        Standing::Absent
    );
    let later = registry.register(&raw, &newer()).await;
    assert_eq!(standing(&raw, Received::SCHEMA).await, Standing::Older);
    bed.send(&bed.received(0..3)).await;
    bed.send(&[framed(&bed, later.unwrap(), "newer", &[0])])
        .await;
    let running = Running::start(&program, |p| pure::run(p, Echo::of(p)));
    bed.until_end(&ENRICHED_POSTS, 4).await;
    running.stop().await.unwrap();
    let values = bed.read(&ENRICHED_POSTS).into_iter().map(|r| r.value);
    let values: Vec<Vec<u8>> = values.map(Option::unwrap).collect();
    let want = ids[&subject(&ENRICHED_POSTS)];
    assert!(values.iter().all(|v| schema_id(v).unwrap() == want));
    assert_eq!(x_ids(registry, values).await, ["0", "1", "2", "newer"]);

    let again = start(&bed, &server.url, dir.path()).await;
    drop(again);
    let mut after = registered(&server).await;
    after.insert(subject(&RAW_POSTS), ids[&subject(&RAW_POSTS)]);
    assert_eq!(after, ids, "a second start registers nothing new");
}

// With a codec that knows nothing of the registry but what it asks for, as `tail` reads.
async fn x_ids(registry: Registry, values: Vec<Vec<u8>>) -> Vec<String> {
    let handle = Handle::current();
    let read = move || {
        let codec = Codec::own().unwrap();
        let one = |value: Vec<u8>| -> Enriched {
            let read = |codec: &Codec| codec.decode(&value);
            let read = resolve(&codec, Some(&registry), &handle, read);
            read.unwrap().unwrap()
        };
        let mut found: Vec<String> = values.into_iter().map(|v| one(v).x_id).collect();
        found.sort();
        found
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_the_registry_refuses_is_named_and_what_is_unknown_is_none() {
    let Some(mut server) = RegistryServer::start() else {
        return;
    };
    server.ready().await;
    let registry = Registry::new(&server.url).unwrap();
    assert_eq!(registry.schema(4_711).await.unwrap(), None);
    // Somebody else's subject of that name.
    let cases = subject(&CASES);
    registry.register(&cases, &incompatible()).await.unwrap();
    require_full(&server, &cases).await;
    let standing = registry.standing(&cases, CaseChanged::SCHEMA).await;
    assert_eq!(standing.unwrap(), Standing::Refused);
    let refused = registry.codec().await.err().unwrap();
    let Exit::Config(why) = &refused else {
        panic!("{refused}");
    };
    println!("{why}");
    for part in ["registry.url", &cases, "409", "incompatible"] {
        assert!(why.contains(part), "{why}");
    }
    let rubbish = registry.register(&cases, "{ no schema").await.unwrap_err();
    assert_eq!(rubbish.code(), 2, "{rubbish}");
    drop(server);
    let away = registry.schema(1).await.unwrap_err();
    assert_eq!(away.code(), 3, "{away}");
}
