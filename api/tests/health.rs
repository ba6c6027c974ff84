//! Health of the accounts as facts, and the check of one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use api::http::auth::Role;
use chrono::{DateTime, Utc};
use common::{Desk, desk};
use runtime::pg::facts::{self, Fact};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/channels";
const CHECK: &str = "/api/v1/channels/900/check";

async fn note(desk: &Desk, org: &str, subject: &str, name: &str, value: Value, at: &str) {
    let fact = Fact {
        subject: subject.to_owned(),
        name: name.to_owned(),
        value,
        at: at.parse::<DateTime<Utc>>().unwrap(),
    };
    let mut scope = runtime::pg::begin(&desk.pg, &[org]).await.unwrap();
    facts::write(&mut scope, org, &[fact]).await.unwrap();
    scope.commit().await.unwrap();
}

async fn spend(desk: &Desk, org: &str, day: &str, micro_usd: i64) {
    let mut scope = runtime::pg::begin(&desk.pg, &[org]).await.unwrap();
    sqlx::query(
        "INSERT INTO x_usage (org, day, account, endpoint, calls, failed, micro_usd)
         VALUES ($1, $2::date, '900', 'users.me', 3, 1, $3)",
    )
    .bind(org)
    .bind(day)
    .bind(micro_usd)
    .execute(&mut *scope)
    .await
    .unwrap();
    scope.commit().await.unwrap();
}

async fn note_a_bad_state(desk: &Desk) {
    let lines = json!([{"of": "acme/acme", "check": "permissions", "state": "fail",
        "what": "missing: dm.read", "cure": "the developer portal of X"}]);
    let checked = json!({"lines": lines, "since": {"permissions": "2026-11-23T10:00:00Z"}});
    let lost =
        json!({"lost": [{"permission": "dm.read", "feature": "Private messages do not arrive."}]});
    let webhook = json!({"registered": true, "id": "1", "valid": false});
    note(desk, "acme", "", "crc", json!({}), "2026-11-23T11:30:00Z").await;
    note(
        desk,
        "acme",
        "900",
        "event",
        json!({}),
        "2026-11-23T11:59:00Z",
    )
    .await;
    note(
        desk,
        "acme",
        "900",
        "checked",
        checked,
        "2026-11-23T11:00:00Z",
    )
    .await;
    note(desk, "acme", "900", "lost", lost, "2026-11-23T11:00:00Z").await;
    note(
        desk,
        "acme",
        "900",
        "webhook",
        webhook,
        "2026-11-23T11:00:00Z",
    )
    .await;
}

#[tokio::test]
async fn health_is_what_was_seen_of_the_own_organisation() {
    let desk = desk().await;
    let viewer = desk.key("acme", Role::Viewer, false).await;
    let before = desk.get(&viewer, LIST).await.ok();
    assert_eq!(before["accounts"][0]["state"], "unknown");
    assert_eq!(before["accounts"][0]["handle"], "acme");
    assert_eq!(before["last_challenge_at"], Value::Null);

    note_a_bad_state(&desk).await;
    spend(&desk, "acme", "2026-11-23", 1_230_045).await;
    spend(&desk, "acme", "2026-11-22", 9_000_000).await;
    spend(&desk, "bolt", "2026-11-23", 7_000_000).await;

    let seen = desk.get(&viewer, LIST).await.ok();
    let account = &seen["accounts"][0];
    assert_eq!(account["account"], "900");
    assert_eq!(account["state"], "fail");
    assert_eq!(account["last_event_at"], "2026-11-23T11:59:00Z");
    assert_eq!(account["webhook"]["valid"], false);
    assert_eq!(account["lost"][0]["permission"], "dm.read");
    assert_eq!(account["checks"][0]["cure"], "the developer portal of X");
    let notice = &account["notices"][0];
    assert_eq!(notice["since"], "2026-11-23T10:00:00Z");
    assert!(
        notice["text"]
            .as_str()
            .unwrap()
            .starts_with("Private messages do not arrive.")
    );
    assert_eq!(seen["last_challenge_at"], "2026-11-23T11:30:00Z");
    let cost = &seen["cost"];
    assert_eq!(
        (&cost["usd"], &cost["calls"]),
        (&json!("1.230045"), &json!(3))
    );
    assert_eq!(
        (&cost["state"], &cost["failed"]),
        (&json!("free"), &json!(1))
    );
    assert_eq!(seen["quarantined"], Value::Null, "Kafka is away here");

    let other = desk.key("bolt", Role::Ops, false).await;
    let other = desk.get(&other, LIST).await.ok();
    assert_eq!(other["accounts"][0]["state"], "unknown");
    assert_eq!(other["cost"]["usd"], "7.000000");
}

fn limit(endpoint: &str, remaining: i64, resets_at: &str) -> Value {
    json!({"endpoint": endpoint, "window": "quarter", "of": "account", "limit": 180,
           "remaining": remaining, "resets_at": resets_at})
}

// Two feeds that are read, one conversation; three gaps of which one is recovered; two limits of which
// one has ended.
async fn note_how_far(desk: &Desk) {
    for (name, value) in [
        (
            "limit:users.mentions:quarter",
            limit("users.mentions", 7, "2026-11-23T12:09:00Z"),
        ),
        (
            "limit:dm_events.list:quarter",
            limit("dm_events.list", 0, "2026-11-23T12:00:00Z"),
        ),
    ] {
        note(desk, "acme", "900", name, value, "2026-11-23T11:58:00Z").await;
    }
    desk.run(
        "acme",
        "INSERT INTO poll_cursors (org, account, feed, since_id, backfill_before, moved_at, polled_at)
         SELECT 'acme', '900', feed, 1, '2026-11-23T08:00Z', '2026-11-23T08:00Z', at::timestamptz
           FROM (VALUES ('mentions', '2026-11-23T11:59:30Z'), ('messages', '2026-11-23T11:53Z'),
                        ('conversation:1', '2026-11-23T09:00Z')) AS v (feed, at)",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO gaps (org, gap_id, account, way, cause, from_at, to_at, recovered_at, recovered_by)
         SELECT 'acme', gen_random_uuid(), '900', way, 'c', f::timestamptz, t::timestamptz,
                r::timestamptz, CASE WHEN r IS NOT NULL THEN 'poll' END
           FROM (VALUES ('webhook', '2026-11-23T11:50Z', NULL, NULL),
                        ('webhook', '2026-11-23T10:00Z', '2026-11-23T10:30Z', NULL),
                        ('stream', '2026-11-23T09:00Z', '2026-11-23T09:30Z', '2026-11-23T09:31Z'))
                AS v (way, f, t, r)",
    )
    .await;
}

#[tokio::test]
async fn limits_cursors_and_open_gaps_are_of_each_account() {
    let desk = desk().await;
    let ops = desk.key("acme", Role::Ops, false).await;
    let before = &desk.get(&ops, LIST).await.ok()["accounts"][0];
    assert_eq!(before["cursor_gap_seconds"], Value::Null);
    assert_eq!(
        (&before["feeds"], &before["limits"]),
        (&json!([]), &json!([]))
    );

    note_how_far(&desk).await;
    let seen = desk.get(&ops, LIST).await.ok();
    let account = &seen["accounts"][0];
    assert_eq!(
        account["limits"].as_array().unwrap().len(),
        1,
        "the other's window is over"
    );
    let left = &account["limits"][0];
    assert_eq!(
        (&left["endpoint"], &left["remaining"]),
        (&json!("users.mentions"), &json!(7))
    );
    assert_eq!(
        (&left["limit"], &left["resets_at"]),
        (&json!(180), &json!("2026-11-23T12:09:00Z"))
    );
    // The clock goes on while the test runs.
    let about = |value: &Value, seconds: i64| {
        let is = value.as_i64().unwrap();
        assert!((seconds..seconds + 60).contains(&is), "{is}, not {seconds}");
    };
    let feeds = account["feeds"].as_array().unwrap();
    let names: Vec<_> = feeds.iter().map(|feed| &feed["feed"]).collect();
    assert_eq!(names, ["mentions", "messages"]);
    about(&feeds[0]["gap_seconds"], 30);
    about(&account["cursor_gap_seconds"], 420);
    let [open] = account["open_gaps"].as_array().unwrap().as_slice() else {
        panic!("{account}")
    };
    assert_eq!(
        (&open["way"], &open["gaps"]),
        (&json!("webhook"), &json!(2))
    );
    assert_eq!(open["since"], "2026-11-23T10:00:00Z");
    about(&open["seconds"], 2_400);
    let other = desk.key("bolt", Role::Ops, false).await;
    let other = &desk.get(&other, LIST).await.ok()["accounts"][0];
    assert_eq!(
        (&other["limits"], &other["open_gaps"]),
        (&json!([]), &json!([]))
    );

    let path = "/api/v1/channels/900/poll/stop";
    desk.command(&ops, "POST", path, &json!({})).await.ok();
    let stopped = &desk.get(&ops, LIST).await.ok()["accounts"][0];
    assert_eq!(stopped["modes"]["poll_s"], 0);
    assert_eq!(
        stopped["cursor_gap_seconds"],
        Value::Null,
        "nothing is polled"
    );
}

#[tokio::test]
async fn a_budget_that_is_past_is_told() {
    let config = common::CONFIG.replace(
        "time_zone = \"Europe/Berlin\"",
        "time_zone = \"Europe/Berlin\"\nbudget_usd_day = { warn = 1.0, slow = 2.0 }",
    );
    let desk = desk().await;
    let orgs = schemas::org_config::parse_toml(&config).unwrap();
    desk.config.send_replace(std::sync::Arc::new(orgs));
    let key = desk.key("acme", Role::Lead, false).await;
    for (micro_usd, state) in [(999_999, "free"), (1, "warned"), (1_000_000, "slowed")] {
        let endpoint = state;
        let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
        sqlx::query("INSERT INTO x_usage VALUES ('acme', '2026-11-23', '900', $1, 1, 0, $2)")
            .bind(endpoint)
            .bind(i64::from(micro_usd))
            .execute(&mut *scope)
            .await
            .unwrap();
        scope.commit().await.unwrap();
        let seen = desk.get(&key, LIST).await.ok();
        assert_eq!(seen["cost"]["state"], state);
        assert_eq!(seen["cost"]["slow_usd"], 2.0);
    }
}

#[tokio::test]
async fn a_check_is_asked_for_once_by_an_operator() {
    let desk = desk().await;
    let (ops, csr) = (
        desk.key("acme", Role::Ops, false).await,
        desk.key("acme", Role::Csr, false).await,
    );
    assert_eq!(
        desk.command(&csr, "POST", CHECK, &Value::Null).await.status,
        403
    );
    let unknown = desk
        .command(&ops, "POST", "/api/v1/channels/901/check", &Value::Null)
        .await;
    assert_eq!(unknown.status, 404, "the account of another organisation");
    let asked = desk.command(&ops, "POST", CHECK, &Value::Null).await;
    assert_eq!(asked.status, 202);
    assert_eq!(asked.json()["account"], "900");
    let seen = desk.get(&ops, LIST).await.ok();
    assert_eq!(seen["accounts"][0]["check_pending"], true);

    note(
        &desk,
        "acme",
        "900",
        "checked",
        json!({"lines": []}),
        "2026-11-23T12:00:05Z",
    )
    .await;
    let seen = desk.get(&csr, LIST).await.ok();
    assert_eq!(seen["accounts"][0]["check_pending"], false);
    assert_eq!(seen["accounts"][0]["state"], "ok");
}
