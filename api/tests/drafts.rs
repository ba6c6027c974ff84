//! Drafts, saved replies, and what is told of the past: revisions, the report of what was done, audit.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::desk;
use common::items::{NewItem, row};
use serde_json::{Value, json};

#[tokio::test]
async fn a_draft_is_ones_own_and_colleagues_see_that_it_is_there() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let ines = desk.browser("acme", "Ines", Role::Csr, true).await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let target = format!("/api/v1/drafts/item:{}", item.id());
    assert_eq!(desk.see(&dana, &target).await.problem(), "not-found");
    let body = json!({"text": "We are looking", "exclude": ["31"]});
    let kept = desk.act(&dana, "PUT", &target, &body).await.ok();
    assert_eq!(kept["target"], format!("item:{}", item.id()));
    let body = json!({"text": "We are looking into it.", "exclude": ["31"]});
    desk.act(&dana, "PUT", &target, &body).await.ok();
    let read = desk.see(&dana, &target).await.ok();
    assert_eq!(
        (&read["text"], &read["exclude"]),
        (&body["text"], &body["exclude"])
    );
    // A picture alone is a draft; it is told as POST /media tells it.
    let picture = runtime::pictures::id(&runtime::pictures::digest(b"a picture"));
    let alone = json!({"text": "", "media_id": picture});
    let kept = desk.act(&dana, "PUT", &target, &alone).await.ok();
    assert_eq!(kept["media_id"], json!(picture));
    let bad = json!({"text": "", "media_id": "../../etc"});
    let refused = desk.act(&dana, "PUT", &target, &bad).await;
    assert_eq!(refused.problem(), "invalid-value");
    assert_eq!(desk.see(&ines, &target).await.problem(), "not-found");
    let note = format!("/api/v1/drafts/note:{}", row(&item));
    desk.act(&ines, "PUT", &note, &json!({"text": "Ask Dana"}))
        .await
        .ok();
    let shown = desk.see(&ines, "/api/v1/threads").await.ok();
    assert_eq!(shown["items"][0]["draft_by"], json!(["Dana", "Ines"]));
    let head = desk
        .see(&ines, &format!("/api/v1/threads/{}", row(&item)))
        .await
        .ok();
    assert_eq!(head["draft_by"], json!(["Dana", "Ines"]));
    // Emptied is forgotten.
    let emptied = desk.act(&dana, "PUT", &target, &json!({"text": " "})).await;
    assert_eq!(emptied.status, 204);
    assert_eq!(
        desk.act(&ines, "DELETE", &note, &json!(null)).await.status,
        204
    );
    let shown = desk.see(&ines, "/api/v1/threads").await.ok();
    assert_eq!(shown["items"][0]["draft_by"], json!([]));
    // A draft is no work: nothing is audited.
    let told = "SELECT count(*) FROM audit WHERE action LIKE '%draft%'";
    assert_eq!(desk.count("acme", told).await, 0);
}

#[tokio::test]
async fn drafts_are_refused_where_their_user_may_not_write() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, false).await;
    let rob = desk.browser("bolt", "Rob", Role::Admin, true).await;
    let viewer = desk.browser("acme", "Vic", Role::Viewer, true).await;
    let post = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    let message = NewItem::message(2, "31", "2026-11-23T09:00:00Z");
    desk.store(&post).await;
    desk.store(&message).await;
    let text = json!({"text": "words"});
    for target in [
        format!("item:{}", post.id()),
        format!("thread:{}", row(&post)),
        format!("note:{}", row(&post)),
    ] {
        let path = format!("/api/v1/drafts/{target}");
        for method in ["GET", "PUT", "DELETE"] {
            let answer = if method == "GET" {
                desk.see(&rob, &path).await
            } else {
                desk.act(&rob, method, &path, &text).await
            };
            assert_eq!(answer.problem(), "not-found", "{method} {target}");
        }
        let answer = desk.act(&viewer, "PUT", &path, &text).await;
        assert_eq!(answer.problem(), "forbidden");
    }
    for target in ["item:x", "rubbish", "thread:x", "else:1"] {
        let path = format!("/api/v1/drafts/{target}");
        let answer = desk.act(&dana, "PUT", &path, &text).await;
        assert_eq!(answer.problem(), "not-found", "{target}");
    }
    let path = format!("/api/v1/drafts/thread:{}", row(&message));
    assert_eq!(
        desk.act(&dana, "PUT", &path, &text).await.problem(),
        "forbidden"
    );
    let path = format!("/api/v1/drafts/note:{}", row(&message));
    desk.act(&dana, "PUT", &path, &text).await.ok();
    let long = json!({"text": "x".repeat(10_001)});
    assert_eq!(
        desk.act(&dana, "PUT", &path, &long).await.problem(),
        "invalid-value"
    );
}

#[tokio::test]
async fn saved_replies_are_shared() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let path = "/api/v1/saved-replies";
    let body = json!({"title": "Hello", "text": "Hello {{name}}", "kind": "public"});
    let made = desk.act(&lead, "POST", path, &body).await.ok();
    assert_eq!(
        desk.act(&lead, "POST", path, &body).await.problem(),
        "already-exists"
    );
    assert_eq!(
        desk.act(&dana, "POST", path, &body).await.problem(),
        "forbidden"
    );
    let one = format!("{path}/{}", made["reply_id"].as_str().unwrap());
    let change = json!({"title": "Hello", "text": "Hello {{name}}!", "kind": "any"});
    desk.act(&lead, "PUT", &one, &change).await.ok();
    let seen = desk.see(&dana, path).await.ok();
    assert_eq!(seen["items"][0]["text"], "Hello {{name}}!");
    assert_eq!(seen["items"][0]["kind"], "any");
    desk.act(&lead, "DELETE", &one, &json!(null)).await.ok();
    assert_eq!(
        desk.act(&lead, "DELETE", &one, &json!(null))
            .await
            .problem(),
        "not-found"
    );
    let wrong = json!({"title": "", "text": "x", "kind": "any"});
    assert_eq!(
        desk.act(&lead, "POST", path, &wrong).await.problem(),
        "invalid-value"
    );
}

#[tokio::test]
async fn an_items_past_is_told() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    let other = NewItem::post(2, "30", "1", "2026-11-23T09:10:00Z");
    desk.store(&item).await;
    desk.store(&other).await;
    let thread = format!("/api/v1/threads/{}", row(&item));
    let through = json!({"through": item.id()});
    let done = format!("{thread}/done");
    desk.act(&dana, "POST", &done, &through).await.ok();
    let reopen = format!("{thread}/reopen");
    desk.act(&dana, "POST", &reopen, &json!({})).await.ok();
    let told = async |item: &NewItem| {
        let path = format!("/api/v1/items/{}/revisions", item.id());
        let told = desk.see(&dana, &path).await.ok();
        let events = told["events"].as_array().unwrap().iter();
        let event = |e: &Value| format!("{} {}", e["what"], e["by"]).replace('"', "");
        events.map(event).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&item).await,
        ["received null", "posted null", "done Dana", "reopen Dana"]
    );
    assert_eq!(told(&other).await, ["received null", "posted null"]);
}

#[tokio::test]
async fn what_was_done_is_reported_by_day_and_by_whom() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let mut rule =
        NewItem::post(3, "32", "3", "2026-11-22T09:00:00Z").closed("2026-11-22T10:00:00Z");
    rule.closed_rule = Some("thanks");
    for item in [
        // 00:30 of the 22nd in Berlin.
        NewItem::post(1, "30", "1", "2026-11-21T09:00:00Z").closed("2026-11-21T23:30:00Z"),
        NewItem::message(2, "31", "2026-11-22T09:00:00Z").closed("2026-11-22T10:00:00Z"),
        rule,
    ] {
        desk.store(&item).await;
    }
    let item = NewItem::post(4, "33", "4", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let path = format!("/api/v1/threads/{}/done", row(&item));
    desk.act(&dana, "POST", &path, &json!({"through": item.id()}))
        .await
        .ok();
    let report = "/api/v1/reports/done?from=2026-11-20&to=2026-11-23";
    let days = desk.see(&lead, report).await.ok();
    assert_eq!(
        days["items"],
        json!([
            {"day": "2026-11-22", "by": null, "count": 2, "feeds": 1, "messages": 1},
            {"day": "2026-11-23", "by": null, "count": 1, "feeds": 1, "messages": 0},
        ])
    );
    let tiles = desk.see(&lead, "/api/v1/tiles?on=2026-11-22").await.ok();
    assert_eq!(tiles["done_today"]["count"], 2);
    let people = desk.see(&lead, &format!("{report}&by=user")).await.ok();
    assert_eq!(people["items"][1]["by"], "Dana");
    assert_eq!(people["items"][0]["by"], "key:test");
    let utc = desk.see(&lead, &format!("{report}&tz=UTC")).await.ok();
    assert_eq!(utc["items"][0]["day"], "2026-11-21");
    let far = desk
        .see(&lead, "/api/v1/reports/done?from=2026-01-01&to=2026-11-23")
        .await;
    assert_eq!(far.problem(), "invalid-parameter");
}

#[tokio::test]
async fn the_audit_is_narrowed() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let path = format!("/api/v1/threads/{}", row(&item));
    let note = json!({"body": "Called her."});
    desk.act(&dana, "POST", &format!("{path}/notes"), &note)
        .await
        .ok();
    desk.clock.advance(chrono::TimeDelta::minutes(10));
    let own = json!({"user_id": dana.user_id});
    desk.act(&admin, "POST", &format!("{path}/assign"), &own)
        .await
        .ok();
    let actions = async |query: &str| {
        let audit = desk
            .see(&admin, &format!("/api/v1/audit?{query}"))
            .await
            .ok();
        let entries = audit["items"].as_array().unwrap().iter();
        let action = |e: &Value| e["action"].as_str().unwrap().to_owned();
        entries.map(action).collect::<Vec<_>>()
    };
    let by_dana = format!("actor=user:{}", dana.user_id);
    assert_eq!(actions(&by_dana).await, ["note", "session.begin"]);
    assert_eq!(actions("action=assign").await, ["assign"]);
    assert_eq!(actions("subject=p.30.1").await, ["assign", "note"]);
    assert_eq!(actions("from=2026-11-23T12:05:00Z").await, ["assign"]);
    assert_eq!(
        actions("subject=p.30.1&to=2026-11-23T12:05:00Z").await,
        ["note"]
    );
}
