//! An organisation's configuration as it is in force, and one looked over.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::http::auth::Role;
use common::desk;
use serde_json::{Value, json};
use uuid::Uuid;

const CONFIG: &str = "/api/v1/config";
const VALIDATE: &str = "/api/v1/config/validate";

#[tokio::test]
async fn it_is_shown_to_its_operators_without_a_secret() {
    let desk = desk().await;
    let ops = desk.key("acme", Role::Ops, false).await;
    let seen = desk.get(&ops, CONFIG).await.ok();
    let org = &seen["organisation"];
    assert_eq!(org["org_id"], "acme");
    assert_eq!(org["settings"]["time_zone"], "Europe/Berlin");
    assert_eq!(org["accounts"][0]["pageId"], "acme");
    assert_eq!(seen["state"]["rejected_at"], Value::Null);
    assert!(!seen.to_string().contains("invented"), "{seen}");
    let lead = desk.key("acme", Role::Lead, true).await;
    assert_eq!(desk.get(&lead, CONFIG).await.problem(), "forbidden");
}

#[tokio::test]
async fn a_text_is_looked_over_and_not_kept() {
    let desk = desk().await;
    let ops = desk.key("acme", Role::Ops, false).await;
    let look = async |form: &str, text: &str| {
        let body = json!({ "form": form, "text": text });
        let answer = desk.command_as(&ops, "POST", VALIDATE, &body, Uuid::new_v4());
        answer.await.ok()
    };
    let good = look("toml", common::CONFIG).await;
    assert_eq!(
        (&good["valid"], &good["organisations"]),
        (&json!(true), &json!(["acme", "bolt"]))
    );

    let secret = "hush-hush";
    let bad = format!(
        r#"socialConfig.acme={{"orgId":"acme","X/TwitterConfig":{{"pageId":"acme","consumerKey":"{secret}"}}}}
earshot.acme={{"undo_send_s":900}}"#
    );
    let bad = look("properties", &bad).await;
    assert_eq!(bad["valid"], false);
    let keys: Vec<&str> = bad["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["key"].as_str().unwrap())
        .collect();
    assert!(keys.iter().any(|key| key.contains("undo_send_s")), "{bad}");
    assert!(keys.len() > 1, "everything at once: {bad}");
    assert!(!bad.to_string().contains(secret), "{bad}");

    let still = desk.get(&ops, CONFIG).await.ok();
    assert_eq!(still["organisation"]["settings"]["undo_send_s"], 5);
}
