//! Posts of a conversation that are not there, and having them fetched.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::items::{NewItem, row};
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

const AT: &str = "2026-11-23T09:00:00Z";

/// A post and an answer to one that is not there.
async fn conversation(desk: &Desk) -> NewItem {
    let first = NewItem::post(9, "30", "9", AT);
    let mut other = NewItem::post(11, "31", "9", AT).typed("reply");
    other.parent = Some("7".into());
    let mut answer = NewItem::post(12, "30", "9", AT).typed("reply");
    answer.parent = Some("9".into());
    for item in [&first, &other, &answer] {
        desk.store(item).await;
    }
    first
}

async fn holes(desk: &Desk, key: &str, item: &NewItem) -> Value {
    let path = format!("/api/v1/threads/{}/items", row(item));
    desk.get(key, &path).await.ok()["holes"].clone()
}

#[tokio::test]
async fn a_hole_is_asked_for_once_and_says_what_became_of_it() {
    let desk = desk().await;
    let item = conversation(&desk).await;
    let key = desk.key("acme", Role::Csr, false).await;
    let hole = |reason: &str, fetching: bool, problem: Value| json!([{ "x_id": "7", "reason": reason, "fetching": fetching, "problem": problem }]);
    assert_eq!(
        holes(&desk, &key, &item).await,
        hole("not-fetched", false, json!(null))
    );

    let path = format!("/api/v1/threads/{}/fetch", row(&item));
    let wanted = json!({"x_ids": ["7", "9", "7"]});
    let id = Uuid::new_v4();
    for replayed in [None, Some("true")] {
        let asked = desk.command_as(&key, "POST", &path, &wanted, id).await;
        assert_eq!(asked.status, 202);
        assert_eq!(asked.header("idempotent-replayed"), replayed);
        assert_eq!(asked.json(), json!({"x_ids": ["7"]}), "9 is there");
    }
    for (what, count) in [
        (
            "SELECT count(*) FROM fetches WHERE x_id = '7' AND done_at IS NULL",
            1,
        ),
        ("SELECT count(*) FROM audit WHERE action = 'fetch'", 1),
        (
            "SELECT count(*) FROM changes WHERE ids = '{p.30.9}' AND kind = 'thread'",
            1,
        ),
    ] {
        assert_eq!(desk.count("acme", what).await, count, "{what}");
    }
    assert_eq!(
        holes(&desk, &key, &item).await,
        hole("not-fetched", true, json!(null))
    );

    desk.run(
        "acme",
        "UPDATE fetches SET done_at = asked_at, problem = 'X did not answer'",
    )
    .await;
    let failed = hole("not-fetched", false, json!("X did not answer"));
    assert_eq!(holes(&desk, &key, &item).await, failed);
    assert_eq!(
        desk.command(&key, "POST", &path, &json!({"x_ids": ["7"]}))
            .await
            .status,
        202
    );
    desk.run(
        "acme",
        "INSERT INTO lookups (org, kind, x_id, looked_at, reason) VALUES ('acme', 'post', '7', now(), 'protected')",
    )
    .await;
    desk.run("acme", "UPDATE fetches SET done_at = asked_at")
        .await;
    assert_eq!(
        holes(&desk, &key, &item).await,
        hole("protected", false, json!(null))
    );

    desk.store(&NewItem::post(7, "32", "9", AT)).await;
    assert_eq!(holes(&desk, &key, &item).await, json!([]));
}

#[tokio::test]
async fn only_holes_of_the_conversation_are_paid_for() {
    let desk = desk().await;
    let item = conversation(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let path = format!("/api/v1/threads/{}/fetch", row(&item));
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    for x_ids in [
        json!([]),
        json!(["8"]),
        json!(["7", "8"]),
        json!(["x"]),
        json!(many),
    ] {
        let refused = desk
            .command(&key, "POST", &path, &json!({ "x_ids": x_ids }))
            .await;
        assert_eq!(refused.problem(), "invalid-value", "{x_ids}");
    }
    let other = desk.key("bolt", Role::Csr, true).await;
    let wanted = json!({"x_ids": ["7"]});
    assert_eq!(
        desk.command(&other, "POST", &path, &wanted).await.problem(),
        "not-found"
    );
    assert_eq!(desk.count("acme", "SELECT count(*) FROM fetches").await, 0);
}

#[tokio::test]
async fn the_original_of_reposts_is_a_hole_that_can_be_fetched() {
    let desk = desk().await;
    let repost = NewItem::post(12, "30", "12", AT).reposting(7);
    desk.store(&repost).await;
    let key = desk.key("acme", Role::Csr, false).await;
    assert_eq!(holes(&desk, &key, &repost).await[0]["x_id"], "7");
    let path = format!("/api/v1/threads/{}/fetch", row(&repost));
    let wanted = json!({"x_ids": ["7"]});
    let asked = desk.command(&key, "POST", &path, &wanted).await;
    assert_eq!(asked.json(), wanted);
    assert_eq!(holes(&desk, &key, &repost).await[0]["fetching"], true);
}

#[tokio::test]
async fn what_is_quoted_from_another_conversation_is_shown_with_the_quote() {
    let desk = desk().await;
    let other = NewItem::post(5, "31", "5", AT);
    let mut quote = NewItem::post(12, "30", "12", AT).typed("quote");
    quote.quoted = Some("5".into());
    let mut again = NewItem::post(13, "30", "12", AT).typed("quote");
    again.quoted = Some("12".into());
    let key = desk.key("acme", Role::Viewer, false).await;
    desk.store(&quote).await;
    desk.store(&again).await;
    assert_eq!(holes(&desk, &key, &quote).await[0]["x_id"], "5");
    desk.store(&other).await;
    let path = format!("/api/v1/threads/{}/items", row(&quote));
    let window = desk.get(&key, &path).await.ok();
    assert_eq!(window["holes"], json!([]));
    let items = window["items"].as_array().unwrap();
    let quoted = &items[0]["quoted"];
    assert_eq!(
        (&quoted["x_id"], &quoted["own"]),
        (&json!("5"), &json!(false))
    );
    assert_eq!(quoted["thread"], row(&other));
    assert_eq!(
        items[1].get("quoted"),
        None,
        "it stands in the conversation itself"
    );
    // Its text goes where it is deleted.
    let gone = "UPDATE items SET deleted_at = now(), text = '' WHERE x_id = '5'";
    desk.run("acme", gone).await;
    let window = desk.get(&key, &path).await.ok();
    let quoted = &window["items"][0]["quoted"];
    assert_eq!(quoted["text_state"], "deleted");
    assert_eq!(quoted.get("text"), None);
}
