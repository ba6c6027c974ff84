//! Starting and stopping the sources.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use axum::http::Request;
use common::items::NewItem;
use common::{Desk, desk};
use serde_json::json;

/// A statement with values of this test.
async fn run(desk: &Desk, statement: String) {
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let statement = sqlx::query(sqlx::AssertSqlSafe(statement));
    statement.execute(&mut *scope).await.unwrap();
    scope.commit().await.unwrap();
}

const COMMANDS: &str = "SELECT count(*) FROM channel_commands";

#[tokio::test]
async fn the_start_call_starts_once_in_every_spelling() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Ops, false).await;
    let calls = [
        "/api/social/socialfeed/XTwitter/startX/TwitterStreaming?X/TwitterHandle=acme&user=dummyUser&organization=Acme",
        "/social/api/social/socialfeed/X/Twitter/startX/TwitterStreaming?X/TwitterHandle=@ACME",
        "/api/social/socialfeed/twitter/startTwitterStreaming?TwitterHandle=acme",
        "/api/social/socialfeed/x/startXStreaming?X%2FTwitterHandle=acme",
    ];
    for (at, call) in calls.iter().enumerate() {
        for method in ["GET", "POST"] {
            let request = Request::builder().method(method).uri(*call);
            let request = request.header("authorization", format!("Bearer {key}"));
            let done = desk
                .send(request.body(String::new().into()).unwrap())
                .await
                .ok();
            let changed = at == 0 && method == "GET";
            let expected =
                json!({"account": "900", "way": "stream", "action": "start", "changed": changed});
            assert_eq!(done, expected, "{method} {call}");
        }
    }
    assert_eq!(desk.count("acme", COMMANDS).await, 1);
    let kept = "SELECT count(*) FROM channel_commands
        WHERE actor LIKE 'key:%' AND reason = 'start call, user dummyUser' AND done_at IS NULL";
    assert_eq!(desk.count("acme", kept).await, 1);
    let audited = "SELECT count(*) FROM audit WHERE action = 'channel.start'";
    assert_eq!(desk.count("acme", audited).await, 1);

    let base = "/api/social/socialfeed/XTwitter/startX/TwitterStreaming?X/TwitterHandle";
    for (call, problem) in [
        (format!("{base}=nobody"), "unknown-account"),
        (format!("{base}=bolt"), "unknown-account"),
        (
            format!("{base}=acme&organization=dummyOrg"),
            "unknown-organisation",
        ),
        (
            format!("{base}=acme&organization=bolt"),
            "unknown-organisation",
        ),
        (
            "/api/social/socialfeed/x/startXStreaming".to_owned(),
            "invalid-parameter",
        ),
        (
            "/api/social/socialfeed/facebook/start?handle=acme".to_owned(),
            "not-found",
        ),
    ] {
        assert_eq!(desk.get(&key, &call).await.problem(), problem, "{call}");
    }
    let csr = desk.key("acme", Role::Csr, true).await;
    assert_eq!(
        desk.get(&csr, &format!("{base}=acme")).await.problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn ways_are_started_stopped_and_filled_by_account() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Ops, false).await;
    let why = json!({"reason": "holiday"});
    for (path, changed) in [
        ("/api/v1/channels/900/poll/stop", true),
        ("/api/v1/channels/acme/poll/stop", false),
        ("/api/v1/channels/@acme/poll/start", true),
        ("/api/v1/channels/900/webhook/stop", true),
    ] {
        let done = desk.command(&key, "POST", path, &why).await.ok();
        assert_eq!(done["changed"], changed, "{path}");
    }
    let fill = json!({"from": "2026-11-23T08:00:00Z"});
    let path = "/api/v1/channels/900/fill-gap";
    assert_eq!(
        desk.command(&key, "POST", path, &fill).await.ok()["action"],
        "fill-gap"
    );
    let late = json!({"from": "2026-11-23T12:30:00Z"});
    assert_eq!(
        desk.command(&key, "POST", path, &late).await.problem(),
        "invalid-value"
    );
    assert_eq!(desk.count("acme", COMMANDS).await, 4);
    for (path, problem) in [
        ("/api/v1/channels/901/poll/stop", "unknown-account"),
        ("/api/v1/channels/900/fax/stop", "not-found"),
        ("/api/v1/channels/900/poll/pause", "not-found"),
    ] {
        assert_eq!(
            desk.command(&key, "POST", path, &why).await.problem(),
            problem,
            "{path}"
        );
    }
}

#[tokio::test]
async fn coverage_says_what_came_first_by_which_way_and_what_each_missed() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Ops, false).await;
    for (n, sources, first) in [
        (1, "{webhook,poll}", "webhook"),
        (2, "{poll,webhook}", "poll"),
        (3, "{poll}", "poll"),
    ] {
        let item = NewItem::post(n, "30", "1", "2026-11-23T09:00:00Z");
        desk.store(&item).await;
        let update = format!(
            "UPDATE items SET sources = '{sources}', source = '{first}', accounts = '{{900}}'
              WHERE item_id = '{}'",
            item.id()
        );
        run(&desk, update).await;
    }
    desk.run(
        "acme",
        "INSERT INTO gaps (org, gap_id, account, way, cause, from_at, to_at, recovered_at, recovered_by)
         VALUES ('acme', gen_random_uuid(), '900', 'webhook', 'invalid', '2026-11-23T08:00Z',
                 '2026-11-23T08:30Z', '2026-11-23T08:31Z', 'poll')",
    )
    .await;
    let answer = desk.get(&key, "/api/v1/channels/acme/coverage").await.ok();
    let days: Vec<_> = answer["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            (
                day["way"].as_str().unwrap(),
                day["seen"].as_i64(),
                day["first"].as_i64(),
                day["missed"].as_i64(),
            )
        })
        .collect();
    assert_eq!(
        days,
        [
            ("poll", Some(3), Some(2), Some(0)),
            ("webhook", Some(2), Some(1), Some(1))
        ]
    );
    assert_eq!(answer["gaps"][0]["recovered_by"], "poll");
    let long = "/api/v1/channels/acme/coverage?from=2026-01-01T00:00:00Z";
    assert_eq!(desk.get(&key, long).await.problem(), "invalid-parameter");
}
