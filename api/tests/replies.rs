//! Answering: in public, in private, and what the two keep from each other.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use api::http::auth::Role;
use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use common::items::{NewItem, row};
use common::{Desk, desk};
use respond::decide::Command;
use serde_json::{Value, json};
use uuid::Uuid;

const AT: &str = "2026-11-23T11:00:00Z";

// A post whose author names our account 900, so that it may be answered.
async fn summon(desk: &Desk) -> NewItem {
    let post = NewItem::post(1_900, "30", "1900", AT);
    desk.store(&post).await;
    desk.run(
        "acme",
        r#"UPDATE items SET accounts = '{900}',
                  entities = '{"mentions":[{"start":0,"end":5,"handle":"acme","x_id":"900"},
                                           {"start":6,"end":9,"handle":"ben","x_id":"31"}]}'
            WHERE kind = 'post'"#,
    )
    .await;
    post
}

#[tokio::test]
async fn a_reply_is_queued_once_and_can_be_taken_back() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    let post = summon(&desk).await;
    let path = format!("/api/v1/items/{}/replies", post.id());
    let once = Uuid::new_v4();
    let body = json!({ "text": "On its way.", "exclude": ["31"] });
    let first = desk.command_as(&key, "POST", &path, &body, once).await;
    assert_eq!(first.status, 202);
    let again = desk.command_as(&key, "POST", &path, &body, once).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let (first, again) = (first.ok(), again.ok());
    assert_eq!(first["reply_id"], again["reply_id"]);
    assert_eq!(
        (&first["state"], &first["kind"]),
        (&json!("queued"), &json!("public"))
    );
    assert_eq!(
        (&first["text"], &first["account"]),
        (&json!("On its way."), &json!("900"))
    );
    assert_eq!(
        (&first["waits_for"], &first["thread"]),
        (&json!("undo"), &json!(row(&post)))
    );
    let time = |name: &str| {
        first[name]
            .as_str()
            .unwrap()
            .parse::<DateTime<Utc>>()
            .unwrap()
    };
    assert_eq!(
        time("not_before") - time("created_at"),
        TimeDelta::seconds(5)
    );
    let outbox = "SELECT count(*) FROM outbox WHERE topic = 'care.replies.v1'";
    assert_eq!(desk.count("acme", outbox).await, 1);
    let list = desk
        .get(&key, "/api/v1/replies?state=queued,unknown")
        .await
        .ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let one = format!("/api/v1/replies/{}", first["reply_id"].as_str().unwrap());
    let gone = desk.command(&key, "DELETE", &one, &Value::Null).await.ok();
    assert_eq!(gone["state"], "cancelled");
    let late = desk.command(&key, "DELETE", &one, &Value::Null).await;
    assert_eq!(late.problem(), "illegal-transition");
    let other = desk.key("bolt", Role::Csr, true).await;
    assert_eq!(desk.get(&other, &one).await.status, 404);
}

#[tokio::test]
async fn a_message_never_becomes_a_post_nor_the_other_way() {
    let desk = desk().await;
    let (may, may_not) = (
        desk.key("acme", Role::Csr, true).await,
        desk.key("acme", Role::Csr, false).await,
    );
    let (post, message) = (summon(&desk).await, NewItem::message(2_000, "30", AT));
    desk.store(&message).await;
    let body = json!({ "text": "your order no. 4711" });
    let public = format!("/api/v1/items/{}/replies", message.id());
    let answer = desk.command(&may, "POST", &public, &body).await;
    assert_eq!(answer.problem(), "wrong-kind");
    let private = |item: &NewItem| format!("/api/v1/threads/{}/messages", row(item));
    let answer = desk.command(&may, "POST", &private(&post), &body).await;
    assert_eq!(answer.problem(), "wrong-kind");
    let answer = desk
        .command(&may_not, "POST", &private(&message), &body)
        .await;
    assert_eq!(answer.problem(), "forbidden");
    assert_eq!(desk.count("acme", "SELECT count(*) FROM replies").await, 0);

    let sent = desk
        .command(&may, "POST", &private(&message), &body)
        .await
        .ok();
    assert_eq!(
        (&sent["kind"], &sent["text"]),
        (&json!("message"), &body["text"])
    );
    let one = format!("/api/v1/replies/{}", sent["reply_id"].as_str().unwrap());
    let seen = desk.get(&may_not, &one).await.ok();
    assert_eq!((&seen["state"], seen.get("text")), (&json!("queued"), None));
    let columns = "SELECT count(*) FROM replies WHERE public_text IS NULL AND private_text = 'your order no. 4711'
                      AND kind = 'message' AND target = '30'";
    assert_eq!(desk.count("acme", columns).await, 1);
    // The table takes no private text on a public reply, whoever writes it.
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let mixed = sqlx::query("UPDATE replies SET kind = 'public' WHERE kind = 'message'");
    assert!(mixed.execute(&mut *scope).await.is_err());
}

#[tokio::test]
async fn who_did_not_name_us_is_not_answered_in_public() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    let post = NewItem::post(1_901, "30", "1901", AT);
    desk.store(&post).await;
    let body = json!({ "text": "Hello" });
    let path = format!("/api/v1/items/{}/replies", post.id());
    let answer = desk.command(&key, "POST", &path, &body).await;
    assert_eq!(answer.problem(), "not-allowed-at-x");
    let options = format!("/api/v1/items/{}/reply-options", post.id());
    let told = desk.get(&key, &options).await.ok();
    assert_eq!(told["public"]["why"], "not-summoned");
    let like = format!("/api/v1/items/{}/like", post.id());
    let answer = desk.command(&key, "PUT", &like, &Value::Null).await;
    assert_eq!(answer.problem(), "capability-absent");
}

#[tokio::test]
async fn options_say_whom_at_what_cost_and_how_much_is_left() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, true).await;
    let post = summon(&desk).await;
    let path = format!(
        "/api/v1/items/{}/reply-options?draft=@acme%20see%20example.com",
        post.id()
    );
    let told = desk.get(&key, &path).await.ok();
    let public = &told["public"];
    assert_eq!(
        (&public["allowed"], &public["why"]),
        (&json!(true), &json!("summoned"))
    );
    assert_eq!(public["cost_micro_usd"], 10_000);
    assert_eq!(public["cost_link_micro_usd"], 200_000);
    assert_eq!(
        (&public["left"], &public["next_at"]),
        (&json!(100), &Value::Null)
    );
    assert_eq!(told["message"]["why"], "not-known");
    assert_eq!(told["account"], "900");
    let whom: Vec<_> = told["addressed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["handle"])
        .collect();
    assert_eq!(whom, ["h30", "ben"]);
    desk.run(
        "acme",
        "INSERT INTO replies (org, reply_id, kind, account, lane, thread_key, item_id, person_id, target, private_text,
                text_hash, written_by, created_at, state, not_before, attempts, started_at, changed_at, revision)
         SELECT 'acme', gen_random_uuid(), 'message', '900', 'l' || n, 'm.l', gen_random_uuid(), '30', '30', 'x', 'x', 'me',
                t, 'posted', t, 1, t, t, 3
           FROM generate_series(1, 15) n, (SELECT timestamptz '2026-11-23 11:50:00Z' AS t) t",
    )
    .await;
    let told = desk.get(&key, &path).await.ok();
    assert_eq!(told["message"]["left"], 0);
    assert_eq!(told["message"]["next_at"], "2026-11-23T12:05:00Z");
    // The window is free again; the day is not.
    desk.run(
        "acme",
        "INSERT INTO replies (org, reply_id, kind, account, lane, thread_key, item_id, person_id, target, private_text,
                text_hash, written_by, created_at, state, not_before, attempts, started_at, changed_at, revision)
         SELECT 'acme', gen_random_uuid(), 'message', '900', 'd' || n, 'm.d', gen_random_uuid(), '30', '30', 'x', 'x', 'me',
                t, 'posted', t, 1, t, t, 3
           FROM generate_series(1, 1425) n, (SELECT timestamptz '2026-11-23 06:00:00Z' AS t) t",
    )
    .await;
    desk.set_time("2026-11-23T12:30:00Z");
    let told = desk.get(&key, &path).await.ok();
    assert_eq!(
        (&told["message"]["left"], &told["message"]["of"]),
        (&json!(0), &json!(1_440))
    );
    assert_eq!(told["message"]["next_at"], "2026-11-24T06:00:00Z");
}

#[tokio::test]
async fn a_thread_that_changed_holds_the_reply_until_it_is_sent_anyway() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    let post = summon(&desk).await;
    let head = desk
        .get(&key, &format!("/api/v1/threads/{}", row(&post)))
        .await;
    let tag = head.header("etag").unwrap().to_owned();
    let send = |anyway: bool| {
        let request = Request::post(format!("/api/v1/items/{}/replies", post.id()))
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", Uuid::new_v4().to_string())
            .header("content-type", "application/json")
            .header("if-match", &tag)
            .header("x-send-anyway", if anyway { "true" } else { "false" });
        request.body(Body::from(r#"{"text":"Hello"}"#)).unwrap()
    };
    // A like is no news.
    desk.run(
        "acme",
        "UPDATE items SET likes = 9, revision = revision + 1",
    )
    .await;
    assert_eq!(desk.send(send(false)).await.status, 202);
    let mut late = NewItem::post(1_901, "30", "1900", AT);
    late.text = "One more thing".to_owned();
    desk.store(&late).await;
    let second = desk.send(send(false)).await;
    assert_eq!(
        (second.status.as_u16(), second.problem()),
        (412, "thread-changed".to_owned())
    );
    let told = second.json();
    let mut news: Vec<_> = told["news"].as_array().unwrap().iter().collect();
    news.sort_by_key(|one| one["what"].as_str());
    let what: Vec<_> = news.iter().map(|one| &one["what"]).collect();
    assert_eq!(what, ["item", "reply"], "{told}");
    assert_eq!(news[0]["id"], json!(late.id()));
    assert_eq!(desk.send(send(true)).await.status, 202);
}

#[tokio::test]
async fn only_who_wrote_it_or_a_lead_deletes_it() {
    let desk = desk().await;
    let (csr, lead) = (
        desk.key("acme", Role::Csr, false).await,
        desk.key("acme", Role::Lead, false).await,
    );
    let mut ours = NewItem::post(1_950, "30", "1900", AT);
    ours.direction = "outbound";
    desk.store(&ours).await;
    let path = format!("/api/v1/outbound/{}", ours.id());
    let answer = desk.command(&csr, "DELETE", &path, &Value::Null).await;
    assert_eq!(answer.problem(), "forbidden");
    let queued = desk
        .command(&lead, "DELETE", &path, &Value::Null)
        .await
        .ok();
    assert_eq!(queued["kind"], "delete-post");
    let post = summon(&desk).await;
    let theirs = format!("/api/v1/outbound/{}", post.id());
    let answer = desk.command(&lead, "DELETE", &theirs, &Value::Null).await;
    assert_eq!(answer.problem(), "invalid-value");
}

#[tokio::test]
async fn the_same_bytes_are_one_picture_and_other_files_are_none() {
    let desk = desk().await;
    let dir = tempfile::tempdir().unwrap();
    drop(desk.app.clone().serving_media(dir.path()));
    let key = desk.key("acme", Role::Csr, false).await;
    let upload = |bytes: Vec<u8>| {
        let request = Request::post("/api/v1/media")
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", Uuid::new_v4().to_string())
            .header("content-type", "image/png");
        request.body(Body::from(bytes)).unwrap()
    };
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(2_000_000, 7);
    let first = desk.send(upload(picture.clone())).await.ok();
    let second = desk.send(upload(picture.clone())).await.ok();
    assert_eq!(first, second);
    assert_eq!(first["media_type"], "image/png");
    let location = format!("/api/v1/media/{}", first["media_id"].as_str().unwrap());
    let shown = desk.get(&key, &location).await;
    assert_eq!(
        (shown.status.as_u16(), shown.header("content-type")),
        (200, Some("image/png"))
    );
    assert_eq!(
        desk.send(upload(b"<svg/>".to_vec())).await.problem(),
        "unsupported-media-type"
    );
    picture.resize(respond::options::PICTURE_BYTES_MAX + 1, 7);
    assert_eq!(
        desk.send(upload(picture)).await.problem(),
        "payload-too-large"
    );
    let post = summon(&desk).await;
    let path = format!("/api/v1/items/{}/replies", post.id());
    let body = |id: &Value| json!({ "text": "See", "media_id": id, "alt_text": "A box" });
    let sent = desk
        .command(&key, "POST", &path, &body(&first["media_id"]))
        .await
        .ok();
    assert_eq!(sent["media_id"], first["media_id"]);
    let unknown = json!("0".repeat(64));
    let answer = desk.command(&key, "POST", &path, &body(&unknown)).await;
    assert_eq!(answer.problem(), "invalid-value");
}

#[tokio::test]
async fn what_is_unknown_is_resolved_by_a_person() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    let post = summon(&desk).await;
    let path = format!("/api/v1/items/{}/replies", post.id());
    let sent = desk
        .command(&key, "POST", &path, &json!({ "text": "Hm" }))
        .await
        .ok();
    let one = format!("/api/v1/replies/{}", sent["reply_id"].as_str().unwrap());
    let resolve = format!("{one}/resolve");
    let body = json!({ "not_posted": true });
    let early = desk.command(&key, "POST", &resolve, &body).await;
    assert_eq!(early.problem(), "illegal-transition");
    assert_eq!(
        respond::decide::commanded(respond::decide::State::Queued, Command::Resend),
        None
    );
    desk.run(
        "acme",
        "UPDATE replies SET state = 'unknown', attempts = 1, started_at = '2026-11-23 11:30:00Z',
                doubtful_since = '2026-11-23 11:30:00Z'",
    )
    .await;
    assert_eq!(desk.get(&key, &one).await.ok()["ask_person"], true);
    let failed = desk.command(&key, "POST", &resolve, &body).await.ok();
    assert_eq!(
        (&failed["state"], &failed["x"]["type"]),
        (&json!("failed"), &json!("not-posted"))
    );
    let anew = desk
        .command(&key, "POST", &format!("{one}/resend"), &Value::Null)
        .await
        .ok();
    assert_eq!(anew["state"], "queued");
}

#[tokio::test]
async fn a_case_without_follow_up_closes_with_the_response() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Csr, false).await;
    let post = summon(&desk).await;
    desk.run(
        "acme",
        "INSERT INTO codes (org, kind, code, label) VALUES ('acme', 'reason', 'late', 'Late')",
    )
    .await;
    let path = format!("/api/v1/items/{}/replies", post.id());
    let sent = desk
        .command(&key, "POST", &path, &json!({ "text": "On its way." }))
        .await
        .ok();
    let case = |reply: &Value| json!({ "item_id": post.id(), "reason_code": "late", "follow_up": false, "reply_id": reply });
    let none = desk
        .command(&key, "POST", "/api/v1/cases", &case(&Value::Null))
        .await;
    assert_eq!(none.problem(), "response-required");
    let foreign = desk
        .command(&key, "POST", "/api/v1/cases", &case(&json!(Uuid::new_v4())))
        .await;
    assert_eq!(foreign.problem(), "invalid-value");
    let waits = desk
        .command(&key, "POST", "/api/v1/cases", &case(&sent["reply_id"]))
        .await
        .ok();
    assert_eq!(
        (&waits["status"], &waits["follow_up"]),
        (&json!("open"), &json!(false))
    );
    let waiting = "SELECT count(*) FROM cases c JOIN replies r ON r.reply_id = c.close_on_reply AND r.case_id = c.case_id";
    assert_eq!(desk.count("acme", waiting).await, 1);
    desk.run("acme", "UPDATE replies SET state = 'posted', x_id = '77'")
        .await;
    let at_once = desk
        .command(&key, "POST", "/api/v1/cases", &case(&sent["reply_id"]))
        .await
        .ok();
    assert_eq!(at_once["status"], "closed");
    assert_eq!(at_once["resolution_description"], "On its way.");
    desk.run("acme", "UPDATE replies SET state = 'failed'")
        .await;
    let failed = desk
        .command(&key, "POST", "/api/v1/cases", &case(&sent["reply_id"]))
        .await;
    assert_eq!(failed.problem(), "response-required");
}

#[tokio::test]
async fn what_was_not_sent_has_a_view_until_it_is_put_away() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let post = summon(&desk).await;
    let view = async || {
        let rows = desk.see(&dana, "/api/v1/threads?view=not-sent").await.ok();
        let rows = rows["items"].as_array().unwrap().clone();
        let badges: i64 = rows.iter().map(|row| row["count"].as_i64().unwrap()).sum();
        let views = desk.see(&dana, "/api/v1/views").await.ok();
        let views = views["items"].as_array().unwrap().clone();
        let own = views.iter().find(|view| view["id"] == "not-sent").unwrap();
        assert_eq!(own["count"], badges, "the view counts what it lists");
        rows.len()
    };
    let path = format!("/api/v1/items/{}/replies", post.id());
    let body = json!({ "text": "On its way." });
    let sent = desk.act(&dana, "POST", &path, &body).await.ok();
    assert_eq!((&sent["by"], view().await), (&json!("Dana"), 0));
    for state in [
        "UPDATE replies SET state = 'unknown'",
        "UPDATE replies SET state = 'failed'",
    ] {
        desk.run("acme", state).await;
        assert_eq!(view().await, 1, "{state}");
    }
    let one = format!("/api/v1/replies/{}", sent["reply_id"].as_str().unwrap());
    let away = desk.act(&dana, "DELETE", &one, &Value::Null).await.ok();
    assert_eq!((&away["state"], view().await), (&json!("cancelled"), 0));
    // What was posted since makes an older failure nobody's concern.
    desk.run("acme", "UPDATE replies SET state = 'failed'")
        .await;
    desk.clock.advance(TimeDelta::seconds(1));
    let later = json!({ "text": "It is here." });
    desk.act(&dana, "POST", &path, &later).await.ok();
    assert_eq!(view().await, 1);
    let posted = "UPDATE replies SET state = 'posted' WHERE public_text = 'It is here.'";
    desk.run("acme", posted).await;
    assert_eq!(view().await, 0);
}
