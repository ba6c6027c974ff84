//! Users and keys, as administrators make, change and end them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::people::{Browser, PASSWORD};
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

const USERS: &str = "/api/v1/users";

fn new(email: &str, role: &str) -> Value {
    json!({"email": email, "name": "Ines Carvalho", "role": role, "messages": false})
}

fn token(link: &Value) -> String {
    let link = link.as_str().unwrap();
    link.strip_prefix("/welcome#").unwrap().to_owned()
}

async fn follow(desk: &Desk, token: &str, password: &str) -> common::Answer {
    let body = json!({"token": token, "name": "Ines", "password": password});
    desk.open("/api/v1/session/welcome", &body).await
}

#[tokio::test]
async fn a_new_user_follows_the_link_once() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let once = Uuid::new_v4();
    let key = desk.key("acme", Role::Admin, false).await;
    let body = new("Ines@acme.example", "csr");
    let made = desk.command_as(&key, "POST", USERS, &body, once).await.ok();
    assert_eq!(made["user"]["account"]["email"], "ines@acme.example");
    assert_eq!(made["user"]["account"]["ready"], false);
    let token = token(&made["link"]);
    // What is kept of the command for its repetition does not let anybody in.
    let again = desk.command_as(&key, "POST", USERS, &body, once).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.ok()["link"], json!(null));
    let kept = "SELECT count(*) FROM idempotency_keys WHERE convert_from(answer, 'utf8') LIKE '%welcome#%'";
    assert_eq!(desk.count("acme", kept).await, 0);
    let second = desk.act(&admin, "POST", USERS, &body).await;
    assert_eq!(
        (second.status.as_u16(), second.problem().as_str()),
        (422, "already-exists")
    );
    assert_eq!(
        follow(&desk, &token, "short").await.problem(),
        "invalid-value"
    );
    assert_eq!(
        follow(&desk, "rubbish", PASSWORD).await.problem(),
        "link-ended"
    );
    let session = Browser::of(follow(&desk, &token, PASSWORD).await);
    let me = desk.see(&session, "/api/v1/session").await.ok();
    assert_eq!(
        (&me["user"]["name"], &me["user"]["role"]),
        (&json!("Ines"), &json!("csr"))
    );
    assert_eq!(
        follow(&desk, &token, PASSWORD).await.problem(),
        "link-ended"
    );
    desk.sign_in("ines@acme.example", PASSWORD).await.ok();
}

#[tokio::test]
async fn a_link_ends_by_age_by_a_newer_one_and_with_its_user() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let made = desk
        .act(&admin, "POST", USERS, &new("ines@acme.example", "csr"))
        .await
        .ok();
    let first = token(&made["link"]);
    let user = format!("{USERS}/{}", made["user"]["user_id"].as_str().unwrap());
    let link = format!("{user}/link");
    let second = token(&desk.act(&admin, "POST", &link, &json!(null)).await.ok()["link"]);
    assert_eq!(
        follow(&desk, &first, PASSWORD).await.problem(),
        "link-ended"
    );
    desk.clock.advance(chrono::TimeDelta::days(3));
    assert_eq!(
        follow(&desk, &second, PASSWORD).await.problem(),
        "link-ended"
    );
    let admin = Browser::of(desk.sign_in("sam@acme.example", PASSWORD).await);
    let third = token(&desk.act(&admin, "POST", &link, &json!(null)).await.ok()["link"]);
    let disabled = json!({"disabled": true});
    desk.act(&admin, "PATCH", &user, &disabled).await.ok();
    assert_eq!(
        follow(&desk, &third, PASSWORD).await.problem(),
        "link-ended"
    );
    desk.act(&admin, "DELETE", &user, &json!(null)).await.ok();
    let gone = desk.act(&admin, "DELETE", &user, &json!(null)).await;
    assert_eq!(gone.problem(), "not-found");
    // The address is free again.
    let again = desk
        .act(&admin, "POST", USERS, &new("ines@acme.example", "csr"))
        .await;
    assert_eq!(again.status, 201);
}

#[tokio::test]
async fn rights_are_changed_and_the_last_administrator_stays() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    desk.browser("bolt", "Rob", Role::Admin, true).await;
    let own = format!("{USERS}/{}", admin.user_id);
    for change in [json!({"role": "lead"}), json!({"disabled": true})] {
        let refused = desk.act(&admin, "PATCH", &own, &change).await;
        assert_eq!(
            (refused.status.as_u16(), refused.problem().as_str()),
            (409, "last-admin")
        );
    }
    let refused = desk.act(&admin, "DELETE", &own, &json!(null)).await;
    assert_eq!(refused.problem(), "last-admin");
    let path = format!("{USERS}/{}", dana.user_id);
    let change = json!({"role": "admin", "name": "Dana Ortiz", "email": "dana.ortiz@acme.example"});
    let user = desk.act(&admin, "PATCH", &path, &change).await.ok();
    assert_eq!(user["account"]["role"], "admin");
    assert_eq!(desk.see(&dana, "/api/v1/session").await.status, 401);
    let dana = Browser::of(desk.sign_in("dana.ortiz@acme.example", PASSWORD).await);
    desk.act(&dana, "DELETE", &own, &json!(null)).await.ok();
    assert_eq!(desk.see(&admin, "/api/v1/session").await.status, 401);
    for wrong in [
        json!({"role": "king"}),
        json!({"email": "x"}),
        json!({"name": ""}),
    ] {
        let refused = desk.act(&dana, "PATCH", &path, &wrong).await;
        assert_eq!(refused.problem(), "invalid-value", "{wrong}");
    }
}

#[tokio::test]
async fn colleagues_see_names_and_administrators_everything() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let ines = desk.user("acme", "Ines", Role::Csr, true).await;
    desk.user("bolt", "Rob", Role::Csr, true).await;
    let disabled = api::users::Rights {
        disabled: Some(true),
        ..api::users::Rights::default()
    };
    desk.directory().set_rights(&ines, disabled).await.unwrap();
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|u| u["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = desk.see(&dana, USERS).await.ok();
    assert_eq!(names(&seen), ["Dana", "Sam"]);
    assert_eq!(seen["items"][0].get("account"), None);
    assert_eq!(seen["items"][0]["online"], true);
    let all = desk.see(&admin, USERS).await.ok();
    assert_eq!(names(&all), ["Dana", "Ines", "Sam"]);
    assert_eq!(all["items"][1]["account"]["disabled"], true);
    let page = desk.see(&admin, &format!("{USERS}?limit=2")).await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = desk
        .see(&admin, &format!("{USERS}?limit=2&cursor={next}"))
        .await
        .ok();
    assert_eq!(names(&rest), ["Sam"]);
}

#[tokio::test]
async fn a_key_is_told_once_and_ends_at_once() {
    let desk = desk().await;
    let admin = desk.browser("acme", "Sam", Role::Admin, true).await;
    let keys = "/api/v1/api-keys";
    let wanted = json!({"name": "reports", "role": "lead", "messages": false, "days": 30});
    let made = desk.act(&admin, "POST", keys, &wanted).await.ok();
    let key = made["key"].as_str().unwrap();
    assert_eq!(desk.get(key, "/api/v1/tiles").await.status, 200);
    let kept =
        "SELECT count(*) FROM idempotency_keys WHERE convert_from(answer, 'utf8') LIKE '%ek_%'";
    assert_eq!(desk.count("acme", kept).await, 0);
    let listed = desk.see(&admin, keys).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["key_id"], made["api_key"]["key_id"]);
    let again = desk.act(&admin, "POST", keys, &wanted).await;
    assert_eq!(again.problem(), "already-exists");
    let path = format!("{keys}/{}", made["api_key"]["key_id"].as_str().unwrap());
    let ended = desk.act(&admin, "DELETE", &path, &json!(null)).await.ok();
    assert!(ended["revoked_at"].is_string());
    assert_eq!(desk.get(key, "/api/v1/tiles").await.status, 401);
    let again = desk.act(&admin, "DELETE", &path, &json!(null)).await;
    assert_eq!(again.problem(), "illegal-transition");
}
