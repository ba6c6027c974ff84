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
          "case_nos": [],
          "closed_at": null,
          "closed_rule": null,
          "count": 1,
          "customer_id": null,
          "draft": 0,
          "id": "cC4zMC45",
          "item_id": "42e85052-2ab2-54ef-be0c-88475cb8309a",
          "kind": "feeds",
          "lang": null,
          "newest_at": "2026-11-23T09:00:00Z",
          "open": 1,
          "person": {
            "avatar_url": null,
            "followers": 100,
            "handle": "h30",
            "name": "Person 30",
            "verified": null,
            "x_id": "30"
          },
          "post_type": "mention",
          "priority": null,
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
    assert_eq!(head.header("etag"), Some("\"v1\""));
    insta::assert_json_snapshot!(head.ok(), @r#"
    {
      "cases": [],
      "closed": 0,
      "conversation_id": "9",
      "customer_id": null,
      "draft": 0,
      "id": "cC4zMC45",
      "kind": "feeds",
      "newest": "42e85052-2ab2-54ef-be0c-88475cb8309a",
      "notes": [],
      "open": 1,
      "person": {
        "avatar_url": null,
        "followers": 100,
        "handle": "h30",
        "name": "Person 30",
        "verified": null,
        "x_id": "30"
      },
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
    assert_eq!(head.header("etag"), Some("\"v2\""));
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
        json!([{"x_id": "7", "reason": "not-fetched"}])
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
        "avatar_url": null,
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
      "repost_of_x_id": null,
      "reposts": 0,
      "revision": 1,
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
      "avatar_url": null,
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
async fn customers_are_found_by_part_masked_by_role_and_logged() {
    let desk = desk().await;
    let csr = desk.key("acme", Role::Csr, false).await;
    let lead = desk.key("acme", Role::Lead, false).await;
    for (name, email, phone) in [
        ("Lea Kurz", "lea@example.com", "+49 30 555-01"),
        ("Ben Lang", "ben_100%@example.org", "040 777"),
    ] {
        let body = json!({"name": name, "email": email, "phone": phone});
        desk.command(&csr, "POST", "/api/v1/customers", &body)
            .await
            .ok();
    }
    for (q, names) in [
        ("kur", vec!["Lea Kurz"]),
        ("EXAMPLE", vec!["Ben Lang", "Lea Kurz"]),
        ("30 555", vec!["Lea Kurz"]),
        ("_100%25", vec!["Ben Lang"]),
        ("%25%25", vec![]),
    ] {
        let found = desk
            .get(
                &csr,
                &format!("/api/v1/customers?q={}", q.replace(' ', "%20")),
            )
            .await
            .ok();
        let told: Vec<_> = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap())
            .collect();
        assert_eq!(told, names, "{q}");
    }
    assert_eq!(
        desk.get(&csr, "/api/v1/customers?q=k").await.problem(),
        "invalid-parameter"
    );
    let masked = desk.get(&csr, "/api/v1/customers?q=kurz").await.ok();
    assert_eq!(
        (&masked["items"][0]["email"], &masked["items"][0]["phone"]),
        (&json!("l•••@example.com"), &json!("•••01"))
    );
    let clear = desk.get(&lead, "/api/v1/customers?q=kurz").await.ok();
    assert_eq!(clear["items"][0]["email"], json!("lea@example.com"));
    let searches = "SELECT count(*) FROM audit WHERE action = 'customers.search'";
    assert_eq!(desk.count("acme", searches).await, 7);
    let id = clear["items"][0]["customer_id"].as_str().unwrap();
    let path = format!("/api/v1/customers/{id}");
    let changed = desk
        .command(
            &csr,
            "PATCH",
            &path,
            &json!({"phone": null, "name": "Lea Lang"}),
        )
        .await
        .ok();
    assert_eq!(
        (&changed["name"], &changed["phone"], &changed["email"]),
        (&json!("Lea Lang"), &json!(null), &json!("lea@example.com"))
    );
    let bolt = desk.key("bolt", Role::Admin, false).await;
    assert_eq!(
        desk.get(&bolt, "/api/v1/customers?q=lea").await.ok()["items"],
        json!([])
    );
    assert_eq!(desk.get(&bolt, &path).await.status, 404);
}

#[tokio::test]
async fn interactions_of_a_case_and_a_customer() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    desk.run(
        "acme",
        "INSERT INTO customers (org, customer_id, name, created_by, created_at, updated_at)
         VALUES ('acme', '00000000-0000-0000-0000-0000000000c1', 'Lea', 'x', '2026-01-01Z', '2026-01-01Z')",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO interactions (org, interaction_id, item_id, revision, op, channel, kind, direction, person_id,
             customer_id, reason, posted_at, received_at, recorded_at, source)
         SELECT 'acme', ('00000000-0000-0000-0000-00000000000' || n)::uuid, gen_random_uuid(), 1,
                CASE n WHEN 4 THEN 'withdraw' ELSE 'upsert' END, 'x-post', 'post', 'inbound', '30',
                '00000000-0000-0000-0000-0000000000c1', 'case-linked', CASE n WHEN 2 THEN NULL ELSE '2026-11-0' || n END::timestamptz,
                '2026-11-05Z', '2026-11-05Z', 'webhook' FROM generate_series(1, 4) n",
    )
    .await;
    let path = "/api/v1/customers/00000000-0000-0000-0000-0000000000c1/interactions";
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = desk
            .get(&key, &format!("{path}?limit=1{cursor}"))
            .await
            .ok();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["interaction_id"].as_str().unwrap()[35..].to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["2", "3", "1"]);
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

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_page() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Lead, true).await;
    let once = Uuid::new_v4().to_string();
    let send = async |method: &str, path: &str, body: Vec<u8>, kind: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", &once)
            .header("content-type", kind);
        desk.send(request.body(body.into()).unwrap()).await
    };
    let json_type = "application/json";
    for (method, path, body, kind, problem) in [
        ("GET", "/nowhere", vec![], json_type, "not-found"),
        (
            "PATCH",
            "/api/v1/tiles",
            vec![],
            json_type,
            "method-not-allowed",
        ),
        (
            "GET",
            "/api/v1/tiles?tz=Mars/Base",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?on=%2B262142-01-01",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?on=1999-12-31",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?what=1",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?limit=0",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?limit=201",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?cursor=x",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?q=%00",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?person=%00",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        ("GET", "/api/v1/people/%00", vec![], json_type, "not-found"),
        ("GET", "/api/v1/people/%FF", vec![], json_type, "not-found"),
        ("GET", "/api/v1/items/7", vec![], json_type, "not-found"),
        ("GET", "/api/v1/threads/7", vec![], json_type, "not-found"),
        (
            "POST",
            "/api/v1/codes",
            b"{".to_vec(),
            json_type,
            "malformed-request",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"\xff".to_vec(),
            json_type,
            "malformed-request",
        ),
        (
            "POST",
            "/api/v1/codes",
            vec![b' '; 2 << 20],
            json_type,
            "payload-too-large",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"{}".to_vec(),
            "text/plain",
            "unsupported-media-type",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"{}".to_vec(),
            json_type,
            "invalid-value",
        ),
        (
            "POST",
            "/api/v1/codes",
            br#"{"kind":"reason","code":"\u0000","label":"x"}"#.to_vec(),
            json_type,
            "invalid-value",
        ),
        (
            "POST",
            "/api/v1/codes",
            br#"{"kind":"reason","code":"\ud800","label":"x"}"#.to_vec(),
            json_type,
            "malformed-request",
        ),
        ("GET", "/api/v1/audit", vec![], json_type, "forbidden"),
    ] {
        let answer = send(method, path, body, kind).await;
        assert_eq!(answer.problem(), problem, "{method} {path}");
        let told = answer.json();
        assert_eq!(told["trace_id"].as_str().unwrap().len(), 32);
        assert_eq!(told["status"], json!(answer.status.as_u16()));
        let page = desk.get("none", told["type"].as_str().unwrap()).await;
        assert_eq!(page.status, 200);
    }
    let allowed = send("PATCH", "/api/v1/tiles", vec![], json_type).await;
    assert_eq!(allowed.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn more_than_the_rate_is_told_when_to_come_back() {
    let config = common::CONFIG.replacen("rate = 10000", "rate = 2", 1);
    let desk = common::desk_with(&config, std::sync::Arc::new(common::TwoLinked)).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = desk.get(&key, "/api/v1/codes").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("20 requests within a second are more than 2");
    assert_eq!(
        (refused.header("retry-after"), refused.problem().as_str()),
        (Some("1"), "too-many-requests")
    );
    let other = desk.key("bolt", Role::Viewer, true).await;
    assert_eq!(desk.get(&other, "/api/v1/codes").await.status, 200);
}
