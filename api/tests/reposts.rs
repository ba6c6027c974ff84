//! Reposts of one post are one row, whoever reposted it, and the numbers still add up.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use api::http::auth::Role;
use common::items::{NewItem, row};
use common::{Desk, desk};
use serde_json::{Value, json};

const ORIGINAL: u64 = 1000;

/// A desk at which reposts are active; 50 people have reposted our post.
async fn reposted() -> (Desk, Vec<NewItem>) {
    let desk = desk().await;
    let config = common::CONFIG.replacen("[org.acme]", "[org.acme]\nreposts_active = true", 1);
    let config = schemas::org_config::parse_toml(&config).unwrap();
    desk.config.send(Arc::new(config)).unwrap();
    let reposts: Vec<NewItem> = (1..=50)
        .map(|n| {
            let person = (30 + n).to_string();
            let at = format!("2026-11-23T09:{n:02}:00Z");
            NewItem::post(2000 + n, &person, &(2000 + n).to_string(), &at).reposting(ORIGINAL)
        })
        .collect();
    for repost in &reposts {
        desk.store(repost).await;
    }
    (desk, reposts)
}

/// Our own post, and what somebody answered to it.
async fn original(desk: &Desk) -> NewItem {
    let mut ours = NewItem::post(ORIGINAL, "900", "1000", "2026-11-23T08:00:00Z").typed("post");
    ours.direction = "outbound";
    desk.store(&ours).await;
    desk.store(&NewItem::post(1001, "29", "1000", "2026-11-23T08:30:00Z"))
        .await;
    ours
}

async fn list(desk: &Desk, key: &str, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/threads?limit=200&{query}");
    let page = desk.get(key, &path).await.ok();
    page["items"].as_array().unwrap().clone()
}

/// What the row of the reposts says.
async fn words(desk: &Desk, key: &str) -> Value {
    let rows = list(desk, key, "tab=active").await;
    let one = rows.iter().find(|row| row["repost_of"] == "1000");
    one.unwrap()["text"].clone()
}

fn badges(rows: &[Value]) -> i64 {
    rows.iter().map(|row| row["count"].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn fifty_reposts_are_one_row_with_the_words_of_the_original() {
    let (desk, reposts) = reposted().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let ours = original(&desk).await;
    let rows = list(&desk, &key, "tab=active").await;
    assert_eq!(rows.len(), 2);
    let one = rows.iter().find(|row| row["repost_of"] == "1000").unwrap();
    assert_eq!(one["id"], row(&reposts[0]));
    assert_eq!((&one["count"], &one["open"]), (&json!(50), &json!(50)));
    assert_eq!(one["text"], ours.text);
    assert_eq!(one["person"]["x_id"], "900");
    // What Done may carry is a repost, not the post that is shown.
    assert_eq!(one["item_id"], json!(reposts[49].id()));
    for (tile, query) in [
        ("active", "tab=active"),
        ("x_today", "posted_on=2026-11-23"),
    ] {
        let tiles = desk.get(&key, "/api/v1/tiles?on=2026-11-23").await.ok();
        let rows = list(&desk, &key, query).await;
        assert_eq!(tiles[tile]["count"], badges(&rows), "{tile}");
        assert_eq!(badges(&rows), 51);
    }
    let views = desk.get(&key, "/api/v1/views").await.ok();
    assert_eq!(views["items"][0]["count"], json!(51));
}

#[tokio::test]
async fn the_row_opens_the_conversation_of_the_original() {
    let (desk, reposts) = reposted().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let path = format!("/api/v1/threads/{}", row(&reposts[0]));
    // As long as the original is not stored, a repost says what it said, and what is missing is told.
    let window = desk.get(&key, &format!("{path}/items")).await.ok();
    let ids = |window: &Value| -> Vec<Value> {
        let items = window["items"].as_array().unwrap().iter();
        items.map(|item| item["x_id"].clone()).collect()
    };
    assert_eq!(ids(&window), ["2050"]);
    assert_eq!(window["holes"][0]["x_id"], "1000");
    original(&desk).await;
    let window = desk.get(&key, &format!("{path}/items")).await.ok();
    assert_eq!(ids(&window), ["1000", "1001"]);
    assert_eq!(window["holes"], json!([]));
    let head = desk.get(&key, &path).await.ok();
    assert_eq!(head["conversation_id"], "1000");
    assert_eq!(head["repost_of"], "1000");
    assert_eq!(head["open"], json!(50));
    assert_eq!(head["newest"], json!(reposts[49].id()));
    assert_eq!(head["target"], Value::Null);
}

#[tokio::test]
async fn done_closes_the_reposts_up_to_the_one_that_was_seen() {
    let (desk, reposts) = reposted().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let ours = original(&desk).await;
    let path = format!("/api/v1/threads/{}/done", row(&reposts[0]));
    let other = desk
        .command(&key, "POST", &path, &json!({ "through": ours.id() }))
        .await;
    assert_eq!(other.problem(), "invalid-value");
    let body = json!({ "through": reposts[39].id() });
    let did = desk.command(&key, "POST", &path, &body).await.ok();
    assert_eq!(did["items"].as_array().unwrap().len(), 40);
    assert_eq!(did["left_active"], json!(10));
    assert_eq!(list(&desk, &key, "tab=done").await.len(), 0);
    let body = json!({ "through": reposts[49].id() });
    let did = desk.command(&key, "POST", &path, &body).await.ok();
    assert_eq!(did["left_active"], json!(0));
    let done = list(&desk, &key, "tab=done").await;
    assert_eq!(done.len(), 1);
    assert_eq!(
        (&done[0]["count"], &done[0]["text"]),
        (&json!(50), &json!(ours.text))
    );
    let rows = list(&desk, &key, "tab=active").await;
    assert_eq!(badges(&rows), 1);
    // What the last Done closed comes back with Reopen.
    let path = path.replace("/done", "/reopen");
    let did = desk.command(&key, "POST", &path, &json!({})).await.ok();
    assert_eq!(did["items"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_repost_of_a_later_version_finds_the_words_of_the_original() {
    let (desk, reposts) = reposted().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let mut ours = original(&desk).await;
    desk.run("acme", "DELETE FROM items WHERE x_id = '1000'")
        .await;
    ours.x_id = 999;
    let first = desk.store(&ours).await;
    assert_eq!(words(&desk, &key).await, reposts[49].text);
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    sqlx::query(
        "INSERT INTO item_aliases (org, kind, x_id, item_id) VALUES ('acme', 'post', '1000', $1)",
    )
    .bind(first)
    .execute(&mut *scope)
    .await
    .unwrap();
    scope.commit().await.unwrap();
    assert_eq!(words(&desk, &key).await, ours.text);
}
