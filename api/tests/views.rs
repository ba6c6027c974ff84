//! Saved views: made by leads, used by all, counted as their lists are.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::events::open_as;
use common::items::{NewItem, row};
use common::people::Browser;
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

const VIEWS: &str = "/api/v1/views";

/// Rows of five people: German with a picture, German, a message, one with an open case, one done.
async fn stored(desk: &Desk) -> [NewItem; 5] {
    let items = [
        NewItem::post(1, "30", "1", "2026-11-23T08:00:00Z"),
        NewItem::post(3, "31", "3", "2026-11-23T09:00:00Z"),
        NewItem::message(4, "32", "2026-11-23T10:00:00Z"),
        NewItem::post(5, "33", "5", "2026-11-23T11:00:00Z"),
        NewItem::post(6, "34", "6", "2026-11-23T07:00:00Z").closed("2026-11-23T11:30:00Z"),
    ];
    for item in &items {
        desk.store(item).await;
    }
    desk.store(&NewItem::post(2, "30", "1", "2026-11-23T08:30:00Z"))
        .await;
    desk.run(
        "acme",
        "UPDATE items SET lang = CASE WHEN x_id IN ('1', '3', '6') THEN 'de' ELSE 'en' END,
             accounts = CASE WHEN x_id = '5' THEN '{900}'::text[] ELSE '{}' END,
             media = CASE WHEN x_id IN ('1', '6') THEN '[{\"media_type\":\"photo\"}]'::jsonb ELSE '[]' END",
    )
    .await;
    items
}

async fn save(desk: &Desk, lead: &Browser, name: &str, filter: Value) -> Value {
    let body = json!({ "name": name, "filter": filter });
    desk.act(lead, "POST", VIEWS, &body).await.ok()
}

/// The saved views as somebody sees them.
async fn saved(desk: &Desk, who: &Browser) -> Vec<Value> {
    let views = desk.see(who, VIEWS).await.ok();
    let views = views["items"].as_array().unwrap().iter();
    views
        .filter(|view| view["built_in"] == false)
        .cloned()
        .collect()
}

async fn count(desk: &Desk, who: &Browser, name: &str) -> Value {
    let all = saved(desk, who).await;
    let one = all.iter().find(|view| view["name"] == name);
    one.unwrap()["count"].clone()
}

/// What colleagues did with those rows: a label, whose one is, one that rests and has a case.
async fn worked(desk: &Desk, lead: &Browser) -> Value {
    let items = stored(desk).await;
    let body = json!({"name": "VIP", "colour": "#aa0000"});
    let label = desk.act(lead, "POST", "/api/v1/labels", &body).await.ok()["label_id"].clone();
    let place = async |item: &NewItem, method: &str, what: &str, body: Value| {
        let path = format!("/api/v1/threads/{}/{what}", row(item));
        desk.act(lead, method, &path, &body).await.ok();
    };
    place(&items[1], "PUT", "labels", json!({ "labels": [label] })).await;
    place(
        &items[0],
        "POST",
        "assign",
        json!({ "user_id": lead.user_id }),
    )
    .await;
    let until = json!({"until": "2026-11-24T09:00:00Z"});
    place(&items[3], "POST", "snooze", until).await;
    let case = json!({"item_id": items[3].id(), "reason_code": "late"});
    desk.run(
        "acme",
        "INSERT INTO codes (org, kind, code, label) VALUES ('acme', 'reason', 'late', 'Late')",
    )
    .await;
    desk.act(lead, "POST", "/api/v1/cases", &case).await.ok();
    label
}

#[tokio::test]
async fn each_counts_what_its_list_adds_up_to() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let blind = desk.browser("acme", "Theo", Role::Csr, false).await;
    let label = worked(&desk, &lead).await;
    let expected = [
        ("German", json!({"language": "de"}), 3),
        (
            "German pictures",
            json!({"language": "de", "has_image": true}),
            2,
        ),
        (
            "English pictures",
            json!({"language": "en", "has_image": true}),
            0,
        ),
        ("To us", json!({"handle": "acme", "sort": "priority"}), 1),
        ("VIP", json!({ "label": label }), 1),
        (
            "German VIP of nobody",
            json!({"label": label, "language": "de", "assignee": "none"}),
            1,
        ),
        ("Of Ines", json!({ "assignee": lead.user_id }), 2),
        ("My German", json!({"view": "mine", "language": "de"}), 2),
        ("Messages", json!({"kind": "messages"}), 1),
        (
            "Feeds with cases",
            json!({"view": "follow-up", "kind": "feeds"}),
            1,
        ),
        (
            "Resting to us",
            json!({"view": "snoozed", "handle": "900"}),
            1,
        ),
        ("Secret", json!({"q": "Secret words"}), 1),
        (
            "Parcels",
            json!({"q": "my parcel", "view": "unassigned"}),
            2,
        ),
        (
            "Not sent in German",
            json!({"view": "not-sent", "language": "de"}),
            0,
        ),
        ("Hidden", json!({"view": "hidden"}), 0),
    ];
    for (name, filter, _) in &expected {
        save(&desk, &lead, name, filter.clone()).await;
    }
    desk.views_hold(&lead).await;
    for (name, _, items) in expected {
        assert_eq!(count(&desk, &lead, name).await, items, "{name}");
    }
    // Who may not read messages finds nothing by their words, and has other rows.
    desk.views_hold(&blind).await;
    assert_eq!(count(&desk, &blind, "Secret").await, 0);
    assert_eq!(count(&desk, &blind, "My German").await, 0);
    // A key has nothing of its own.
    let key = desk.key("acme", Role::Viewer, true).await;
    let seen = desk.get(&key, VIEWS).await.ok();
    assert!(!seen.to_string().contains("My German"), "{seen}");
    assert!(seen.to_string().contains("Parcels"), "{seen}");
}

#[tokio::test]
async fn they_are_made_changed_and_deleted_once_and_told_to_open_desks() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let mut events = open_as(&desk.router, ("cookie", &dana.cookie), "")
        .await
        .unwrap();
    let made = save(&desk, &lead, "  German ", json!({"language": "de"})).await;
    assert_eq!(made["name"], "German");
    let id = made["view_id"].as_str().unwrap();
    assert_eq!(events.next_of("view").await["view_id"], id);
    let path = format!("{VIEWS}/{id}");
    let body = json!({"name": "german", "filter": {"language": "en", "assignee": lead.user_id.to_uppercase()}});
    let changed = desk.act(&lead, "PUT", &path, &body).await.ok();
    assert_eq!(changed["name"], "german", "its own name is not another's");
    assert_eq!(changed["filter"]["assignee"], *lead.user_id);
    assert_eq!(events.next_of("view").await["view_id"], id);
    let seen = &saved(&desk, &dana).await[0];
    assert_eq!((&seen["id"], &seen["gone"]), (&json!(id), &json!([])));
    assert_eq!(seen["filter"], changed["filter"]);

    let twice = json!({"name": "GERMAN", "filter": {}});
    let refused = desk.act(&lead, "POST", VIEWS, &twice).await;
    assert_eq!(refused.problem(), "already-exists");
    assert_eq!(
        desk.act(&dana, "POST", VIEWS, &twice).await.problem(),
        "forbidden"
    );
    assert_eq!(
        desk.act(&dana, "DELETE", &path, &Value::Null)
            .await
            .problem(),
        "forbidden"
    );
    let key = Uuid::new_v4();
    let with_key = desk.key("acme", Role::Lead, true).await;
    let body = json!({"name": "Twice sent", "filter": {}});
    let once = desk
        .command_as(&with_key, "POST", VIEWS, &body, key)
        .await
        .ok();
    let again = desk
        .command_as(&with_key, "POST", VIEWS, &body, key)
        .await
        .ok();
    assert_eq!(once, again);
    assert_eq!(saved(&desk, &dana).await.len(), 2);
    desk.act(&lead, "DELETE", &path, &Value::Null).await.ok();
    assert_eq!(
        desk.act(&lead, "DELETE", &path, &Value::Null)
            .await
            .problem(),
        "not-found"
    );
    assert_eq!(
        desk.act(&lead, "PUT", &path, &body).await.problem(),
        "not-found"
    );
    let audited = "SELECT count(*) FROM audit WHERE action LIKE 'view.%' AND detail ? 'name'";
    assert_eq!(desk.count("acme", audited).await, 4);
}

#[tokio::test]
async fn what_no_list_can_be_asked_for_is_not_kept() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    for (name, filter) in [
        (" ", json!({})),
        (&*"x".repeat(41), json!({})),
        ("x", json!({"q": " "})),
        ("x", json!({"assignee": "Ines"})),
        ("x", json!({"assignee": "none", "view": "mine"})),
        ("x", json!({"language": ""})),
        ("x", json!({"handle": "x".repeat(61)})),
        ("x", json!({"tab": "done"})),
        ("x", json!({"view": "of-tomorrow"})),
    ] {
        let body = json!({"name": name, "filter": filter});
        let refused = desk.act(&lead, "POST", VIEWS, &body).await;
        assert_eq!(refused.problem(), "invalid-value", "{body}");
    }
    assert_eq!(saved(&desk, &lead).await.len(), 0);
}

#[tokio::test]
async fn what_a_view_names_may_go() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    stored(&desk).await;
    let body = json!({"name": "VIP", "colour": "#aa0000"});
    let label = desk.act(&lead, "POST", "/api/v1/labels", &body).await.ok()["label_id"].clone();
    let filter = json!({"label": label, "assignee": dana.user_id, "handle": "acme"});
    let view = save(&desk, &lead, "Of Dana", filter.clone()).await;
    save(&desk, &lead, "Parcels", json!({"q": "parcel"})).await;
    let path = format!("/api/v1/labels/{}", label.as_str().unwrap());
    desk.act(&lead, "DELETE", &path, &Value::Null).await.ok();
    let ended = api::users::Rights {
        disabled: Some(true),
        ..api::users::Rights::default()
    };
    let directory = desk.directory();
    directory
        .set_rights("dana@acme.example", ended)
        .await
        .unwrap();
    let renamed = common::CONFIG.replace("pageId = \"acme\"", "pageId = \"acme_help\"");
    let renamed = schemas::org_config::parse_toml(&renamed).unwrap();
    desk.config.send_replace(std::sync::Arc::new(renamed));

    let seen = saved(&desk, &lead).await;
    assert_eq!(seen[0]["gone"], json!(["label", "assignee", "handle"]));
    assert_eq!(
        (&seen[0]["count"], &seen[1]["count"]),
        (&json!(0), &json!(4))
    );
    // It can still be renamed as it is.
    let path = format!("{VIEWS}/{}", view["view_id"].as_str().unwrap());
    let body = json!({"name": "Nobody's", "filter": filter});
    desk.act(&lead, "PUT", &path, &body).await.ok();
}

#[tokio::test]
async fn an_organisation_keeps_twenty_however_they_come() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let other = desk.browser("bolt", "Rob", Role::Lead, true).await;
    let names: Vec<String> = (0..23).map(|n| format!("View {n}")).collect();
    let made = names.iter().map(async |name| {
        let body = json!({"name": name, "filter": {"q": name}});
        desk.act(&lead, "POST", VIEWS, &body).await
    });
    let answers = futures::future::join_all(made).await;
    let refused: Vec<_> = answers.iter().filter(|a| !a.status.is_success()).collect();
    assert_eq!(refused.len(), 3);
    for refused in refused {
        assert_eq!(refused.problem(), "invalid-value");
        let told = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.contains("20 saved views"), "{told}");
    }
    assert_eq!(saved(&desk, &lead).await.len(), 20);
    assert_eq!(saved(&desk, &other).await.len(), 0);
    save(&desk, &other, "View 1", json!({})).await;
}
