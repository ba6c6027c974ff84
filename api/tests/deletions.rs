//! What is deleted by hand, and the receipts.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::deletions::{What, delete};
use api::http::auth::Role;
use common::items::NewItem;
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

const AT: &str = "2026-11-23T11:00:00Z";

/// A post or message of ours; a post that answers `to`.
async fn ours(desk: &Desk, item: NewItem, to: &str) -> Uuid {
    let item = NewItem {
        direction: "outbound",
        ..item
    };
    desk.store(&item).await;
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let answers = "UPDATE items SET in_reply_to_x_id = $2 WHERE item_id = $1 AND kind = 'post'";
    let answers = sqlx::query(answers).bind(item.id()).bind(to);
    answers.execute(&mut *scope).await.unwrap();
    scope.commit().await.unwrap();
    item.id()
}

/// What was written at the desk.
async fn written(desk: &Desk, kind: &str, to: &str, state: &str, x_id: Option<&str>) {
    let text = format!("Dear {to}");
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    sqlx::query(
        "INSERT INTO replies (org, reply_id, kind, account, lane, thread_key, item_id, person_id, case_id,
                target, public_text, private_text, text_hash, written_by, created_at, state, not_before,
                changed_at, x_id, revision)
         VALUES ('acme', gen_random_uuid(), $1, '900', 'l', 'p.30.1', gen_random_uuid(), $2,
                 '00000000-0000-0000-0000-000000000001', '10', CASE $1 WHEN 'public' THEN $3 END,
                 CASE $1 WHEN 'message' THEN $3 END, 'h', 'key:dana', $5::timestamptz, $4,
                 $5::timestamptz, $5::timestamptz, $6, 1)",
    )
    .bind(kind)
    .bind(to)
    .bind(text)
    .bind(state)
    .bind(AT)
    .bind(x_id)
    .execute(&mut *scope)
    .await
    .unwrap();
    scope.commit().await.unwrap();
}

async fn receipt(desk: &Desk, item: Uuid) -> Value {
    let key = desk.key("acme", Role::Admin, true).await;
    let receipt = desk.get(&key, &format!("/api/v1/deletions/{item}")).await;
    receipt.ok()
}

fn places(receipt: &Value) -> Vec<(&str, bool)> {
    let places = receipt["places"].as_array().unwrap().iter();
    places
        .map(|place| {
            (
                place["name"].as_str().unwrap(),
                place["erased_at"].is_string(),
            )
        })
        .collect()
}

/// What Ada (30) said, what we answered her and Ben (31), publicly and privately, and a case that closed
/// with our answer: ids of the items.
async fn conversation(desk: &Desk) -> [Uuid; 4] {
    let said = NewItem::post(10, "30", "10", AT);
    desk.store(&said).await;
    let answer = ours(desk, NewItem::post(11, "900", "10", AT), "30").await;
    let other = ours(desk, NewItem::post(12, "900", "10", AT), "31").await;
    let private = ours(desk, NewItem::message(13, "30", AT), "30").await;
    for (kind, to, state, x_id) in [
        ("public", "30", "posted", Some("11")),
        ("public", "30", "failed", None),
        ("public", "30", "queued", None),
        ("message", "30", "posted", Some("13")),
        ("public", "31", "posted", Some("12")),
    ] {
        written(desk, kind, to, state, x_id).await;
    }
    desk.run(
        "acme",
        "INSERT INTO cases (org, case_id, case_no, status, person_id, origin, priority, follow_up, opened_by,
             opened_at, revision, resolution_description)
         VALUES ('acme', '00000000-0000-0000-0000-000000000001', 1, 'closed', '30', 'Social', 'medium', false,
             'key:dana', now(), 1, 'Dear 30')",
    )
    .await;
    [said.id(), answer, other, private]
}

#[tokio::test]
async fn a_person_goes_with_what_we_answered_them() {
    let desk = desk().await;
    let [said, answer, other, private] = conversation(&desk).await;
    let deleted = delete(&desk.program, "acme", What::Person("30"), "cli:sam").await;
    let deleted = deleted.unwrap();
    let mut expected = vec![said, answer, private];
    expected.sort();
    assert_eq!(deleted.items, expected);
    assert_eq!(deleted.on_the_way, 1, "its text is still to be sent");
    for (what, left) in [
        ("SELECT count(*) FROM items WHERE text <> ''", 1),
        (
            "SELECT count(*) FROM replies WHERE public_text = 'Dear 30' OR private_text = 'Dear 30'",
            1,
        ),
        (
            "SELECT count(*) FROM replies WHERE public_text = 'Dear 31'",
            1,
        ),
        (
            "SELECT count(*) FROM cases WHERE resolution_description IS NOT NULL",
            0,
        ),
    ] {
        assert_eq!(desk.count("acme", what).await, left, "{what}");
    }

    let of_answer = receipt(&desk, answer).await;
    assert_eq!(
        places(&of_answer),
        [
            ("items", true),
            ("media.dir", true),
            ("social.linked.posts.v1", false),
            ("replies", true),
            ("x.raw.posts.v1", false),
            ("social.enriched.posts.v1", false),
            ("earshot.quarantine.posts.v1", false),
        ]
    );
    assert!(places(&receipt(&desk, private).await).contains(&("replies", true)));
    let of_said = receipt(&desk, said).await;
    assert!(places(&of_said).iter().all(|(name, _)| *name != "replies"));
    let admin = desk.key("acme", Role::Admin, true).await;
    let path = format!("/api/v1/deletions/{other}");
    assert_eq!(desk.get(&admin, &path).await.problem(), "not-found");

    desk.run(
        "acme",
        "UPDATE replies SET state = 'cancelled' WHERE state = 'queued'",
    )
    .await;
    let again = delete(&desk.program, "acme", What::Person("30"), "cli:sam").await;
    assert_eq!(again.unwrap().on_the_way, 0);
    let left = "SELECT count(*) FROM replies WHERE public_text = 'Dear 30'";
    assert_eq!(desk.count("acme", left).await, 0);
}

#[tokio::test]
async fn an_answer_of_ours_goes_alone_with_what_was_written_here() {
    let desk = desk().await;
    let said = NewItem::post(10, "30", "10", AT);
    desk.store(&said).await;
    let answer = ours(&desk, NewItem::post(11, "900", "10", AT), "30").await;
    written(&desk, "public", "30", "posted", Some("11")).await;
    let deleted = delete(&desk.program, "acme", What::Item("11"), "cli:sam").await;
    assert_eq!(deleted.unwrap().items, [answer]);
    let left = "SELECT count(*) FROM replies WHERE public_text <> ''";
    assert_eq!(desk.count("acme", left).await, 0);
    let left = "SELECT count(*) FROM items WHERE text <> ''";
    assert_eq!(desk.count("acme", left).await, 1);
    assert_eq!(receipt(&desk, answer).await["complete"], json!(false));
}
