//! A tile equals the list behind it: over random histories, three zones, midnight, both days on
//! which clocks change.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use api::http::auth::Role;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use common::items::NewItem;
use common::{Desk, desk};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const ZONES: [&str; 3] = ["Etc/GMT+12", "Europe/Berlin", "Pacific/Kiritimati"];

/// All rows of a list, page by page.
async fn rows(desk: &Desk, key: &str, query: &str, limit: u32) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/threads?{query}&limit={limit}{cursor}");
        let page = desk.get(key, &path).await.ok();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn badges(rows: &[Value]) -> i64 {
    rows.iter().map(|row| row["count"].as_i64().unwrap()).sum()
}

/// Person, thread, type, minute, minutes until closed; by rule, deleted, ours.
type Shape = (u32, u32, &'static str, i64, Option<i64>, bool, bool, bool);

/// A history of one organisation around a day on which Berlin's clocks go back.
fn histories() -> impl Strategy<Value = Vec<NewItem>> {
    let item = (
        0..6_u32,
        0..5_u32,
        prop_oneof![
            Just("mention"),
            Just("reply"),
            Just("quote"),
            Just("repost"),
            Just("message")
        ],
        // four days around 2026-10-25, by the minute
        0..5_760_i64,
        prop_oneof![3 => Just(None), 2 => (0..2_880_i64).prop_map(Some)],
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(item, 1..60).prop_map(|all| {
        let start: DateTime<Utc> = "2026-10-23T12:00:00Z".parse().unwrap();
        let item = |(n, one): (u64, Shape)| {
            let (person, thread, post_type, minute, closed, by_rule, deleted, ours) = one;
            let person = (30 + person).to_string();
            let at = start + TimeDelta::minutes(minute);
            let text = at.to_rfc3339();
            let post = NewItem::post(1000 + n, &person, &(1 + thread).to_string(), &text);
            let mut item = match post_type {
                "message" => NewItem::message(1000 + n, &person, &text),
                // Of some nobody knows what they repeat.
                "repost" if thread < 3 => post.reposting(u64::from(thread)),
                _ => post.typed(post_type),
            };
            if ours {
                item.direction = "outbound";
            } else {
                item.closed_at = closed.map(|after| at + TimeDelta::minutes(after));
                item.closed_rule = (by_rule && closed.is_some()).then_some("bots");
            }
            item.deleted = deleted;
            item
        };
        (0..).zip(all).map(item).collect()
    })
}

/// The naive recount: one by one, by the words of the definition.
fn recount(items: &[NewItem], zone: Tz, on: NaiveDate) -> (i64, i64, i64) {
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let inbound: Vec<&NewItem> = items.iter().filter(|i| i.direction == "inbound").collect();
    let count = |test: &dyn Fn(&NewItem) -> bool| {
        i64::try_from(inbound.iter().filter(|i| test(i)).count()).unwrap()
    };
    (
        count(&|i| i.closed_at.is_none() && !i.deleted && i.post_type != "repost"),
        count(&|i| i.closed_rule.is_none() && i.closed_at.is_some_and(|at| local(at) == on)),
        count(&|i| local(i.posted_at) == on),
    )
}

#[tokio::test]
async fn tiles_equal_a_naive_recount_and_the_badges_behind_them() {
    let mut runner = TestRunner::deterministic();
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, true).await;
    for _ in 0..12 {
        let items = histories().new_tree(&mut runner).unwrap().current();
        desk.run("acme", "DELETE FROM items").await;
        for item in &items {
            desk.store(item).await;
        }
        for zone in ZONES {
            for on in ["2026-10-24", "2026-10-25", "2026-10-26"] {
                let typed = zone.replace('+', "%2B");
                let tiles = desk
                    .get(&key, &format!("/api/v1/tiles?tz={typed}&on={on}"))
                    .await
                    .ok();
                let told = ["active", "done_today", "x_today"]
                    .map(|tile| tiles[tile]["count"].as_i64().unwrap());
                let (active, done, x) = recount(&items, zone.parse().unwrap(), on.parse().unwrap());
                assert_eq!(told, [active, done, x], "{zone} {on} {items:#?}");
                for tile in ["active", "done_today", "x_today"] {
                    let list = tiles[tile]["list"].as_str().unwrap();
                    for limit in [1, 200] {
                        let rows = rows(&desk, &key, list, limit).await;
                        assert_eq!(
                            badges(&rows),
                            tiles[tile]["count"].as_i64().unwrap(),
                            "{tile} {list}"
                        );
                    }
                }
            }
        }
        done_tab(&desk, &key, &items).await;
    }
}

/// Done tab: rows with closed items and no active one, each once, newest closing first.
async fn done_tab(desk: &Desk, key: &str, items: &[NewItem]) {
    let mut expected: BTreeMap<String, (i64, bool, Option<DateTime<Utc>>)> = BTreeMap::new();
    for item in items.iter().filter(|i| i.direction == "inbound") {
        let row = expected.entry(common::items::row(item)).or_default();
        row.0 += i64::from(item.closed_at.is_some());
        row.1 |= item.closed_at.is_none() && !item.deleted && item.post_type != "repost";
        row.2 = row.2.max(item.closed_at);
    }
    expected.retain(|_, row| row.0 > 0 && !row.1);
    for limit in [1, 3, 200] {
        let rows = rows(desk, key, "tab=done", limit).await;
        let told: Vec<(String, i64)> = rows
            .iter()
            .map(|row| {
                (
                    row["id"].as_str().unwrap().to_owned(),
                    row["count"].as_i64().unwrap(),
                )
            })
            .collect();
        let by_id: BTreeMap<_, _> = told.iter().cloned().collect();
        assert_eq!(by_id.len(), told.len(), "a row comes once");
        let wanted: BTreeMap<_, _> = expected
            .iter()
            .map(|(id, row)| (id.clone(), row.0))
            .collect();
        assert_eq!(by_id, wanted, "limit {limit}");
        let times: Vec<_> = told.iter().map(|(id, _)| expected[id].2).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    }
}

#[tokio::test]
async fn today_ends_at_the_users_midnight() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, true).await;
    desk.store(&NewItem::post(1, "30", "1", "2026-11-23T22:59:59.999999Z"))
        .await;
    desk.store(&NewItem::post(2, "30", "1", "2026-11-23T23:00:00Z"))
        .await;
    // Berlin: the first a microsecond before midnight, the second at midnight.
    for (now, zone, posts) in [
        ("2026-11-23T22:59:59Z", "Europe/Berlin", 1),
        ("2026-11-23T23:00:01Z", "Europe/Berlin", 1),
        ("2026-11-23T23:00:01Z", "UTC", 2),
        ("2026-11-24T00:00:00Z", "UTC", 0),
    ] {
        desk.set_time(now);
        let tiles = desk
            .get(&key, &format!("/api/v1/tiles?tz={zone}"))
            .await
            .ok();
        assert_eq!(tiles["x_today"]["count"], json!(posts), "{now} {zone}");
    }
    // The organisation's zone where none is said.
    desk.set_time("2026-11-23T23:30:00Z");
    let tiles = desk.get(&key, "/api/v1/tiles").await.ok();
    assert_eq!(
        (&tiles["time_zone"], &tiles["day"]),
        (&json!("Europe/Berlin"), &json!("2026-11-24"))
    );
}

#[tokio::test]
async fn without_an_x_account_x_today_is_zero_and_says_why() {
    let desk = desk().await;
    let key = desk.key("gone", Role::Viewer, true).await;
    desk.store(&NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z").of("gone"))
        .await;
    let tiles = desk.get(&key, "/api/v1/tiles").await.ok();
    assert_eq!(tiles["x_today"]["count"], json!(0));
    assert_eq!(tiles["x_today"]["note"], json!("no X account configured"));
    assert_eq!(tiles["active"]["count"], json!(1));
}

#[tokio::test]
async fn reposts_are_active_where_the_organisation_says_so_from_now_on() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, true).await;
    desk.store(&NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z").typed("repost"))
        .await;
    let mut deleted = NewItem::post(2, "30", "2", "2026-11-23T09:00:00Z");
    deleted.deleted = true;
    desk.store(&deleted).await;
    let active = desk.get(&key, "/api/v1/tiles").await.ok()["active"].clone();
    assert_eq!(active["count"], json!(0));
    assert_eq!(active["not_counted"], json!({"reposts": 1, "deleted": 1}));
    let config = common::CONFIG.replacen("[org.acme]", "[org.acme]\nreposts_active = true", 1);
    desk.config
        .send(std::sync::Arc::new(
            schemas::org_config::parse_toml(&config).unwrap(),
        ))
        .unwrap();
    let active = desk.get(&key, "/api/v1/tiles").await.ok()["active"].clone();
    assert_eq!(active["count"], json!(1));
    assert_eq!(active["not_counted"], json!({"reposts": 0, "deleted": 1}));
    assert_eq!(badges(&rows(&desk, &key, "tab=active", 50).await), 1);
}

#[tokio::test]
async fn the_volume_report_adds_up_to_x_today() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Analyst, false).await;
    let viewer = desk.key("acme", Role::Viewer, false).await;
    for (n, at) in (1..).zip([
        "2026-10-24T22:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T22:59:00Z",
        "2026-10-25T23:00:00Z",
    ]) {
        desk.store(&NewItem::post(n, "30", "1", at)).await;
    }
    let path = "/api/v1/reports/volume?from=2026-10-25&to=2026-10-25&tz=Europe/Berlin&by=hour";
    let report = desk.get(&key, path).await.ok();
    let lines = report["items"].as_array().unwrap();
    assert_eq!(lines.len(), 25);
    let twice: Vec<_> = lines
        .iter()
        .filter(|l| l["local"].as_str().unwrap().contains("T02:00"))
        .collect();
    assert_eq!(twice.len(), 2);
    assert!(twice.iter().all(|line| line["count"] == json!(1)));
    let sum: i64 = lines
        .iter()
        .map(|line| line["count"].as_i64().unwrap())
        .sum();
    let tiles = desk
        .get(&viewer, "/api/v1/tiles?tz=Europe/Berlin&on=2026-10-25")
        .await
        .ok();
    assert_eq!((sum, &tiles["x_today"]["count"]), (4, &json!(4)));
}

#[tokio::test]
async fn the_order_of_priority_is_the_sum_of_its_terms() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Viewer, true).await;
    desk.store(&NewItem::post(1, "30", "1", "2026-11-23T11:59:00Z"))
        .await;
    desk.store(&NewItem::post(2, "31", "1", "2026-11-23T11:30:00Z"))
        .await;
    desk.store(&NewItem::post(3, "32", "1", "2026-11-23T09:00:00Z"))
        .await;
    let rows = rows(&desk, &key, "sort=priority", 1).await;
    let order: Vec<_> = rows
        .iter()
        .map(|row| row["person"]["x_id"].clone())
        .collect();
    assert_eq!(order, [json!("32"), json!("31"), json!("30")]);
    for row in rows {
        let item = row["item_id"].as_str().unwrap();
        let why = desk
            .get(&key, &format!("/api/v1/items/{item}/priority"))
            .await
            .ok();
        let (told, sum) = (
            row["priority"].as_f64().unwrap(),
            why["score"].as_f64().unwrap(),
        );
        // A moment passes between the two requests.
        assert!((told - sum).abs() < 0.1, "{told} {why}");
    }
}
