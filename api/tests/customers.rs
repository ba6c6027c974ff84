//! Customers found, masked, changed; their interactions.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::desk;
use serde_json::json;

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
