//! Sessions: signing in and out, what a browser must say, when a session ends.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use api::http::auth::Role;
use api::users::Rights;
use axum::body::Body;
use axum::http::Request;
use common::desk;
use common::items::{NewItem, row};
use common::people::{Browser, PASSWORD};
use serde_json::json;

#[tokio::test]
async fn a_user_signs_in_and_out() {
    let desk = desk().await;
    let email = desk.user("acme", "Dana", Role::Csr, false).await;
    let answer = desk.sign_in(&email.to_uppercase(), PASSWORD).await;
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let mut redacted = answer.json();
    let ends = redacted["expires_at"].take();
    assert!(ends.as_str().unwrap().starts_with("2026-11-24T00:00:0"));
    redacted["csrf"].take();
    redacted["user"]["user_id"].take();
    insta::assert_json_snapshot!(redacted, @r#"
    {
      "csrf": null,
      "expires_at": null,
      "org": {
        "customer_create": true,
        "handles": [
          {
            "account": "900",
            "handle": "acme"
          }
        ],
        "org": "acme",
        "reopen_days": 30,
        "reposts_active": false,
        "require_reason": true,
        "time_zone": "Europe/Berlin",
        "undo_send_s": 5,
        "wait_target_min": 60
      },
      "user": {
        "email": "dana@acme.example",
        "messages": false,
        "name": "Dana",
        "role": "csr",
        "settings": {},
        "time_zone": null,
        "user_id": null
      }
    }
    "#);
    let browser = Browser::of(answer);
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM sessions WHERE length(hash) = 32"
        )
        .await,
        1
    );
    let again = desk.see(&browser, "/api/v1/session").await.ok();
    assert_eq!(again["csrf"], browser.csrf.as_str());
    let out = desk
        .act(&browser, "DELETE", "/api/v1/session", &json!(null))
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(
        desk.see(&browser, "/api/v1/session").await.problem(),
        "unauthorized"
    );
}

#[tokio::test]
async fn work_is_told_by_the_users_name_and_kept_by_their_id() {
    let desk = desk().await;
    let browser = desk.browser("acme", "Dana", Role::Csr, true).await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let path = format!("/api/v1/threads/{}", row(&item));
    let note = json!({"body": "Called her."});
    let to = format!("{path}/notes");
    let note = desk.act(&browser, "POST", &to, &note).await;
    assert_eq!(note.ok()["written_by"], "Dana");
    let through = json!({"through": item.id()});
    let to = format!("{path}/done");
    desk.act(&browser, "POST", &to, &through).await.ok();
    let item = format!("/api/v1/items/{}", item.id());
    let item = desk.see(&browser, &item).await;
    assert_eq!(item.ok()["closed_by"], "Dana");
    let head = desk.see(&browser, &path).await.ok();
    assert_eq!(head["notes"][0]["written_by"], "Dana");
    let stored = "SELECT count(*) FROM items WHERE closed_by ~ '^user:[0-9a-f-]{36}$'";
    assert_eq!(desk.count("acme", stored).await, 1);
    let admin = desk.key("acme", Role::Admin, false).await;
    let audit = desk.get(&admin, "/api/v1/audit").await.ok();
    let done = &audit["items"][0];
    assert_eq!(
        (&done["action"], &done["actor_name"]),
        (&json!("done"), &json!("Dana"))
    );
}

#[tokio::test]
async fn who_may_not_sign_in_is_not_told_why() {
    let desk = desk().await;
    let email = desk.user("acme", "Dana", Role::Csr, true).await;
    let disabled = desk.user("acme", "Ines", Role::Csr, true).await;
    let rights = Rights {
        disabled: Some(true),
        ..Rights::default()
    };
    desk.directory()
        .set_rights(&disabled, rights)
        .await
        .unwrap();
    let wanted = api::users::Wanted {
        email: "new@acme.example",
        name: "New",
        role: Role::Csr,
        messages: false,
    };
    let directory = desk.directory();
    directory
        .add("acme", wanted, &api::users::mint(&mut rand::rng()))
        .await
        .unwrap();
    let mut told = Vec::new();
    for (email, password) in [
        (email.as_str(), "another password"),
        ("nobody@acme.example", PASSWORD),
        (disabled.as_str(), PASSWORD),
        ("new@acme.example", PASSWORD),
        ("new@acme.example", ""),
        ("rubbish", PASSWORD),
    ] {
        let answer = desk.sign_in(email, password).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("set-cookie")),
            (401, None)
        );
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("trace_id");
        told.push(body);
    }
    assert!(told.iter().all(|body| *body == told[0]), "{told:?}");
    assert_eq!(told[0]["type"], "/problems/sign-in-refused");
    assert_eq!(desk.count("acme", "SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn an_account_is_not_tried_without_end() {
    let desk = desk().await;
    let email = desk.user("acme", "Dana", Role::Csr, true).await;
    let other = desk.user("acme", "Ines", Role::Csr, true).await;
    for _ in 0..10 {
        assert_eq!(desk.sign_in(&email, "another password").await.status, 401);
    }
    let refused = desk.sign_in(&email, PASSWORD).await;
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(
        refused.status == 429 && (1..=60).contains(&seconds),
        "{seconds}"
    );
    assert_eq!(refused.problem(), "too-many-requests");
    desk.sign_in(&other, PASSWORD).await.ok();
    desk.clock.advance(chrono::TimeDelta::seconds(61));
    desk.sign_in(&email, PASSWORD).await.ok();
}

#[tokio::test]
async fn a_write_says_the_token_of_its_session() {
    let desk = desk().await;
    let browser = desk.browser("acme", "Dana", Role::Lead, true).await;
    let other = desk.browser("acme", "Ines", Role::Lead, true).await;
    let code = json!({"kind": "reason", "code": "late", "label": "Late"});
    for csrf in ["", "rubbish", &other.csrf] {
        let forged = Browser {
            csrf: csrf.to_owned(),
            ..browser.clone()
        };
        let answer = desk.act(&forged, "POST", "/api/v1/codes", &code).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (403, "csrf-token-missing")
        );
    }
    let answer = desk.act(&browser, "POST", "/api/v1/codes", &code).await;
    assert_eq!(answer.status, 201);
    // A cookie says nothing where a GET commands or a client sends a key.
    for path in [
        "/registry/subjects",
        "/api/social/socialfeed/XTwitter/startX/TwitterStreaming?X/TwitterHandle=acme",
    ] {
        assert_eq!(desk.see(&browser, path).await.status, 401, "{path}");
    }
    // A key beside the cookie is what counts.
    let key = desk.key("acme", Role::Viewer, false).await;
    let request = Request::get("/api/v1/session")
        .header("cookie", &browser.cookie)
        .header("authorization", format!("Bearer {key}"));
    let answer = desk.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (403, "forbidden")
    );
}

#[tokio::test]
async fn a_session_ends_by_idleness_by_age_and_when_rights_change() {
    let desk = desk().await;
    let email = desk.user("acme", "Dana", Role::Csr, true).await;
    let begin = async || Browser::of(desk.sign_in(&email, PASSWORD).await);
    let status = async |browser: &Browser| desk.see(browser, "/api/v1/tiles").await.status.as_u16();
    let browser = begin().await;
    for _ in 0..3 {
        desk.clock.advance(chrono::TimeDelta::minutes(59));
        assert_eq!(status(&browser).await, 200);
    }
    desk.clock.advance(chrono::TimeDelta::minutes(61));
    assert_eq!(status(&browser).await, 401);
    let browser = begin().await;
    for _ in 0..14 {
        desk.clock.advance(chrono::TimeDelta::minutes(50));
        assert_eq!(status(&browser).await, 200);
    }
    desk.clock.advance(chrono::TimeDelta::minutes(21));
    assert_eq!(status(&browser).await, 401);
    let none = Rights::default();
    for (rights, ends) in [
        (
            Rights {
                role: Some(Role::Lead),
                ..none
            },
            true,
        ),
        (
            Rights {
                role: Some(Role::Lead),
                ..none
            },
            false,
        ),
        (
            Rights {
                messages: Some(false),
                ..none
            },
            true,
        ),
        (
            Rights {
                disabled: Some(true),
                ..none
            },
            true,
        ),
    ] {
        let browser = begin().await;
        desk.directory().set_rights(&email, rights).await.unwrap();
        let expected = if ends { 401 } else { 200 };
        assert_eq!(status(&browser).await, expected, "{rights:?}");
    }
    assert_eq!(desk.sign_in(&email, PASSWORD).await.status, 401);
    let back = Rights {
        disabled: Some(false),
        ..none
    };
    desk.directory().set_rights(&email, back).await.unwrap();
    assert_eq!(status(&begin().await).await, 200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let desk = desk().await;
    let browser = desk.browser("acme", "Dana", Role::Viewer, true).await;
    let other = Browser::of(desk.sign_in("dana@acme.example", PASSWORD).await);
    let new = "another long one";
    let change = |old: &str, new: &str| json!({"password": {"old": old, "new": new}});
    for (old, new) in [("not the password", new), (PASSWORD, "short")] {
        let answer = desk
            .act(&browser, "PATCH", "/api/v1/me", &change(old, new))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (422, "invalid-value")
        );
    }
    let answer = desk
        .act(&browser, "PATCH", "/api/v1/me", &change(PASSWORD, new))
        .await;
    answer.ok();
    assert_eq!(desk.see(&browser, "/api/v1/session").await.status, 200);
    assert_eq!(desk.see(&other, "/api/v1/session").await.status, 401);
    assert_eq!(
        desk.sign_in("dana@acme.example", PASSWORD).await.status,
        401
    );
    desk.sign_in("dana@acme.example", new).await.ok();
}

#[tokio::test]
async fn settings_are_put_over_one_another_and_are_bounded() {
    let desk = desk().await;
    let browser = desk.browser("acme", "Dana", Role::Viewer, true).await;
    let patch =
        async |body: serde_json::Value| desk.act(&browser, "PATCH", "/api/v1/me", &body).await;
    let first = json!({"name": "Dana Ortiz", "time_zone": "Asia/Tokyo", "settings": {"sort": "newest", "keys": true}});
    patch(first).await.ok();
    let me = patch(json!({"settings": {"sort": null, "dense": 1}}))
        .await
        .ok();
    assert_eq!(me["settings"], json!({"keys": true, "dense": 1}));
    assert_eq!(
        (&me["name"], &me["time_zone"]),
        (&json!("Dana Ortiz"), &json!("Asia/Tokyo"))
    );
    let me = patch(json!({"time_zone": null})).await.ok();
    assert_eq!(me["time_zone"], json!(null));
    for wrong in [
        json!({"settings": {"much": "x".repeat(8192)}}),
        json!({"time_zone": "Mars/Base"}),
        json!({"name": " "}),
        json!({"role": "admin"}),
    ] {
        assert_eq!(patch(wrong).await.problem(), "invalid-value");
    }
    let session = desk.see(&browser, "/api/v1/session").await.ok();
    assert_eq!(
        session["user"]["settings"],
        json!({"keys": true, "dense": 1})
    );
}
