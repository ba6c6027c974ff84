//! The live stream: nothing missed, nothing twice, whatever order transactions commit in; nobody
//! else's; ended with the rights.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use api::http::auth::Role;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use common::events::{Events, open, open_as, streams};
use common::items::{NewItem, row};
use common::{Desk, desk};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use runtime::pg::changes::{self, Change};
use runtime::testing::wait_for;
use schemas::changes::THREAD;
use serde_json::json;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

const AT: &str = "2026-11-23T09:00:00Z";

async fn changing(desk: &Desk, org: &str, person: usize) -> Transaction<'static, Postgres> {
    let mut scope = runtime::pg::begin(&desk.pg, &[org]).await.unwrap();
    let told = Change::of(org, THREAD, vec![format!("p.{person}.7")]);
    changes::push(&mut scope, &[told]).await.unwrap();
    scope
}

async fn change(desk: &Desk, org: &str, person: usize) {
    changing(desk, org, person).await.commit().await.unwrap();
}

/// The id of a row as [`change`] names it.
fn id(person: usize) -> String {
    let item = NewItem::post(1, &person.to_string(), "7", AT);
    row(&item)
}

/// Rows told up to the end of the frame that tells this one.
async fn threads(events: &mut Events, last: usize) -> Vec<String> {
    let last = id(last);
    let told = events.until(&["thread"], |(_, data)| data["id"] == last.as_str());
    let mut told = told.await;
    told.extend(events.until(&["thread"], |(name, _)| name == "tiles").await);
    let ids = told.into_iter();
    ids.map(|(_, data)| data["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_commits_late_is_told_once_and_not_missed_over_a_reconnect() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let mut events = open(&desk.router, &key, "").await.unwrap();
    // The first transaction has the lowest id and number, and commits last.
    let late = changing(&desk, "acme", 1).await;
    let later = changing(&desk, "acme", 2).await;
    change(&desk, "acme", 3).await;
    assert_eq!(threads(&mut events, 3).await, [id(3)]);
    later.commit().await.unwrap();
    assert_eq!(threads(&mut events, 2).await, [id(2)]);
    let left_off = events.last_id.clone();
    drop(events);
    change(&desk, "acme", 4).await;
    late.commit().await.unwrap();
    change(&desk, "acme", 5).await;
    // At another process, which knows nothing of the first.
    let second = desk.second_process();
    let mut again = open(&second, &key, &left_off).await.unwrap();
    let mut told = threads(&mut again, 5).await;
    told.sort();
    let mut expected = vec![id(1), id(4), id(5)];
    expected.sort();
    assert_eq!(told, expected);
    // And nothing of it comes again.
    change(&desk, "acme", 6).await;
    assert_eq!(threads(&mut again, 6).await, [id(6)]);
}

#[tokio::test]
async fn concurrent_writers_are_told_exactly_once_to_clients_that_come_and_go() {
    const WRITES: usize = 360;
    const OPEN: usize = 6;
    const BEHIND_MAX: usize = 20;
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let processes = [desk.router.clone(), desk.second_process()];
    let mut events = open(&processes[0], &key, "").await.unwrap();
    // As many transactions are open at any time; which of them commits next is chance.
    let (heard, mut hearing) = tokio::sync::watch::channel(0);
    let writing = tokio::spawn(async move {
        let mut rng = StdRng::seed_from_u64(11);
        let mut open = Vec::new();
        for n in 0..WRITES {
            open.push(changing(&desk, "acme", n).await);
            if open.len() == OPEN {
                let next: Transaction<'_, Postgres> = open.swap_remove(rng.random_range(0..OPEN));
                next.commit().await.unwrap();
            }
            // The client keeps up, so that it comes and goes in between.
            let behind = |heard: &usize| heard + BEHIND_MAX >= n;
            hearing.wait_for(behind).await.unwrap();
        }
        for last in open {
            last.commit().await.unwrap();
        }
        desk
    });
    let mut told: Vec<String> = Vec::new();
    let mut turns = 0;
    while told.len() < WRITES {
        let (name, data) = events.next().await.unwrap();
        assert_ne!(name, "reset");
        if name == "thread" {
            told.push(data["id"].as_str().unwrap().to_owned());
            heard.send_replace(told.len());
        }
        // After a whole frame it goes away and comes back elsewhere.
        if name == "tiles" {
            turns += 1;
            let after = events.last_id.clone();
            drop(events);
            events = open(&processes[turns % 2], &key, &after).await.unwrap();
        }
    }
    let desk = writing.await.unwrap();
    assert!(turns > 3, "{turns}");
    let distinct: BTreeSet<&String> = told.iter().collect();
    assert_eq!(distinct.len(), WRITES);
    assert_eq!(told.len(), WRITES, "something was told twice");
    change(&desk, "acme", 9_999).await;
    assert_eq!(threads(&mut events, 9_999).await, [id(9_999)]);
}

#[tokio::test]
async fn done_tells_the_row_with_its_version_and_the_tiles() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "7", AT);
    desk.store(&item).await;
    let csr = desk.key("acme", Role::Csr, true).await;
    let second = desk.second_process();
    let mut events = open(&second, &csr, "").await.unwrap();
    let path = format!("/api/v1/threads/{}", row(&item));
    let done = json!({ "through": item.id() });
    desk.command(&csr, "POST", &format!("{path}/done"), &done)
        .await
        .ok();
    let told = events.next_of("thread").await;
    let head = desk.get(&csr, &path).await.ok();
    let expected = json!({ "id": row(&item), "version": head["version"], "conversation_id": "7" });
    assert_eq!(told, expected);
    assert_eq!(events.next_of("tiles").await, json!({}));
    let note = json!({ "body": "call her" });
    desk.command(&csr, "POST", &format!("{path}/notes"), &note)
        .await
        .ok();
    let told = events.next_of("thread").await;
    let head = desk.get(&csr, &path).await.ok();
    assert_eq!(told["version"], head["version"]);
}

#[tokio::test]
async fn a_customer_and_a_case_are_told() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "7", AT);
    desk.store(&item).await;
    let lead = desk.key("acme", Role::Lead, true).await;
    let mut events = open(&desk.router, &lead, "").await.unwrap();
    let ada = json!({ "name": "Ada" });
    let customer = desk
        .command(&lead, "POST", "/api/v1/customers", &ada)
        .await
        .ok();
    let customer = customer["customer_id"].clone();
    let attach = json!({ "customer_id": customer, "basis": "told-us" });
    desk.command(&lead, "PUT", "/api/v1/people/30/customer", &attach)
        .await
        .ok();
    assert_eq!(events.next_of("person").await, json!({ "x_id": "30" }));
    let code = json!({ "kind": "reason", "code": "late", "label": "Late" });
    desk.command(&lead, "POST", "/api/v1/codes", &code)
        .await
        .ok();
    let case = json!({ "item_id": item.id(), "reason_code": "late" });
    let case = desk
        .command(&lead, "POST", "/api/v1/cases", &case)
        .await
        .ok();
    let told = events.next_of("case").await;
    assert_eq!(told, json!({ "case_id": case["case_id"], "version": 1 }));
    let path = format!("/api/v1/cases/{}/close", case["case_id"].as_str().unwrap());
    desk.command(&lead, "POST", &path, &json!({})).await.ok();
    assert_eq!(events.next_of("case").await["version"], 2);
    let path = format!("/api/v1/customers/{}", customer.as_str().unwrap());
    desk.command(&lead, "PATCH", &path, &json!({ "name": "Ada M." }))
        .await
        .ok();
    assert_eq!(events.next_of("person").await, json!({ "x_id": "30" }));
}

#[tokio::test]
async fn another_organisation_is_never_heard() {
    let desk = desk().await;
    let bolt = desk.key("bolt", Role::Admin, true).await;
    let acme = desk.key("acme", Role::Viewer, false).await;
    let mut theirs = open(&desk.router, &bolt, "").await.unwrap();
    let before = theirs.last_id.clone();
    let mut ours = open(&desk.router, &acme, "").await.unwrap();
    for person in 1..5 {
        change(&desk, "acme", person).await;
    }
    assert_eq!(threads(&mut ours, 4).await.len(), 4);
    change(&desk, "bolt", 9).await;
    assert_eq!(threads(&mut theirs, 9).await, [id(9)]);
    // Nor by coming back.
    let mut again = open(&desk.second_process(), &bolt, &before).await.unwrap();
    assert_eq!(threads(&mut again, 9).await, [id(9)]);
}

#[tokio::test]
async fn a_stream_ends_with_the_rights_of_its_key() {
    let desk = desk().await;
    let second = desk.second_process();
    let mut streams = Vec::new();
    for name in ["dana", "ana"] {
        let wanted = api::keys::Wanted {
            org: "acme",
            name,
            role: Role::Viewer,
            messages: false,
            expires_at: None,
        };
        let minted = api::keys::mint(&mut rand::rng());
        let key = api::keys::create(&desk.pg, &desk.clock, minted, wanted)
            .await
            .unwrap();
        let key = secrecy::ExposeSecret::expose_secret(&key).to_owned();
        streams.push((open(&second, &key, "").await.unwrap(), key));
    }
    let (mut ana, _) = streams.pop().unwrap();
    let (mut dana, key) = streams.pop().unwrap();
    api::keys::revoke(&desk.pg, &desk.clock, "acme", "dana")
        .await
        .unwrap();
    assert_eq!(dana.next().await, None);
    let refused = open(&second, &key, &dana.last_id).await.err();
    assert_eq!(refused, Some(StatusCode::UNAUTHORIZED));
    change(&desk, "acme", 1).await;
    assert_eq!(threads(&mut ana, 1).await, [id(1)]);
}

#[tokio::test]
async fn a_stream_ends_when_its_user_signs_out_or_loses_rights() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Ruth", Role::Admin, true).await;
    let (dana, ana) = (
        desk.browser("acme", "Dana", Role::Csr, true).await,
        desk.browser("acme", "Ana", Role::Csr, true).await,
    );
    let second = desk.second_process();
    let mut of_dana = open_as(&second, ("cookie", &dana.cookie), "")
        .await
        .unwrap();
    let mut of_ana = open_as(&second, ("cookie", &ana.cookie), "").await.unwrap();
    let out = desk.act(&dana, "DELETE", "/api/v1/session", &json!(null));
    assert_eq!(out.await.status, 204);
    assert_eq!(of_dana.next().await, None);
    change(&desk, "acme", 1).await;
    assert_eq!(threads(&mut of_ana, 1).await, [id(1)]);
    let path = format!("/api/v1/users/{}", ana.user_id);
    desk.act(&admin, "PATCH", &path, &json!({ "messages": false }))
        .await
        .ok();
    assert_eq!(of_ana.next().await, None);
    let again = open_as(&second, ("cookie", &ana.cookie), "").await.err();
    assert_eq!(again, Some(StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn what_colleagues_say_of_a_row_is_told() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "7", AT);
    desk.store(&item).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let mut events = open(&desk.second_process(), &key, "").await.unwrap();
    let draft = format!("/api/v1/drafts/item:{}", item.id());
    let to = |what: &str| format!("/api/v1/threads/{}/{what}", row(&item));
    for (method, path, body) in [
        ("POST", to("assign"), json!({ "user_id": dana.user_id })),
        ("POST", to("hide"), json!({ "hidden": true })),
        ("PUT", to("labels"), json!({ "labels": [] })),
        ("PUT", draft.clone(), json!({ "text": "We" })),
        ("DELETE", draft.clone(), json!(null)),
    ] {
        let answer = desk.act(&dana, method, &path, &body).await;
        assert!(answer.status.is_success(), "{path}");
        assert_eq!(events.next_of("thread").await["id"], row(&item), "{path}");
    }
}

#[tokio::test]
async fn each_step_of_a_reply_is_told() {
    let desk = desk().await;
    let item = NewItem::message(2, "30", AT);
    desk.store(&item).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let mut events = open(&desk.second_process(), &key, "").await.unwrap();
    let path = format!("/api/v1/threads/{}/messages", row(&item));
    let sent = desk
        .command(&key, "POST", &path, &json!({ "text": "hi" }))
        .await
        .ok();
    let id = sent["reply_id"].as_str().unwrap();
    let told = |state: &str, version: i64| json!({ "reply_id": id, "thread": row(&item), "state": state, "version": version });
    assert_eq!(events.next_of("reply").await, told("queued", 1));
    let path = format!("/api/v1/replies/{id}");
    desk.command(&key, "DELETE", &path, &json!(null)).await.ok();
    assert_eq!(events.next_of("reply").await, told("cancelled", 2));
}

#[tokio::test]
async fn who_cannot_be_told_everything_reads_everything_again() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let events = open(&desk.router, &key, "").await.unwrap();
    let old = events.last_id.clone();
    let (at, snapshot) = old.split_once('-').unwrap();
    let next: i64 = snapshot.split(':').nth(1).unwrap().parse().unwrap();
    // Of another database, of nobody, of the day before yesterday.
    let foreign = format!("{at}-{0}:{0}:", next + 1_000_000);
    for id in [foreign.as_str(), "rubbish", "5:5:"] {
        let mut events = open(&desk.router, &key, id).await.unwrap();
        assert_eq!(
            events.next().await.unwrap(),
            ("reset".to_owned(), json!({})),
            "{id}"
        );
        assert_ne!(events.last_id, id);
    }
    desk.clock.advance(TimeDelta::hours(25));
    let mut events = open(&desk.router, &key, &old).await.unwrap();
    assert_eq!(events.next().await.unwrap().0, "reset");
    // A transaction that changes more than is named one by one.
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let ids = (0..=changes::IDS_MAX).map(|n| format!("p.{n}.7")).collect();
    let told = Change::of("acme", THREAD, ids);
    changes::push(&mut scope, &[told]).await.unwrap();
    scope.commit().await.unwrap();
    assert_eq!(events.next().await.unwrap().0, "reset");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_told_so_and_let_go() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let mut slow = open(&desk.router, &key, "").await.unwrap();
    let mut quick = open(&desk.router, &key, "").await.unwrap();
    // More frames than are kept; each is awaited by the other client.
    for n in 0..80 {
        change(&desk, "acme", n).await;
        assert_eq!(threads(&mut quick, n).await, [id(n)]);
    }
    assert_eq!(slow.next().await.unwrap(), ("reset".to_owned(), json!({})));
    assert_eq!(slow.next().await, None);
    let mut again = open(&desk.router, &key, &slow.last_id).await.unwrap();
    change(&desk, "acme", 100).await;
    assert_eq!(threads(&mut again, 100).await, [id(100)]);
}

async fn look(desk: &Desk, key: &str, item: &NewItem, state: &str, tab: Uuid) -> StatusCode {
    let body = json!({ "state": state, "tab": tab });
    let request = Request::put(format!("/api/v1/threads/{}/presence", row(item)))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    desk.send(request).await.status
}

/// The row that presence is told of, and what one colleague does there.
type Said = (String, Option<String>);

fn said(item: &NewItem, state: Option<&str>) -> Said {
    (row(item), state.map(str::to_owned))
}

async fn presence(events: &mut Events) -> Said {
    let data = events.next_of("presence").await;
    let who = data["who"].as_array().unwrap();
    assert!(who.len() < 2, "{data}");
    let state = who.first().map(|who| who["state"].as_str().unwrap());
    let thread = data["thread"].as_str().unwrap();
    (thread.to_owned(), state.map(str::to_owned))
}

#[tokio::test]
async fn the_tabs_of_a_user_are_one_person_at_every_process() {
    let desk = desk().await;
    let (one, two) = (
        NewItem::post(1, "30", "7", AT),
        NewItem::message(2, "31", AT),
    );
    desk.store(&one).await;
    desk.store(&two).await;
    let csr = desk.key("acme", Role::Csr, true).await;
    let viewer = desk.key("acme", Role::Viewer, false).await;
    let mut events = open(&desk.second_process(), &viewer, "").await.unwrap();
    let (tab, other_tab) = (Uuid::new_v4(), Uuid::new_v4());
    let status = look(&desk, &csr, &one, "viewing", tab).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(presence(&mut events).await, said(&one, Some("viewing")));
    // Who has two tabs does the most of what they say.
    look(&desk, &csr, &one, "replying", other_tab).await;
    assert_eq!(presence(&mut events).await, said(&one, Some("replying")));
    let path = format!("/api/v1/threads/{}", row(&one));
    let head = desk.get(&csr, &path).await.ok();
    assert_eq!(head["presence"].as_array().unwrap().len(), 1);
    assert_eq!(head["presence"][0]["state"], "replying");
    // One tab goes to another row: both rows are told.
    look(&desk, &csr, &two, "viewing", other_tab).await;
    let told = BTreeSet::from([presence(&mut events).await, presence(&mut events).await]);
    let expected = [said(&one, Some("viewing")), said(&two, Some("viewing"))];
    assert_eq!(told, BTreeSet::from(expected));
    look(&desk, &csr, &two, "gone", other_tab).await;
    assert_eq!(presence(&mut events).await, said(&two, None));
    // Who comes later is told who is there.
    let mut later = open(&desk.second_process(), &viewer, "").await.unwrap();
    assert_eq!(presence(&mut later).await, said(&one, Some("viewing")));
    let unknown = NewItem::post(9, "77", "7", AT);
    let status = look(&desk, &csr, &unknown, "viewing", tab).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let status = look(&desk, &viewer, &one, "viewing", tab).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn presence_ends_by_itself() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "7", AT);
    desk.store(&item).await;
    let csr = desk.key("acme", Role::Csr, true).await;
    let mut events = open(&desk.router, &csr, "").await.unwrap();
    let tab = Uuid::new_v4();
    look(&desk, &csr, &item, "idle", tab).await;
    assert_eq!(presence(&mut events).await, said(&item, Some("idle")));
    // Said again in time it holds on.
    desk.clock.advance(TimeDelta::seconds(44));
    look(&desk, &csr, &item, "idle", tab).await;
    desk.clock.advance(TimeDelta::seconds(44));
    let path = format!("/api/v1/threads/{}", row(&item));
    let head = desk.get(&csr, &path).await.ok();
    assert_eq!(head["presence"][0]["state"], "idle");
    desk.clock.advance(TimeDelta::seconds(2));
    assert_eq!(presence(&mut events).await, said(&item, None));
    let head = desk.get(&csr, &path).await.ok();
    assert_eq!(head["presence"], json!([]));
}

#[tokio::test]
async fn streams_end_when_the_program_does_and_are_counted() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let mut events = open(&desk.router, &key, "").await.unwrap();
    let other = open(&desk.router, &key, "").await.unwrap();
    assert_eq!(streams(&desk), Some(2.0));
    drop(other);
    wait_for("a stream less", Duration::from_secs(5), || async {
        (streams(&desk) == Some(1.0)).then_some(())
    })
    .await;
    desk.program.shutdown.cancel();
    assert_eq!(events.next().await, None);
}
