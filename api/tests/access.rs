//! Who gets in: no key, a key of another organisation, of a lower role, expired, revoked.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use api::http::auth::Role;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use chrono::TimeDelta;
use common::items::{NewItem, row};
use common::{Desk, desk};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

/// A user, a key, a label, a saved reply and a saved view of acme, put in by [`people`].
const USER: &str = "00000000-0000-4000-8000-000000000001";

async fn people(desk: &Desk) {
    desk.run(
        "acme",
        "INSERT INTO labels (org, label_id, name, colour)
         VALUES ('acme', '00000000-0000-4000-8000-000000000001', 'VIP', '#aa0000')",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO saved_replies (org, reply_id, title, text, kind)
         VALUES ('acme', '00000000-0000-4000-8000-000000000001', 'Hello', 'Hello {{name}}', 'any')",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO saved_views (org, view_id, name, filter)
         VALUES ('acme', '00000000-0000-4000-8000-000000000001', 'German', '{\"language\":\"de\"}')",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO users (org, user_id, email, name, role, messages, created_by, created_at)
         VALUES ('acme', '00000000-0000-4000-8000-000000000001', 'dana@acme.example', 'Dana', 'csr', true, 'test',
                 '2026-11-23Z')",
    )
    .await;
    desk.run(
        "acme",
        "INSERT INTO api_keys (org, key_id, name, hash, role, messages, created_at)
         VALUES ('acme', '00000000-0000-4000-8000-000000000001', 'old', 'x', 'csr', true, '2026-11-23Z')",
    )
    .await;
}

/// Every documented operation with ids put in: method, path, whether it is open to all.
fn operations(ids: &[(&str, String)]) -> Vec<(String, String, bool)> {
    let document: Value = serde_json::from_str(&api::openapi::json()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let mut filled = path.clone();
        for (name, id) in ids {
            filled = filled.replace(&format!("{{{name}}}"), id);
        }
        if path.contains("/threads/{id}") {
            filled = path.replace("{id}", &ids[1].1);
        }
        for method in item.as_object().unwrap().keys() {
            let signs_in = method == "post" && path.starts_with("/api/v1/session");
            let open = signs_in || path.starts_with("/problems");
            all.push((method.to_uppercase(), filled.clone(), open));
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

fn ids(item: &NewItem) -> Vec<(&'static str, String)> {
    vec![
        ("id", item.id().to_string()),
        ("thread", row(item)),
        ("x_id", item.person.clone()),
        ("account", "900".into()),
        ("way", "poll".into()),
        ("action", "start".into()),
        ("slug", "forbidden".into()),
        ("kind", "reason".into()),
        ("code", "late".into()),
        ("subject", "care.cases.v1-value".into()),
        ("version", "1".into()),
        ("account", "900".into()),
        ("user_id", USER.into()),
        ("key_id", USER.into()),
        ("label_id", USER.into()),
        ("saved_id", USER.into()),
        ("view_id", USER.into()),
        ("target", format!("item:{}", item.id())),
    ]
}

async fn with(desk: &Desk, method: &str, path: &str, authorization: Option<&str>) -> u16 {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("idempotency-key", Uuid::new_v4().to_string())
        .header("content-type", "application/json");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    // The status alone: a stream does not end.
    let request = request.body(Body::from("{}")).unwrap();
    let response = desk.router.clone().oneshot(request).await.unwrap();
    response.status().as_u16()
}

#[tokio::test]
async fn no_route_is_open_without_a_valid_key() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let admin = desk.key("acme", Role::Admin, true).await;
    let expired = desk
        .key_until("acme", Role::Admin, true, Some(TimeDelta::seconds(-1)))
        .await;
    let wrong = [
        None,
        Some("Bearer ek_unknown".to_owned()),
        Some("Bearer".to_owned()),
        Some(format!("Bearer {expired}")),
        Some(format!("Basic {admin}")),
        Some(format!("Token {admin}")),
    ];
    for (method, path, open) in operations(&ids(&item)) {
        for value in &wrong {
            let status = with(&desk, &method, &path, value.as_deref()).await;
            // Who signs in is let to, and the body of this test is not one for that.
            let expected: &[u16] = if open { &[200, 422] } else { &[401] };
            assert!(
                expected.contains(&status),
                "{method} {path} {value:?} {status}"
            );
        }
    }
    assert_eq!(with(&desk, "GET", "/api/v1/nowhere", None).await, 401);
    assert_eq!(with(&desk, "GET", "/api", None).await, 401);
    assert_eq!(with(&desk, "GET", "/nowhere", None).await, 404);
    assert_eq!(with(&desk, "GET", "/openapi.json", None).await, 200);
}

#[tokio::test]
async fn another_organisations_key_finds_nothing_and_changes_nothing() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    desk.run(
        "acme",
        "INSERT INTO codes (org, kind, code, label) VALUES ('acme', 'reason', 'late', 'Late')",
    )
    .await;
    people(&desk).await;
    let other = format!("Bearer {}", desk.key("bolt", Role::Admin, true).await);
    for (method, path, _) in operations(&ids(&item)) {
        let of_an_id = path.contains(&item.id().to_string())
            || path.contains(&row(&item))
            || path.contains("/people/")
            || path.contains("/codes/")
            || path.contains(USER);
        // Drafts are users' own: drafts.rs.
        if !of_an_id || path.contains("/drafts/") {
            continue;
        }
        let status = with(&desk, &method, &path, Some(&other)).await;
        // A body that does not fit is told before it is known whether the thing exists.
        assert!(
            status == 404 || (status == 422 && method != "GET"),
            "{method} {path} {status}"
        );
    }
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM items WHERE closed_at IS NULL")
            .await,
        1
    );
    assert_eq!(desk.count("acme", "SELECT count(*) FROM codes").await, 1);
    let untouched = "SELECT count(*) FROM users WHERE email = 'dana@acme.example' AND role = 'csr'
                        AND disabled_at IS NULL AND welcome IS NULL";
    assert_eq!(desk.count("acme", untouched).await, 1);
    let untouched = "SELECT count(*) FROM labels l JOIN saved_replies USING (org) JOIN saved_views v USING (org)
                      WHERE l.name = 'VIP' AND v.name = 'German'";
    assert_eq!(desk.count("acme", untouched).await, 1);
    assert_eq!(
        desk.count("bolt", "SELECT count(*) FROM thread_states")
            .await,
        0
    );
    let untouched = "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL";
    assert_eq!(desk.count("acme", untouched).await, 1);
    assert_eq!(desk.count("bolt", "SELECT count(*) FROM items").await, 0);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one line for each route")]
async fn each_route_asks_for_its_role() {
    let desk = desk().await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let mut table = Vec::new();
    let mut keys = Vec::new();
    for role in Role::ALL {
        keys.push((
            role,
            format!("Bearer {}", desk.key("acme", role, true).await),
        ));
    }
    for (method, path, _) in operations(&ids(&item)) {
        let mut let_in = Vec::new();
        for (role, key) in &keys {
            if with(&desk, &method, &path, Some(key)).await != 403 {
                let_in.push(role.as_str());
            }
        }
        let path = path
            .replace(&item.id().to_string(), "{id}")
            .replace(&row(&item), "{thread}")
            .replace(USER, "{id}");
        table.push(format!("{method} {path}: {}", let_in.join(" ")));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    GET /api/v1/api-keys: admin
    POST /api/v1/api-keys: admin
    DELETE /api/v1/api-keys/{id}: admin
    GET /api/v1/audit: admin ops
    GET /api/v1/cases: csr lead admin
    POST /api/v1/cases: csr lead admin
    GET /api/v1/cases/{id}: csr lead admin
    PATCH /api/v1/cases/{id}: csr lead admin
    POST /api/v1/cases/{id}/close: csr lead admin
    GET /api/v1/cases/{id}/interactions: csr lead admin
    POST /api/v1/cases/{id}/notes: csr lead admin
    POST /api/v1/cases/{id}/reopen: csr lead admin
    GET /api/v1/channels: viewer csr lead admin ops
    POST /api/v1/channels/900/check: admin ops
    GET /api/v1/channels/900/coverage: admin ops
    POST /api/v1/channels/900/fill-gap: admin ops
    POST /api/v1/channels/900/poll/start: admin ops
    GET /api/v1/codes: viewer csr lead admin
    POST /api/v1/codes: lead admin
    DELETE /api/v1/codes/reason/late: lead admin
    PUT /api/v1/codes/reason/late: lead admin
    GET /api/v1/config: admin ops
    POST /api/v1/config/validate: admin ops
    GET /api/v1/config/versions: admin ops
    GET /api/v1/customers: csr lead admin
    POST /api/v1/customers: csr lead admin
    GET /api/v1/customers/{id}: csr lead admin
    PATCH /api/v1/customers/{id}: csr lead admin
    GET /api/v1/customers/{id}/accounts: csr lead admin
    GET /api/v1/customers/{id}/cases: csr lead admin
    GET /api/v1/customers/{id}/interactions: csr lead admin
    GET /api/v1/deletions/{id}: admin ops
    DELETE /api/v1/drafts/item:{id}: 
    GET /api/v1/drafts/item:{id}: 
    PUT /api/v1/drafts/item:{id}: 
    GET /api/v1/events: viewer csr lead admin
    GET /api/v1/items/{id}: viewer csr lead admin
    DELETE /api/v1/items/{id}/case: csr lead admin
    PUT /api/v1/items/{id}/case: csr lead admin
    DELETE /api/v1/items/{id}/like: csr lead admin
    PUT /api/v1/items/{id}/like: csr lead admin
    GET /api/v1/items/{id}/links: viewer csr lead admin
    GET /api/v1/items/{id}/priority: viewer csr lead admin
    POST /api/v1/items/{id}/replies: csr lead admin
    GET /api/v1/items/{id}/reply-options: csr lead admin
    GET /api/v1/items/{id}/revisions: viewer csr lead admin
    GET /api/v1/labels: viewer csr lead admin
    POST /api/v1/labels: lead admin
    DELETE /api/v1/labels/{id}: lead admin
    PUT /api/v1/labels/{id}: lead admin
    PATCH /api/v1/me: 
    POST /api/v1/media: csr lead admin
    GET /api/v1/media/{id}: viewer csr lead admin
    DELETE /api/v1/outbound/{id}: csr lead admin
    GET /api/v1/people/30: viewer csr lead admin
    DELETE /api/v1/people/30/customer: csr lead admin
    PUT /api/v1/people/30/customer: csr lead admin
    GET /api/v1/quarantine: admin ops
    POST /api/v1/quarantine/{id}/replay: admin ops
    GET /api/v1/replies: csr lead admin
    DELETE /api/v1/replies/{id}: csr lead admin
    GET /api/v1/replies/{id}: csr lead admin
    POST /api/v1/replies/{id}/resend: csr lead admin
    POST /api/v1/replies/{id}/resolve: csr lead admin
    GET /api/v1/reports/done: lead admin analyst
    GET /api/v1/reports/volume: lead admin analyst
    GET /api/v1/saved-replies: viewer csr lead admin
    POST /api/v1/saved-replies: lead admin
    DELETE /api/v1/saved-replies/{id}: lead admin
    PUT /api/v1/saved-replies/{id}: lead admin
    GET /api/v1/search: viewer csr lead admin
    DELETE /api/v1/session: 
    GET /api/v1/session: 
    POST /api/v1/session: viewer csr lead admin analyst ops
    POST /api/v1/session/welcome: viewer csr lead admin analyst ops
    GET /api/v1/threads: viewer csr lead admin
    POST /api/v1/threads/bulk: csr lead admin
    GET /api/v1/threads/{thread}: viewer csr lead admin
    POST /api/v1/threads/{thread}/assign: csr lead admin
    POST /api/v1/threads/{thread}/done: csr lead admin
    POST /api/v1/threads/{thread}/fetch: csr lead admin
    POST /api/v1/threads/{thread}/hide: csr lead admin
    GET /api/v1/threads/{thread}/items: viewer csr lead admin
    PUT /api/v1/threads/{thread}/labels: csr lead admin
    POST /api/v1/threads/{thread}/messages: csr lead admin
    POST /api/v1/threads/{thread}/notes: csr lead admin
    PUT /api/v1/threads/{thread}/presence: csr lead admin
    POST /api/v1/threads/{thread}/reopen: csr lead admin
    POST /api/v1/threads/{thread}/snooze: csr lead admin
    GET /api/v1/tiles: viewer csr lead admin
    GET /api/v1/users: csr lead admin
    POST /api/v1/users: admin
    DELETE /api/v1/users/{id}: admin
    PATCH /api/v1/users/{id}: admin
    POST /api/v1/users/{id}/link: admin
    GET /api/v1/views: viewer csr lead admin
    POST /api/v1/views: lead admin
    DELETE /api/v1/views/{id}: lead admin
    PUT /api/v1/views/{id}: lead admin
    GET /problems: viewer csr lead admin analyst ops
    GET /problems/forbidden: viewer csr lead admin analyst ops
    GET /registry/schemas/ids/{id}: admin analyst ops
    GET /registry/subjects: admin analyst ops
    GET /registry/subjects/care.cases.v1-value/versions: admin analyst ops
    GET /registry/subjects/care.cases.v1-value/versions/1: admin analyst ops
    "#);
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_and_its_name_is_not_used_again() {
    let desk = desk().await;
    let wanted = api::keys::Wanted {
        org: "acme",
        name: "ci",
        role: Role::Viewer,
        messages: false,
        expires_at: None,
    };
    let key = api::keys::create(
        &desk.pg,
        &desk.clock,
        api::keys::mint(&mut rand::rng()),
        wanted,
    )
    .await
    .unwrap();
    let key = secrecy::ExposeSecret::expose_secret(&key).to_owned();
    assert_eq!(desk.get(&key, "/api/v1/tiles").await.status, 200);
    assert_eq!(
        desk.count(
            "acme",
            "SELECT count(*) FROM api_keys WHERE length(hash) = 32"
        )
        .await,
        1
    );
    api::keys::revoke(&desk.pg, &desk.clock, "acme", "ci")
        .await
        .unwrap();
    assert_eq!(desk.get(&key, "/api/v1/tiles").await.status, 401);
    api::keys::revoke(&desk.pg, &desk.clock, "acme", "ci")
        .await
        .unwrap_err();
    let again = api::keys::create(
        &desk.pg,
        &desk.clock,
        api::keys::mint(&mut rand::rng()),
        wanted,
    )
    .await;
    assert!(matches!(again, Err(api::keys::KeyError::NameTaken)));
}

#[tokio::test]
async fn a_registry_client_needs_a_url_alone() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Analyst, false).await;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{key}:"));
    let ask = async |path: &str| {
        let request = Request::get(path).header("authorization", format!("Basic {pair}"));
        desk.send(request.body(Body::empty()).unwrap()).await
    };
    let subjects = ask("/registry/subjects").await;
    assert_eq!(
        subjects.header("content-type"),
        Some("application/vnd.schemaregistry.v1+json")
    );
    assert!(
        subjects
            .json()
            .as_array()
            .unwrap()
            .contains(&json!("social.linked.posts.v1-value"))
    );
    let latest = ask("/registry/subjects/care.cases.v1-value/versions/latest")
        .await
        .json();
    assert_eq!(
        (&latest["version"], &latest["id"]),
        (&json!(1), &json!(1_000_006))
    );
    let by_id = ask("/registry/schemas/ids/1000006").await.json();
    assert_eq!(by_id["schema"], latest["schema"]);
    assert_eq!(
        ask("/registry/subjects/care.cases.v1-value/versions")
            .await
            .json(),
        json!([1])
    );
    for (path, status, code) in [
        ("/registry/subjects/x/versions", 404, 40401),
        ("/registry/subjects/x/versions/1", 404, 40401),
        (
            "/registry/subjects/care.cases.v1-value/versions/7",
            404,
            40402,
        ),
        (
            "/registry/subjects/care.cases.v1-value/versions/0",
            422,
            42202,
        ),
        ("/registry/schemas/ids/7", 404, 40403),
    ] {
        let answer = ask(path).await;
        assert_eq!(
            answer.header("content-type"),
            Some("application/vnd.schemaregistry.v1+json")
        );
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error_code"]),
            (status, &json!(code))
        );
    }
    // The pair opens the registry and nothing else.
    assert_eq!(ask("/api/v1/tiles").await.status, 401);
}
