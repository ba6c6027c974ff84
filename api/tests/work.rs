//! Whose rows are, labels, later, hidden: and that views and tiles count what their lists show.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::items::{NewItem, row};
use common::people::Browser;
use common::{Desk, desk};
use serde_json::{Value, json};
use uuid::Uuid;

/// Four rows, five items: two posts of 30, a post of 31, a message of 32, a post of 33.
async fn stored(desk: &Desk) -> [NewItem; 4] {
    let items = [
        NewItem::post(1, "30", "1", "2026-11-23T08:00:00Z"),
        NewItem::post(3, "31", "3", "2026-11-23T09:00:00Z"),
        NewItem::message(4, "32", "2026-11-23T10:00:00Z"),
        NewItem::post(5, "33", "5", "2026-11-23T11:00:00Z"),
    ];
    for item in &items {
        desk.store(item).await;
    }
    desk.store(&NewItem::post(2, "30", "1", "2026-11-23T08:30:00Z"))
        .await;
    items
}

async fn people_of(desk: &Desk, who: &Browser, query: &str) -> Vec<String> {
    let rows = desk.rows(who, query).await;
    let x_id = |row: &Value| row["person"]["x_id"].as_str().unwrap().to_owned();
    rows.iter().map(x_id).collect()
}

async fn act(desk: &Desk, who: &Browser, item: &NewItem, what: &str, body: Value) -> Value {
    let path = format!("/api/v1/threads/{}/{what}", row(item));
    let method = if what == "labels" { "PUT" } else { "POST" };
    desk.act(who, method, &path, &body).await.ok()
}

#[tokio::test]
async fn a_row_is_given_to_somebody_and_taken_back() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let ines = desk.browser("acme", "Ines", Role::Lead, true).await;
    let viewer = desk.browser("acme", "Vic", Role::Viewer, true).await;
    let stranger = desk.browser("bolt", "Rob", Role::Csr, true).await;
    let items = stored(&desk).await;
    let given = act(
        &desk,
        &dana,
        &items[0],
        "assign",
        json!({"user_id": dana.user_id}),
    )
    .await;
    assert_eq!(
        given["assignee"],
        json!({"user_id": dana.user_id, "name": "Dana"})
    );
    act(
        &desk,
        &ines,
        &items[2],
        "assign",
        json!({"user_id": ines.user_id}),
    )
    .await;
    assert_eq!(people_of(&desk, &dana, "view=mine").await, ["30"]);
    assert_eq!(people_of(&desk, &ines, "view=mine").await, ["32"]);
    assert_eq!(
        people_of(&desk, &dana, "view=unassigned").await,
        ["31", "33"]
    );
    let of_ines = format!("assignee={}", ines.user_id);
    assert_eq!(people_of(&desk, &dana, &of_ines).await, ["32"]);
    assert_eq!(people_of(&desk, &dana, "assignee=none").await, ["31", "33"]);
    desk.views_hold(&dana).await;
    let path = format!("/api/v1/threads/{}", row(&items[0]));
    let head = desk.see(&ines, &path).await.ok();
    assert_eq!(head["assignee"]["name"], "Dana");
    for other in [
        &viewer.user_id,
        &stranger.user_id,
        &Uuid::new_v4().to_string(),
    ] {
        let body = json!({ "user_id": other });
        let refused = desk
            .act(&ines, "POST", &format!("{path}/assign"), &body)
            .await;
        assert_eq!(refused.problem(), "invalid-value");
    }
    // What somebody had who may not work any more is nobody's.
    let gone = api::users::Rights {
        disabled: Some(true),
        ..api::users::Rights::default()
    };
    desk.directory()
        .set_rights("dana@acme.example", gone)
        .await
        .unwrap();
    assert_eq!(
        people_of(&desk, &ines, "view=unassigned").await,
        ["30", "31", "33"]
    );
    act(&desk, &ines, &items[2], "assign", json!({"user_id": null})).await;
    assert_eq!(desk.rows(&ines, "view=mine").await.len(), 0);
    let key = desk.key("acme", Role::Lead, true).await;
    let mine = desk.get(&key, "/api/v1/threads?view=mine").await;
    assert_eq!(mine.problem(), "invalid-parameter");
}

#[tokio::test]
async fn what_rests_or_is_hidden_comes_last_and_is_counted() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let items = stored(&desk).await;
    assert_eq!(people_of(&desk, &dana, "").await, ["30", "31", "32", "33"]);
    let until = json!({"until": "2026-11-24T09:00:00Z"});
    act(&desk, &dana, &items[0], "snooze", until.clone()).await;
    let hidden = act(&desk, &dana, &items[1], "hide", json!({"hidden": true})).await;
    assert_eq!(hidden["hidden_by"], "Dana");
    for (sort, order) in [
        ("waiting", ["32", "33", "30", "31"]),
        ("newest", ["33", "32", "31", "30"]),
    ] {
        let query = format!("sort={sort}");
        assert_eq!(people_of(&desk, &dana, &query).await, order, "{sort}");
    }
    let prior = people_of(&desk, &dana, "sort=priority").await;
    assert!(prior[2..].contains(&"30".to_owned()) && prior[2..].contains(&"31".to_owned()));
    let counts = desk.views_hold(&dana).await;
    assert!(counts.contains(&("snoozed".into(), 2)) && counts.contains(&("hidden".into(), 1)));
    assert_eq!(counts[0], ("all".into(), 5));
    let shown = desk.rows(&dana, "view=snoozed").await;
    assert_eq!(shown[0]["snoozed_until"], "2026-11-24T09:00:00Z");
    // The person writes again: the row is awake.
    desk.set_time("2026-11-23T12:30:00Z");
    desk.store(&NewItem::post(6, "30", "1", "2026-11-23T12:20:00Z"))
        .await;
    assert_eq!(people_of(&desk, &dana, "").await, ["30", "32", "33", "31"]);
    assert_eq!(desk.rows(&dana, "").await[0]["snoozed_until"], json!(null));
    let path = format!("/api/v1/threads/{}", row(&items[0]));
    let head = desk.see(&dana, &path).await.ok();
    assert_eq!(head["snoozed_until"], json!(null));
    // Or the time comes, or it is woken.
    let soon = json!({"until": "2026-11-23T13:00:00Z"});
    act(&desk, &dana, &items[3], "snooze", soon).await;
    assert_eq!(people_of(&desk, &dana, "view=snoozed").await, ["33"]);
    desk.set_time("2026-11-23T13:00:01Z");
    assert_eq!(desk.rows(&dana, "view=snoozed").await.len(), 0);
    act(&desk, &dana, &items[3], "snooze", until).await;
    act(&desk, &dana, &items[3], "snooze", json!({"until": null})).await;
    act(&desk, &dana, &items[1], "hide", json!({"hidden": false})).await;
    assert_eq!(people_of(&desk, &dana, "").await, ["30", "31", "32", "33"]);
    desk.views_hold(&dana).await;
}

#[tokio::test]
async fn what_cannot_rest_is_refused() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    let closed = NewItem::post(1, "30", "1", "2026-11-23T08:00:00Z").closed("2026-11-23T09:00:00Z");
    desk.store(&closed).await;
    let path = format!("/api/v1/threads/{}/snooze", row(&closed));
    let snooze = async |until: &str| {
        let body = json!({ "until": until });
        desk.act(&dana, "POST", &path, &body).await.problem()
    };
    assert_eq!(snooze("2026-11-24T09:00:00Z").await, "illegal-transition");
    assert_eq!(snooze("2026-11-22T09:00:00Z").await, "invalid-value");
    assert_eq!(snooze("2028-01-01T00:00:00Z").await, "invalid-value");
    let nowhere = NewItem::post(9, "99", "9", "2026-11-23T08:00:00Z");
    for what in ["assign", "snooze", "hide", "labels"] {
        let path = format!("/api/v1/threads/{}/{what}", row(&nowhere));
        let method = if what == "labels" { "PUT" } else { "POST" };
        let body = json!({"hidden": true, "labels": []});
        let body = match what {
            "hide" => json!({"hidden": body["hidden"]}),
            "labels" => json!({"labels": []}),
            _ => json!({}),
        };
        let refused = desk.act(&dana, method, &path, &body).await;
        assert_eq!(refused.problem(), "not-found", "{what}");
    }
    assert_eq!(
        desk.count("acme", "SELECT count(*) FROM thread_states")
            .await,
        0
    );
}

#[tokio::test]
async fn labels_are_made_by_leads_and_put_on_rows() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let items = stored(&desk).await;
    let labels = "/api/v1/labels";
    let mut ids = Vec::new();
    for (name, colour) in [("VIP", "#AA0000"), ("Press", "#00aa00")] {
        let body = json!({"name": name, "colour": colour});
        let made = desk.act(&lead, "POST", labels, &body).await.ok();
        ids.push(made["label_id"].clone());
    }
    let vip = json!({"name": "vip", "colour": "#000000"});
    let twice = desk.act(&lead, "POST", labels, &vip).await;
    assert_eq!(twice.problem(), "already-exists");
    for wrong in [
        json!({"name": "x", "colour": "red"}),
        json!({"name": "", "colour": "#000000"}),
    ] {
        let refused = desk.act(&lead, "POST", labels, &wrong).await;
        assert_eq!(refused.problem(), "invalid-value");
    }
    let placed = act(&desk, &lead, &items[0], "labels", json!({ "labels": ids })).await;
    // By name: Press, VIP.
    assert_eq!(placed["labels"], json!([ids[1], ids[0]]));
    act(
        &desk,
        &lead,
        &items[0],
        "labels",
        json!({"labels": [ids[0]]}),
    )
    .await;
    let vip = format!("label={}", ids[0].as_str().unwrap());
    assert_eq!(people_of(&desk, &lead, &vip).await, ["30"]);
    let press = format!("label={}", ids[1].as_str().unwrap());
    assert_eq!(desk.rows(&lead, &press).await.len(), 0);
    let path = format!("/api/v1/threads/{}/labels", row(&items[0]));
    let unknown = json!({"labels": [Uuid::new_v4()]});
    let refused = desk.act(&lead, "PUT", &path, &unknown).await;
    assert_eq!(refused.problem(), "invalid-value");
    let one = format!("{labels}/{}", ids[0].as_str().unwrap());
    let change = json!({"name": "Very important", "colour": "#aa0000"});
    desk.act(&lead, "PUT", &one, &change).await.ok();
    let all = desk.see(&lead, labels).await.ok();
    let names: Vec<&Value> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["name"])
        .collect();
    assert_eq!(names, ["Press", "Very important"]);
    desk.act(&lead, "DELETE", &one, &json!(null)).await.ok();
    assert_eq!(desk.rows(&lead, "").await[0]["labels"], json!([]));
    assert_eq!(
        desk.act(&lead, "DELETE", &one, &json!(null))
            .await
            .problem(),
        "not-found"
    );
}

#[tokio::test]
async fn many_rows_are_given_labelled_and_put_to_rest_at_once() {
    let desk = desk().await;
    let lead = desk.browser("acme", "Ines", Role::Lead, true).await;
    let items = stored(&desk).await;
    let body = json!({"name": "VIP", "colour": "#aa0000"});
    let label = desk.act(&lead, "POST", "/api/v1/labels", &body).await.ok();
    let nowhere = NewItem::post(9, "99", "9", "2026-11-23T08:00:00Z");
    let rows: Vec<Value> = [&items[0], &items[2], &nowhere]
        .iter()
        .map(|item| json!({"id": row(item)}))
        .collect();
    let bulk = async |path: &str, more: Value| {
        let mut body = json!({ "threads": rows });
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        desk.act(&lead, "POST", path, &body).await
    };
    let path = "/api/v1/threads/bulk";
    let assign = json!({"action": "assign", "user_id": lead.user_id});
    let dry = bulk(&format!("{path}?dry_run=true"), assign.clone())
        .await
        .ok();
    assert_eq!(dry["threads"][2]["problem"], "not-found");
    assert_eq!(dry["threads"][0]["left_active"], 2);
    assert_eq!(desk.rows(&lead, "view=mine").await.len(), 0);
    bulk(path, assign).await.ok();
    assert_eq!(people_of(&desk, &lead, "view=mine").await, ["30", "32"]);
    bulk(
        path,
        json!({"action": "label", "labels": [label["label_id"]]}),
    )
    .await
    .ok();
    let query = format!("label={}", label["label_id"].as_str().unwrap());
    assert_eq!(people_of(&desk, &lead, &query).await, ["30", "32"]);
    bulk(
        path,
        json!({"action": "snooze", "until": "2026-11-24T09:00:00Z"}),
    )
    .await
    .ok();
    assert_eq!(people_of(&desk, &lead, "view=snoozed").await, ["30", "32"]);
    let refused = bulk(path, json!({"action": "assign", "user_id": Uuid::new_v4()})).await;
    assert_eq!(refused.problem(), "invalid-value");
    desk.views_hold(&lead).await;
}

#[tokio::test]
async fn lists_are_narrowed_by_language_picture_and_account_in_both_tabs() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    stored(&desk).await;
    let done = NewItem::post(7, "34", "7", "2026-11-23T07:00:00Z").closed("2026-11-23T11:30:00Z");
    let other = NewItem::post(8, "35", "8", "2026-11-23T07:00:00Z").closed("2026-11-23T11:40:00Z");
    desk.store(&done).await;
    desk.store(&other).await;
    desk.run(
        "acme",
        "UPDATE items SET lang = 'de', accounts = '{900}', media = '[{\"media_type\":\"photo\"}]'
          WHERE x_id IN ('1', '7')",
    )
    .await;
    for query in ["language=de", "has_image=true", "handle=acme", "handle=900"] {
        assert_eq!(people_of(&desk, &dana, query).await, ["30"], "{query}");
        let query = format!("tab=done&{query}");
        assert_eq!(people_of(&desk, &dana, &query).await, ["34"], "{query}");
    }
    // The badge counts the whole row, as the tile does.
    assert_eq!(desk.rows(&dana, "language=de").await[0]["count"], 2);
    act(
        &desk,
        &dana,
        &other,
        "assign",
        json!({"user_id": dana.user_id}),
    )
    .await;
    assert_eq!(people_of(&desk, &dana, "tab=done&view=mine").await, ["35"]);
    assert_eq!(
        people_of(&desk, &dana, "tab=done&assignee=none").await,
        ["34"]
    );
    for wrong in ["handle=nobody", "assignee=x", "tab=done&view=snoozed"] {
        let path = format!("/api/v1/threads?{wrong}");
        assert_eq!(
            desk.see(&dana, &path).await.problem(),
            "invalid-parameter",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_a_row_names_as_its_newest_is_what_done_closes_it_through() {
    let desk = desk().await;
    let dana = desk.browser("acme", "Dana", Role::Csr, true).await;
    // Ten posts of one second, then one whose time is that of an edit.
    let posts = (10..20).map(|n| (n, "2026-11-23T09:00:00Z"));
    for (x_id, at) in posts.chain([(9, "2026-11-23T10:00:00Z")]) {
        desk.store(&NewItem::post(x_id, "30", "1", at)).await;
    }
    let rows = desk.rows(&dana, "tab=active").await;
    let path = format!("/api/v1/threads/{}", rows[0]["id"].as_str().unwrap());
    let head = desk.see(&dana, &path).await.ok();
    assert_eq!(head["newest"], rows[0]["item_id"]);
    let body = json!({ "through": rows[0]["item_id"] });
    let did = desk
        .act(&dana, "POST", &format!("{path}/done"), &body)
        .await;
    assert_eq!(did.ok()["left_active"], json!(0));
    let done = desk.rows(&dana, "tab=done").await;
    assert_eq!(done[0]["item_id"], rows[0]["item_id"]);
}
