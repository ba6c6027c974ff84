//! What answers look like, and what is left out of them.
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests; snapshots are long"
)]

mod common;

use api::http::auth::Role;
use axum::body::Body;
use axum::http::Request;
use common::items::{NewItem, row};
use common::{Desk, desk};
use serde_json::json;
use uuid::Uuid;

async fn conversation(desk: &Desk) -> [NewItem; 4] {
    let first = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    let mut ours = NewItem::post(10, "900", "9", "2026-11-23T09:05:00Z").typed("reply");
    ours.direction = "outbound";
    ours.parent = Some("9".into());
    let mut other = NewItem::post(11, "31", "9", "2026-11-23T09:06:00Z").typed("reply");
    other.parent = Some("7".into());
    let message = NewItem::message(12, "30", "2026-11-23T09:07:00Z");
    for item in [&first, &ours, &other, &message] {
        desk.store(item).await;
    }
    [first, ours, other, message]
}

#[tokio::test]
async fn the_tiles_and_the_list() {
    let desk = desk().await;
    conversation(&desk).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let tiles = desk.get(&key, "/api/v1/tiles").await;
    assert!(
        tiles
            .header("earshot-as-of")
            .unwrap()
            .starts_with("2026-11-23T12:00:")
    );
    insta::assert_json_snapshot!(tiles.ok(), {".as_of" => "[at]"}, @r#"
    {
      "active": {
        "count": 3,
        "draft": 0,
        "draft_feeds": 0,
        "draft_messages": 0,
        "feeds": 2,
        "list": "tab=active",
        "messages": 1,
        "not_counted": {
          "deleted": 0,
          "reposts": 0
        },
        "open": 3,
        "open_feeds": 2,
        "open_messages": 1
      },
      "as_of": "[at]",
      "day": "2026-11-23",
      "day_end": "2026-11-23T23:00:00Z",
      "day_start": "2026-11-22T23:00:00Z",
      "done_today": {
        "by_rule": 0,
        "count": 0,
        "feeds": 0,
        "list": "closed_on=2026-11-23&tz=Europe/Berlin",
        "messages": 0
      },
      "time_zone": "Europe/Berlin",
      "x_today": {
        "count": 3,
        "list": "posted_on=2026-11-23&tz=Europe/Berlin",
        "messages": 1,
        "note": null,
        "posts": 1,
        "quotes": 0,
        "replies": 1,
        "reposts": 0
      }
    }
    "#);
    let list = desk
        .get(&key, "/api/v1/threads?kind=feeds&limit=1")
        .await
        .ok();
    insta::assert_json_snapshot!(list, {".next" => "[cursor]"}, @r#"
    {
      "items": [
        {
          "active_again": false,
          "assignee": null,
          "case_nos": [],
          "closed_at": null,
          "closed_rule": null,
          "count": 1,
          "customer_id": null,
          "draft": 0,
          "draft_by": [],
          "hidden_by": null,
          "id": "cC4zMC45",
          "item_id": "42e85052-2ab2-54ef-be0c-88475cb8309a",
          "kind": "feeds",
          "labels": [],
          "lang": null,
          "newest_at": "2026-11-23T09:00:00Z",
          "open": 1,
          "person": {
            "avatar_id": null,
            "followers": 100,
            "handle": "h30",
            "name": "Person 30",
            "verified": null,
            "x_id": "30"
          },
          "post_type": "mention",
          "priority": null,
          "repost_of": null,
          "snoozed_until": null,
          "status": "open",
          "text": "where is my parcel 9",
          "text_state": "shown",
          "waiting_since": "2026-11-23T09:00:00Z"
        }
      ],
      "next": "[cursor]"
    }
    "#);
    for (query, rows) in [
        ("kind=messages", 1),
        ("person=31", 1),
        ("q=PARCEL%2011", 1),
        ("q=h30", 2),
        ("q=%25", 0),
        ("view=follow-up", 0),
        ("posted_on=2026-11-22", 0),
        ("tab=active&posted_on=2026-11-23", 3),
        ("tab=done", 0),
    ] {
        let list = desk
            .get(&key, &format!("/api/v1/threads?{query}"))
            .await
            .ok();
        assert_eq!(list["items"].as_array().unwrap().len(), rows, "{query}");
    }
}

#[tokio::test]
async fn a_row_opened() {
    let desk = desk().await;
    let [first, _, other, _] = conversation(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let path = format!("/api/v1/threads/{}", row(&first));
    let head = desk.get(&key, &path).await;
    assert_eq!(head.header("etag"), Some("\"v1.2.0.0.0\""));
    insta::assert_json_snapshot!(head.ok(), @r#"
    {
      "assignee": null,
      "cases": [],
      "closed": 0,
      "conversation_id": "9",
      "customer_id": null,
      "draft": 0,
      "draft_by": [],
      "hidden_by": null,
      "id": "cC4zMC45",
      "kind": "feeds",
      "labels": [],
      "newest": "42e85052-2ab2-54ef-be0c-88475cb8309a",
      "notes": [],
      "open": 1,
      "person": {
        "avatar_id": null,
        "followers": 100,
        "handle": "h30",
        "name": "Person 30",
        "verified": null,
        "x_id": "30"
      },
      "presence": [],
      "repost_of": null,
      "snoozed_until": null,
      "target": "42e85052-2ab2-54ef-be0c-88475cb8309a",
      "version": 1
    }
    "#);
    let note = desk
        .command(
            &key,
            "POST",
            &format!("{path}/notes"),
            &json!({"body": "Ask Ana."}),
        )
        .await;
    assert_eq!(note.status, 201);
    let head = desk.get(&key, &path).await;
    assert_eq!(head.header("etag"), Some("\"v2.2.0.1.0\""));
    assert_eq!(head.json()["notes"][0]["body"], json!("Ask Ana."));
    let window = desk.get(&key, &format!("{path}/items")).await.ok();
    let shown: Vec<_> = window["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| (i["x_id"].clone(), i["own"].clone()))
        .collect();
    assert_eq!(
        shown,
        [
            (json!("9"), json!(true)),
            (json!("10"), json!(false)),
            (json!("11"), json!(false))
        ]
    );
    assert_eq!(
        window["holes"],
        json!([{"x_id": "7", "reason": "not-fetched", "fetching": false, "problem": null}])
    );
    assert_eq!(window["items"][2]["thread"], json!(row(&other)));
    for (query, shown, before, after) in [
        ("limit=1", vec!["11"], true, false),
        ("before=11&limit=1", vec!["10"], true, true),
        ("after=9&limit=1", vec!["10"], true, true),
        ("before=9", vec![], false, true),
        ("after=11", vec![], true, false),
    ] {
        let window = desk.get(&key, &format!("{path}/items?{query}")).await.ok();
        let ids: Vec<_> = window["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["x_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, shown, "{query}");
        assert_eq!(
            (&window["more_before"], &window["more_after"]),
            (&json!(before), &json!(after)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_item_and_its_person() {
    let desk = desk().await;
    let [first, ..] = conversation(&desk).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let item = desk
        .get(&key, &format!("/api/v1/items/{}", first.id()))
        .await
        .ok();
    insta::assert_json_snapshot!(item, @r#"
    {
      "author": {
        "avatar_id": null,
        "followers_then": 90,
        "handle": "h30",
        "name": "Person 30",
        "x_id": "30"
      },
      "case_id": null,
      "case_no": null,
      "closed_at": null,
      "closed_by": null,
      "closed_rule": null,
      "customer_id": null,
      "deleted_at": null,
      "direction": "inbound",
      "entities": {},
      "in_reply_to_x_id": null,
      "item_id": "42e85052-2ab2-54ef-be0c-88475cb8309a",
      "kind": "feeds",
      "lang": null,
      "likes": 0,
      "media": [],
      "own": true,
      "parent_x_id": null,
      "permalink": "https://x.com/i/status/9",
      "person_id": "30",
      "post_type": "mention",
      "posted_at": "2026-11-23T09:00:00Z",
      "quoted_x_id": null,
      "quotes": 0,
      "received_at": "2026-11-23T09:00:00Z",
      "replies": 0,
      "reply_id": null,
      "repost_of_x_id": null,
      "reposts": 0,
      "revision": 1,
      "sent_by": null,
      "sentiment": null,
      "status": "open",
      "text": "where is my parcel 9",
      "text_state": "shown",
      "thread": "cC4zMC45",
      "version_ids": [],
      "x_id": "9"
    }
    "#);
    let person = desk.get(&key, "/api/v1/people/30").await.ok();
    insta::assert_json_snapshot!(person, @r#"
    {
      "avatar_id": null,
      "customer": null,
      "description": null,
      "first_seen": "2026-11-23T09:00:00Z",
      "followers_now": 100,
      "followers_then": 90,
      "following": null,
      "former_handles": [],
      "handle": "h30",
      "joined_at": null,
      "location": null,
      "name": "Person 30",
      "protected": null,
      "tweets_in_all": 7,
      "tweets_on_our_handle": 1,
      "verified": null,
      "verified_type": null,
      "x_id": "30"
    }
    "#);
    assert_eq!(desk.get(&key, "/api/v1/people/77").await.status, 404);
    assert_eq!(
        desk.get(&key, &format!("/api/v1/items/{}", Uuid::new_v4()))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn words_of_a_private_message_are_in_no_answer_without_the_permission() {
    let desk = desk().await;
    let [first, .., message] = conversation(&desk).await;
    desk.run(
        "acme",
        "INSERT INTO codes (org, kind, code, label) VALUES ('acme', 'reason', 'late', 'Late')",
    )
    .await;
    let writer = desk.key("acme", Role::Csr, true).await;
    let body = json!({"item_id": message.id(), "reason_code": "late"});
    let case = desk
        .command(&writer, "POST", "/api/v1/cases", &body)
        .await
        .ok();
    assert_eq!(case["description"], json!("secret words 12"));
    let key = desk.key("acme", Role::Admin, false).await;
    let (id, thread, case) = (
        message.id(),
        row(&message),
        case["case_id"].as_str().unwrap().to_owned(),
    );
    for path in [
        "/api/v1/threads".to_owned(),
        "/api/v1/threads?q=secret".into(),
        "/api/v1/threads?posted_on=2026-11-23&tz=UTC".into(),
        format!("/api/v1/threads/{thread}"),
        format!("/api/v1/threads/{thread}/items"),
        format!("/api/v1/items/{id}"),
        format!("/api/v1/items/{id}/links"),
        format!("/api/v1/items/{id}/priority"),
        "/api/v1/search?q=secret".into(),
        "/api/v1/search?q=h30".into(),
        "/api/v1/cases".into(),
        format!("/api/v1/cases/{case}"),
        "/api/v1/audit".into(),
    ] {
        let answer = desk.get(&key, &path).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = String::from_utf8(answer.bytes).unwrap();
        assert!(!text.contains("secret words"), "{path} {text}");
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {key}"))
            .header("accept", "text/csv");
        let table = desk.send(request.body(Body::empty()).unwrap()).await;
        assert!(
            !String::from_utf8(table.bytes)
                .unwrap()
                .contains("secret words"),
            "{path}"
        );
    }
    let command = format!("/api/v1/cases/{case}/close");
    let closed = desk.command(&key, "POST", &command, &json!({})).await.ok();
    assert_eq!(closed["description_state"], json!("withheld"));
    let list = desk.get(&key, "/api/v1/threads?q=secret").await.ok();
    assert_eq!(
        list["items"],
        json!([]),
        "a search must not tell what the words are"
    );
    // With the permission they are there, and opening them is noted.
    let window = desk
        .get(&writer, &format!("/api/v1/threads/{thread}/items"))
        .await
        .ok();
    assert_eq!(window["items"][0]["text"], json!("secret words 12"));
    let read = "SELECT count(*) FROM audit WHERE action = 'messages.read'";
    assert_eq!(desk.count("acme", read).await, 1);
    assert!(
        desk.get(&key, &format!("/api/v1/items/{}", first.id()))
            .await
            .ok()["text"]
            .is_string()
    );
}

#[tokio::test]
async fn a_list_as_a_table() {
    let desk = desk().await;
    conversation(&desk).await;
    desk.run(
        "acme",
        "UPDATE items SET text = '=HYPERLINK(1)' WHERE x_id = '11'",
    )
    .await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let request = Request::get("/api/v1/threads?kind=feeds&limit=1&sort=newest")
        .header("authorization", format!("Bearer {key}"))
        .header("accept", "text/csv");
    let table = desk.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        table.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    insta::assert_snapshot!(String::from_utf8(table.bytes).unwrap(), @r#"
    id,kind,person_x_id,handle,count,status,waiting_since,newest_at,text,case_nos,customer_id
    cC4zMS45,feeds,31,h31,1,open,2026-11-23T09:06:00+00:00,2026-11-23T09:06:00+00:00,'=HYPERLINK(1),,
    cC4zMC45,feeds,30,h30,1,open,2026-11-23T09:00:00+00:00,2026-11-23T09:00:00+00:00,where is my parcel 9,,
    "#);
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM audit WHERE action = 'export.csv'"
        )
        .await,
        1
    );
}
