//! Create Case, Attach Customer, links by hand.
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests; snapshots are long"
)]

mod common;

use api::http::auth::Role;
use common::items::NewItem;
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

async fn codes(desk: &Desk) {
    desk.run(
        "acme",
        "INSERT INTO codes (org, kind, code, label, active) VALUES ('acme', 'reason', 'late', 'Late', true),
         ('acme', 'reason', 'old', 'Old', false), ('acme', 'resolution', 'refund', 'Refund', true)",
    )
    .await;
}

async fn customer(desk: &Desk, key: &str, name: &str) -> String {
    let body = json!({"name": name, "email": "lea@example.com", "phone": "+49 30 555-01"});
    let made = desk
        .command(key, "POST", "/api/v1/customers", &body)
        .await
        .ok();
    made["customer_id"].as_str().unwrap().to_owned()
}

async fn status(desk: &Desk, key: &str, item: Uuid) -> String {
    let item = desk.get(key, &format!("/api/v1/items/{item}")).await.ok();
    item["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_case_has_the_guides_defaults() {
    let desk = desk().await;
    codes(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let item = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let body = json!({"item_id": item.id(), "reason_code": "late", "resolution_code": "refund", "note": "Called back."});
    let made = desk.command(&key, "POST", "/api/v1/cases", &body).await;
    assert_eq!(made.status, 201);
    insta::assert_json_snapshot!(made.ok(), {
        ".case_id" => "[id]", ".item_id" => "[id]", ".opened_by" => "[key]", ".opened_at" => "[at]",
        ".notes[].note_id" => "[id]", ".notes[].written_by" => "[key]", ".notes[].written_at" => "[at]",
    }, @r#"
    {
      "case_id": "[id]",
      "case_no": 1,
      "category": "late",
      "description": "where is my parcel 9",
      "description_state": "shown",
      "follow_up": true,
      "item_id": "[id]",
      "notes": [
        {
          "body": "Called back.",
          "note_id": "[id]",
          "written_at": "[at]",
          "written_by": "[key]"
        }
      ],
      "opened_at": "[at]",
      "opened_by": "[key]",
      "origin": "Social",
      "person_id": "30",
      "priority": "medium",
      "resolution_code": "refund",
      "revision": 1,
      "status": "open"
    }
    "#);
    assert_eq!(status(&desk, &key, item.id()).await, "draft");
    // The words go when X deletes them.
    desk.run(
        "acme",
        "UPDATE items SET deleted_at = received_at, text = ''",
    )
    .await;
    let cases = desk.get(&key, "/api/v1/cases?no=1").await.ok();
    assert_eq!(cases["items"][0]["description_state"], json!("deleted"));
    assert!(cases["items"][0].get("description").is_none());
}

#[tokio::test]
async fn a_case_is_refused_by_name() {
    let desk = desk().await;
    codes(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let item = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let id = item.id();
    for (body, problem) in [
        (json!({"item_id": id}), "reason-required"),
        (
            json!({"item_id": id, "reason_code": "late", "follow_up": false}),
            "response-required",
        ),
        (
            json!({"item_id": id, "reason_code": "none"}),
            "invalid-value",
        ),
        (
            json!({"item_id": id, "reason_code": "old"}),
            "invalid-value",
        ),
        (
            json!({"item_id": id, "reason_code": "late", "resolution_code": "late"}),
            "invalid-value",
        ),
        (
            json!({"item_id": Uuid::new_v4(), "reason_code": "late"}),
            "invalid-value",
        ),
        (
            json!({"item_id": id, "reason_code": "late", "colour": 1}),
            "invalid-value",
        ),
    ] {
        let refused = desk.command(&key, "POST", "/api/v1/cases", &body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.problem().as_str()),
            (422, problem),
            "{body}"
        );
    }
    assert_eq!(desk.count("acme", "SELECT count(*) FROM cases").await, 0);
}

#[tokio::test]
async fn closing_a_case_leaves_its_items_to_a_person() {
    let desk = desk().await;
    codes(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let item = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let body = json!({"item_id": item.id(), "reason_code": "late"});
    let case = desk
        .command(&key, "POST", "/api/v1/cases", &body)
        .await
        .ok();
    let path = format!("/api/v1/cases/{}", case["case_id"].as_str().unwrap());
    let close = format!("{path}/close");
    let closed = desk
        .command(&key, "POST", &close, &json!({"resolution_code": "refund"}))
        .await
        .ok();
    assert_eq!(
        (&closed["status"], &closed["resolution_code"]),
        (&json!("closed"), &json!("refund"))
    );
    assert_eq!(status(&desk, &key, item.id()).await, "draft");
    let view = desk
        .get(&key, "/api/v1/threads?view=case-closed")
        .await
        .ok();
    assert_eq!(view["items"].as_array().unwrap().len(), 1);
    let again = desk.command(&key, "POST", &close, &json!({})).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["from"]),
        (409, &json!("closed"))
    );
    let open = desk
        .command(&key, "POST", &format!("{path}/reopen"), &Value::Null)
        .await
        .ok();
    assert_eq!(open["status"], json!("open"));
    let view = desk.get(&key, "/api/v1/threads?view=follow-up").await.ok();
    assert_eq!(view["items"].as_array().unwrap().len(), 1);
    let changed = desk
        .command(&key, "PATCH", &path, &json!({"priority": "high"}))
        .await
        .ok();
    assert_eq!(changed["priority"], json!("high"));
    let body = json!({"item_id": item.id(), "reason_code": "late", "done": true});
    desk.command(&key, "POST", "/api/v1/cases", &body)
        .await
        .ok();
    assert_eq!(status(&desk, &key, item.id()).await, "closed");
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM outbox WHERE topic = 'care.cases.v1'"
        )
        .await,
        5
    );
}

#[tokio::test]
async fn attach_reaches_all_earlier_items_and_their_cases_and_detach_takes_it_back() {
    let desk = desk().await;
    codes(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let old = NewItem::post(8, "30", "8", "2026-10-01T09:00:00Z").closed("2026-10-01T10:00:00Z");
    let new = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    let message = NewItem::message(10, "30", "2026-11-23T09:10:00Z");
    for item in [&old, &new, &message] {
        desk.store(item).await;
    }
    let body = json!({"item_id": new.id(), "reason_code": "late"});
    let case = desk
        .command(&key, "POST", "/api/v1/cases", &body)
        .await
        .ok();
    assert!(case.get("customer_id").is_none());
    let lea = customer(&desk, &key, "Lea Kurz").await;
    let path = "/api/v1/people/30/customer";
    let body = json!({"customer_id": lea, "basis": "told-us", "evidence": message.id()});
    let person = desk.command(&key, "PUT", path, &body).await.ok();
    assert_eq!(person["customer"]["basis"], json!("told-us"));
    for item in [&old, &new, &message] {
        let item = desk
            .get(&key, &format!("/api/v1/items/{}", item.id()))
            .await
            .ok();
        assert_eq!(item["customer_id"], json!(lea));
    }
    let cases = desk
        .get(&key, &format!("/api/v1/customers/{lea}/cases"))
        .await
        .ok();
    assert_eq!(cases["items"][0]["case_no"], json!(1));
    let accounts = desk
        .get(&key, &format!("/api/v1/customers/{lea}/accounts"))
        .await
        .ok();
    assert_eq!(accounts["items"][0]["handle"], json!("h30"));
    let foreign = json!({"customer_id": lea, "basis": "consent", "evidence": Uuid::new_v4()});
    assert_eq!(
        desk.command(&key, "PUT", path, &foreign).await.problem(),
        "invalid-value"
    );
    let nobody = json!({"customer_id": Uuid::new_v4(), "basis": "consent"});
    assert_eq!(
        desk.command(&key, "PUT", path, &nobody).await.problem(),
        "invalid-value"
    );
    desk.command(&key, "DELETE", path, &Value::Null).await.ok();
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM items WHERE customer_id IS NOT NULL"
        )
        .await,
        0
    );
    let again = desk.command(&key, "DELETE", path, &Value::Null).await;
    assert_eq!(
        (again.status.as_u16(), again.problem().as_str()),
        (409, "illegal-transition")
    );
    let revisions = "SELECT revision FROM social_accounts WHERE x_id = '30'";
    assert_eq!(desk.count("acme", revisions).await, 2);
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM outbox WHERE topic = 'care.accounts.v1'"
        )
        .await,
        2
    );
}

#[tokio::test]
async fn a_hand_links_and_unlinks_and_never_to_another_persons_case() {
    let desk = desk().await;
    codes(&desk).await;
    let key = desk.key("acme", Role::Csr, true).await;
    let item = NewItem::post(9, "30", "9", "2026-11-23T09:00:00Z");
    let other = NewItem::post(10, "31", "9", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    desk.store(&other).await;
    let case = |item: Uuid| json!({"item_id": item, "reason_code": "late"});
    let own = desk
        .command(&key, "POST", "/api/v1/cases", &case(item.id()))
        .await
        .ok();
    let foreign = desk
        .command(&key, "POST", "/api/v1/cases", &case(other.id()))
        .await
        .ok();
    let path = format!("/api/v1/items/{}/case", item.id());
    let unlinked = desk.command(&key, "DELETE", &path, &Value::Null).await.ok();
    assert_eq!(
        (&unlinked["rule"], &unlinked["case"]),
        (&json!("unlinked-by-hand"), &json!(null))
    );
    let refused = desk
        .command(&key, "PUT", &path, &json!({"case_id": foreign["case_id"]}))
        .await;
    assert_eq!(refused.problem(), "invalid-value");
    let linked = desk
        .command(&key, "PUT", &path, &json!({"case_id": own["case_id"]}))
        .await
        .ok();
    assert_eq!(
        (&linked["rule"], &linked["case"]["case_no"]),
        (&json!("by-hand"), &json!(1))
    );
    let why = desk
        .get(&key, &format!("/api/v1/items/{}/links", item.id()))
        .await
        .ok();
    assert_eq!(why["rule"], json!("by-hand"));
}
