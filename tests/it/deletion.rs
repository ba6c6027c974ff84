//! What is deleted is gone from every table, topic and file.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use earshot_bench::campaign::deliver;
use earshot_bench::corpus::{Loaded, Turn, load};
use earshot_bench::stack::{Org, Parts, Stack};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use runtime::kafka::reader::read_all;
use runtime::testing::wait_for;
use schemas::topics::{ALL, Cleanup, Privacy, Topic};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::analyst::Desk;
use crate::{binary, directory, shared};

const MARK: &str = "zanzibar-otter-5521";
const PATIENCE: Duration = Duration::from_mins(1);
/// The relay's heartbeat is once a minute; the cleaner follows.
const CLEANED: Duration = Duration::from_mins(3);

#[test]
fn what_is_deleted_leaves_every_table_topic_and_log() {
    let (dir, parts) = (directory(), shared());
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2).unwrap()
    };
    let prefix = format!("{}.", runtime::testing::unique("deletion"));
    let (mut stack, org) = started(&dir, &parts, &prefix);
    let desk = Desk::new(&stack, &org, "admin");
    let (item, x_id) = tokio.block_on(worked(&desk));
    tokio.block_on(it_is_found(&stack, &pool));

    let delete = ["delete", "--org", &org, "--x-id", &x_id];
    let deleted = stack.command(&delete).output().unwrap();
    let said = String::from_utf8_lossy(&deleted.stderr);
    assert!(deleted.status.success(), "{said}");
    let receipt = tokio.block_on(receipt(&desk, &item));
    let complete = &receipt["complete"];
    assert_eq!(complete, false, "the topics keep it for a time: {receipt}");
    assert_eq!(receipt["places"].as_array().unwrap().len(), 6, "{receipt}");

    tokio.block_on(wait_for("no table has it", PATIENCE, || async {
        tables_with_mark(&pool).await.is_empty().then_some(())
    }));
    tokio.block_on(hasten(&stack));
    tokio.block_on(wait_for("no topic has it", CLEANED, || async {
        topics_with_mark(&stack).is_empty().then_some(())
    }));
    assert_eq!(files_with_mark(&dir), Vec::<String>::new());
    stack.stop();
}

// Everything runs, and the post has been delivered.
fn started(dir: &Path, parts: &Parts, prefix: &str) -> (Stack, String) {
    let loaded = said();
    let org = Org {
        accounts: loaded.accounts,
        ..loaded.org
    };
    let id = org.id.clone();
    let mut stack = Stack::start((&binary(), dir), parts, (prefix, &[org]), &[], &[]).unwrap();
    stack.await_hooks().unwrap();
    deliver(&mut stack, loaded.deliveries, 100.0, |_| Ok(())).unwrap();
    (stack, id)
}

// Looking finds what is there.
async fn it_is_found(stack: &Stack, pool: &PgPool) {
    let found = wait_for("it is published", PATIENCE, || async {
        let found = topics_with_mark(stack);
        (found.len() == 3).then_some(found)
    })
    .await;
    let expected = [
        "social.enriched.posts.v1",
        "social.linked.posts.v1",
        "x.raw.posts.v1",
    ];
    assert_eq!(Vec::from_iter(found), expected);
    let tables = tables_with_mark(pool).await;
    let both = tables.contains("items") && tables.contains("idempotency_keys");
    assert!(both, "{tables:?}");
}

async fn receipt(desk: &Desk, item: &str) -> Value {
    wait_for("the receipt", PATIENCE, || async {
        let receipt = desk.get(&format!("/api/v1/deletions/{item}")).await;
        let places = receipt["places"].as_array()?;
        let log = places.iter().find(|place| place["how"] == "compaction")?;
        log["offset"].is_i64().then(|| receipt.clone())
    })
    .await
}

fn said() -> Loaded {
    let turn = |id: &str, author: &str, inbound, text: &str| Turn {
        id: id.to_owned(),
        author: author.to_owned(),
        inbound,
        at: Utc::now(),
        text: text.to_owned(),
        answers: None,
    };
    let turns = vec![
        turn("1", "brand", false, "Good morning, we are here until six."),
        turn(
            "2",
            "ines",
            true,
            &format!("@a0 my parcel never came, {MARK}"),
        ),
    ];
    load(turns, Org::new("corpus", "a0", "9000000000")).unwrap()
}

// A case is made of the item: its answer, which is kept for repeats, tells the text too.
async fn worked(desk: &Desk) -> (String, String) {
    let item = wait_for("the item is listed", PATIENCE, || async {
        let rows = desk.get("/api/v1/threads?tab=active&kind=feeds").await;
        let item = rows["items"][0]["item_id"].as_str()?.to_owned();
        Some(item)
    })
    .await;
    let code = json!({ "kind": "reason", "code": "late", "label": "Late parcel" });
    desk.send(reqwest::Method::POST, "/api/v1/codes", code)
        .await;
    let case = json!({ "item_id": item, "follow_up": true, "reason_code": "late" });
    let case = desk
        .send(reqwest::Method::POST, "/api/v1/cases", case)
        .await;
    assert!(
        case["description"].as_str().unwrap().contains(MARK),
        "{case}"
    );
    let shown = desk.get(&format!("/api/v1/items/{item}")).await;
    let link = shown["permalink"].as_str().unwrap();
    (item, link.rsplit('/').next().unwrap().to_owned())
}

fn topics_with_mark(stack: &Stack) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for topic in ALL {
        let has = |bytes: &[u8]| {
            bytes
                .windows(MARK.len())
                .any(|part| part == MARK.as_bytes())
        };
        read_all(&stack.cluster, topic, |record| {
            if record.value.as_deref().is_some_and(has) {
                found.insert(topic.name);
            }
        })
        .unwrap();
    }
    found
}

async fn tables_with_mark(pool: &PgPool) -> BTreeSet<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
          WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut found = BTreeSet::new();
    for table in tables {
        let statement = format!(
            "SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE '%{MARK}%'
                               OR t::text LIKE '%' || encode('{MARK}', 'hex') || '%')"
        );
        let statement = sqlx::AssertSqlSafe(statement);
        if sqlx::query_scalar::<_, bool>(statement)
            .fetch_one(pool)
            .await
            .unwrap()
        {
            found.insert(table);
        }
    }
    found
}

// Hours become seconds: what is left to time needs no more than it.
async fn hasten(stack: &Stack) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &stack.parts.brokers)
        .create()
        .unwrap();
    let texts = ALL.iter().filter(|topic| topic.privacy != Privacy::Facts);
    let names: Vec<(&Topic, String)> = texts
        .map(|topic| (*topic, stack.cluster.name(topic)))
        .collect();
    let quick: Vec<AlterConfig<'_>> = names
        .iter()
        .map(|(topic, name)| {
            let alter = AlterConfig::new(ResourceSpecifier::Topic(name)).set("segment.ms", "1000");
            match topic.cleanup {
                Cleanup::Compact => alter
                    .set("cleanup.policy", "compact")
                    .set("min.cleanable.dirty.ratio", "0.01")
                    .set("max.compaction.lag.ms", "1000"),
                Cleanup::DeleteAfterHours(_) => alter.set("retention.ms", "1000"),
            }
        })
        .collect();
    for altered in admin
        .alter_configs(&quick, &AdminOptions::new())
        .await
        .unwrap()
    {
        altered.unwrap();
    }
}

fn files_with_mark(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| {
                bytes
                    .windows(MARK.len())
                    .any(|part| part == MARK.as_bytes())
            }) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
