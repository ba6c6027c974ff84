//! Commands: once per key, in one transaction with audit and outbox; what they change and refuse.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use api::http::auth::Role;
use api::http::fresh::{End, LOOK_UPS_MAX, LinkedEnds};
use axum::body::Body;
use axum::http::Request;
use common::items::{NewItem, row};
use common::{Desk, TwoLinked, desk, desk_with};
use serde_json::{Value, json};
use uuid::Uuid;

async fn audited(desk: &Desk) -> Vec<String> {
    let admin = desk.key("acme", Role::Admin, false).await;
    let audit = desk.get(&admin, "/api/v1/audit?limit=200").await.ok();
    let entries = audit["items"].as_array().unwrap();
    entries
        .iter()
        .map(|e| e["action"].as_str().unwrap().to_owned())
        .collect()
}

async fn status(desk: &Desk, key: &str, item: Uuid) -> String {
    let item = desk.get(key, &format!("/api/v1/items/{item}")).await.ok();
    item["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn done_closes_what_was_on_screen_and_leaves_what_came_later() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let first = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    let second = NewItem::post(10, "30", "9", "2026-11-23T09:05:00Z");
    let other = NewItem::post(11, "31", "9", "2026-11-23T09:06:00Z");
    for item in [&first, &second, &other] {
        desk.store(item).await;
    }
    let path = format!("/api/v1/threads/{}/done", row(&first));
    let done = desk
        .command(&key, "POST", &path, &json!({"through": first.id()}))
        .await;
    let seq: i64 = done.header("earshot-seq").unwrap().parse().unwrap();
    assert!(seq > 0);
    insta::assert_json_snapshot!(done.ok(), @r#"
    {
      "id": "cC4zMC45",
      "items": [
        "42e85052-2ab2-54ef-be0c-88475cb8309a"
      ],
      "left_active": 1
    }
    "#);
    assert_eq!(status(&desk, &key, first.id()).await, "closed");
    assert_eq!(status(&desk, &key, second.id()).await, "open");
    assert_eq!(status(&desk, &key, other.id()).await, "open");
    let later = json!({"through": second.id()});
    desk.command(&key, "POST", &path, &later).await.ok();
    let again = desk.command(&key, "POST", &path, &later).await;
    assert_eq!(
        (again.status.as_u16(), again.problem().as_str()),
        (409, "illegal-transition")
    );
    assert_eq!(
        (&again.json()["from"], &again.json()["to"]),
        (&json!("closed"), &json!("closed"))
    );
    // Undo takes back the last Done alone.
    let back = desk
        .command(&key, "POST", &path.replace("done", "reopen"), &json!({}))
        .await
        .ok();
    assert_eq!(back["items"], json!([second.id()]));
    assert_eq!(status(&desk, &key, first.id()).await, "closed");
    let stranger = json!({"through": Uuid::new_v4()});
    let refused = desk.command(&key, "POST", &path, &stranger).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().as_str()),
        (422, "invalid-value")
    );
    assert_eq!(audited(&desk).await, ["reopen", "done", "done"]);
    let topics = "SELECT count(*) FROM outbox WHERE topic = 'care.feeds.v1'";
    assert_eq!(desk.count("acme", topics).await, 3);
    let topics = "SELECT count(*) FROM outbox WHERE topic = 'social.linked.posts.v1'";
    assert_eq!(desk.count("acme", topics).await, 3);
}

#[tokio::test]
async fn bulk_tells_each_thread_apart_and_first_what_it_would_do() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let post = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    let message = NewItem::message(10, "31", "2026-11-23T09:05:00Z");
    let closed =
        NewItem::post(11, "32", "9", "2026-11-23T09:06:00Z").closed("2026-11-23T10:00:00Z");
    for item in [&post, &message, &closed] {
        desk.store(item).await;
    }
    let body = json!({"action": "done", "threads": [
        {"id": row(&post), "through": post.id()}, {"id": row(&message), "through": message.id()},
        {"id": row(&closed), "through": closed.id()}, {"id": "bm8", "through": post.id()}]});
    let dry = desk
        .command(&key, "POST", "/api/v1/threads/bulk?dry_run=true", &body)
        .await
        .ok();
    assert_eq!((&dry["items"], &dry["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM items WHERE closed_at IS NULL")
            .await,
        2
    );
    let done = desk
        .command(&key, "POST", "/api/v1/threads/bulk", &body)
        .await
        .ok();
    let told: Vec<&Value> = done["threads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["problem"])
        .collect();
    assert_eq!(
        told,
        [
            &json!(null),
            &json!(null),
            &json!("illegal-transition"),
            &json!("not-found")
        ]
    );
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM items WHERE closed_at IS NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn a_key_does_its_command_once() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let once = Uuid::new_v4();
    let body = json!({"name": "Lea Kurz"});
    let path = "/api/v1/customers";
    let first = desk.command_as(&key, "POST", path, &body, once).await;
    assert_eq!(first.status, 201);
    assert!(first.header("idempotent-replayed").is_none());
    let second = desk.command_as(&key, "POST", path, &body, once).await;
    assert_eq!((second.status, &second.bytes), (first.status, &first.bytes));
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(second.header("location"), first.header("location"));
    let other = desk
        .command_as(&key, "POST", path, &json!({"name": "Ben Lang"}), once)
        .await;
    assert_eq!(
        (other.status.as_u16(), other.problem().as_str()),
        (422, "idempotency-key-reused")
    );
    // Another key of the organisation is another actor.
    let colleague = desk.key("acme", Role::Csr, true).await;
    assert_eq!(
        desk.command_as(&colleague, "POST", path, &body, once)
            .await
            .status,
        201
    );
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM customers").await,
        2
    );
    let request = Request::post(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    let none = desk.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(
        (none.status.as_u16(), none.problem().as_str()),
        (400, "idempotency-key-missing")
    );
}

#[tokio::test]
async fn the_same_key_at_the_same_time_has_one_effect() {
    let desk = Arc::new(desk().await);
    let key = desk.key("acme", Role::Csr, true).await;
    for _ in 0..5 {
        let once = Uuid::new_v4();
        let all = (0..8).map(|_| {
            let (desk, key) = (Arc::clone(&desk), key.clone());
            tokio::spawn(async move {
                let body = json!({"name": "Lea Kurz"});
                desk.command_as(&key, "POST", "/api/v1/customers", &body, once)
                    .await
            })
        });
        let mut answers = Vec::new();
        for task in all.collect::<Vec<_>>() {
            answers.push(task.await.unwrap());
        }
        assert!(
            answers
                .iter()
                .all(|a| a.status == 201 && a.bytes == answers[0].bytes)
        );
        let replayed = answers
            .iter()
            .filter(|a| a.header("idempotent-replayed").is_some());
        assert_eq!(replayed.count(), 7);
    }
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM customers").await,
        5
    );
}

#[tokio::test]
async fn codes_are_the_leads() {
    let desk = desk().await;
    let lead = desk.key("acme", Role::Lead, false).await;
    let code = json!({"kind": "reason", "code": "late", "label": "Late"});
    assert_eq!(
        desk.command(&lead, "POST", "/api/v1/codes", &code)
            .await
            .status,
        201
    );
    let twice = desk.command(&lead, "POST", "/api/v1/codes", &code).await;
    assert_eq!(
        (twice.status.as_u16(), twice.problem().as_str()),
        (422, "already-exists")
    );
    let change = json!({"label": "Too late", "active": false});
    desk.command(&lead, "PUT", "/api/v1/codes/reason/late", &change)
        .await
        .ok();
    let all = desk.get(&lead, "/api/v1/codes?kind=reason").await.ok();
    insta::assert_json_snapshot!(all, @r#"
    {
      "items": [
        {
          "active": false,
          "code": "late",
          "kind": "reason",
          "label": "Too late"
        }
      ],
      "next": null
    }
    "#);
    desk.command(&lead, "DELETE", "/api/v1/codes/reason/late", &Value::Null)
        .await
        .ok();
    let gone = desk
        .command(&lead, "DELETE", "/api/v1/codes/reason/late", &Value::Null)
        .await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn a_read_waits_for_its_write_or_says_that_it_is_behind() {
    let desk = desk_with(common::CONFIG, Arc::new(TwoLinked)).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let ask = async |seq: &str| {
        let request = Request::get("/api/v1/tiles")
            .header("authorization", format!("Bearer {key}"))
            .header("earshot-min-seq", seq);
        desk.send(request.body(Body::empty()).unwrap()).await
    };
    let behind = ask("7").await;
    assert_eq!(
        (behind.status.as_u16(), behind.header("earshot-behind")),
        (200, Some("true"))
    );
    desk.run(
        "acme",
        "INSERT INTO stage_offsets VALUES ('interaction-writer', 'social.linked.posts.v1', 0, 't', 2)",
    )
    .await;
    assert_eq!(ask("7").await.header("earshot-behind"), None);
    desk.run(
        "acme",
        "INSERT INTO outbox (topic, partition, key) VALUES ('care.cases.v1', 0, '')",
    )
    .await;
    assert_eq!(ask("0").await.header("earshot-behind"), None);
    assert_eq!(ask("1").await.header("earshot-behind"), Some("true"));
    assert!(behind.header("earshot-as-of").is_some());
    for wrong in ["x", "-1", "99999999999999999999"] {
        assert_eq!(ask(wrong).await.problem(), "invalid-parameter", "{wrong}");
    }
}

/// Kafka that does not answer while the gate is held.
#[derive(Default)]
struct Away {
    asked: AtomicUsize,
    gate: tokio::sync::Mutex<()>,
}

impl LinkedEnds for Away {
    fn ends(&self) -> Result<Vec<End>, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        drop(self.gate.blocking_lock());
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn reads_go_on_while_kafka_is_away_and_hold_few_threads() {
    let away = Arc::new(Away::default());
    let desk = desk_with(common::CONFIG, away.clone()).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let ask = || {
        let request = Request::get("/api/v1/tiles")
            .header("authorization", format!("Bearer {key}"))
            .header("earshot-min-seq", "7");
        desk.send(request.body(Body::empty()).unwrap())
    };
    let held = away.gate.lock().await;
    for read in futures::future::join_all((0..20).map(|_| ask())).await {
        let behind = read.header("earshot-behind");
        assert_eq!((read.status.as_u16(), behind), (200, Some("true")));
    }
    assert_eq!(away.asked.load(Ordering::Relaxed), LOOK_UPS_MAX);
    drop(held);
    assert_eq!(ask().await.header("earshot-behind"), None, "it is back");
}

#[tokio::test]
async fn an_import_takes_good_lines_and_names_bad_ones() {
    let desk = desk().await;
    let file = "external_id,name,email,phone\n1,Lea Kurz,lea@example.com,030 1\n2,,x@example.com,\n\
                3,Ben Lang,nonsense,\n1,Lea Lang,lea@example.com,\n4,a,b,c,d\n";
    let import = |dry_run| api::import::Import {
        org: "acme",
        by: "cli",
        dry_run,
    };
    let dry = api::import::customers(&desk.pg, &desk.clock, import(true), file.as_bytes())
        .await
        .unwrap();
    assert_eq!((dry.created, dry.failed), (2, 3));
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM customers").await,
        0
    );
    let report = api::import::customers(&desk.pg, &desk.clock, import(false), file.as_bytes())
        .await
        .unwrap();
    insta::assert_debug_snapshot!(report, @r#"
    Report {
        created: 1,
        updated: 1,
        failed: 3,
        errors: [
            LineError {
                line: 3,
                what: "name: expected 1 to 200 characters",
            },
            LineError {
                line: 4,
                what: "email: expected an e-mail address",
            },
            LineError {
                line: 6,
                what: "not a line of this table",
            },
        ],
    }
    "#);
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM customers WHERE name = 'Lea Lang'"
        )
        .await,
        1
    );
    let wrong =
        api::import::customers(&desk.pg, &desk.clock, import(true), "mail\n".as_bytes()).await;
    assert!(matches!(wrong, Err(api::import::ImportError::Column(name)) if name == "mail"));
}
