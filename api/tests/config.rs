//! An organisation's configuration as it is in force, and one looked over.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::time::Duration;

use api::Source;
use api::config_versions::record;
use api::http::auth::Role;
use common::{Desk, desk};
use runtime::testing::wait_for;
use runtime::watch::watch_file;
use schemas::org_config::parse_toml;
use serde_json::{Value, json};
use uuid::Uuid;

const CONFIG: &str = "/api/v1/config";
const PATIENCE: Duration = Duration::from_secs(20);
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

const VERSIONS: &str = "/api/v1/config/versions";

/// What the organisation's versions are, newest first, as soon as there are so many.
async fn versions(desk: &Desk, key: &str, count: usize) -> Vec<Value> {
    let what = format!("{count} versions");
    wait_for(&what, PATIENCE, async || {
        let page = desk.get(key, VERSIONS).await.ok();
        let items = page["items"].as_array().unwrap().clone();
        (items.len() >= count).then_some(items)
    })
    .await
}

fn hour(at: &Value, hour: u32) -> bool {
    let start = format!("2026-11-23T{hour}:");
    at.as_str().is_some_and(|at| at.starts_with(&start))
}

/// A desk with two processes that follow a file and keep its versions.
async fn following(path: &Path) -> Desk {
    let desk = desk().await;
    std::fs::write(path, common::CONFIG).unwrap();
    for _ in 0..2 {
        let clock = desk.clock.clone();
        let followed = watch_file(path, clock, parse_toml, |_| ()).await;
        let (orgs, rejection) = followed.unwrap();
        let app = desk.process(Source {
            orgs,
            rejection,
            away: tokio::sync::watch::channel(None).1,
            name: "file:social.toml".to_owned(),
        });
        tokio::spawn(record(app));
    }
    desk
}

#[tokio::test]
async fn each_version_is_kept_once_with_what_was_refused_and_without_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("social.toml");
    let desk = following(&path).await;
    let ops = desk.key("acme", Role::Ops, false).await;
    let bolt = desk.key("bolt", Role::Admin, false).await;
    versions(&desk, &ops, 1).await;
    versions(&desk, &bolt, 1).await;

    desk.set_time("2026-11-23T13:00:00Z");
    let broken = common::CONFIG.replace("Europe/Berlin", "Mars/Olympus");
    std::fs::write(&path, broken).unwrap();
    let seen = versions(&desk, &ops, 2).await;
    assert_eq!(
        (&seen[0]["accepted"], &seen[1]["accepted"]),
        (&json!(false), &json!(true))
    );
    assert!(hour(&seen[0]["at"], 13));
    assert_eq!(seen[0]["organisation"], Value::Null);
    let reason = seen[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("time_zone") && !reason.contains("Mars"),
        "{reason}"
    );
    // Of the other's fault it is told that there is one.
    let of_bolt = versions(&desk, &bolt, 2).await;
    assert!(!of_bolt[0].to_string().contains("acme"), "{}", of_bolt[0]);

    desk.set_time("2026-11-23T14:00:00Z");
    let changed = common::CONFIG.replace("Europe/Berlin", "Asia/Tokyo");
    std::fs::write(&path, &changed).unwrap();
    let seen = versions(&desk, &ops, 3).await;
    assert_eq!(
        seen[0]["organisation"]["settings"]["time_zone"],
        "Asia/Tokyo"
    );
    assert_eq!(
        (&seen[0]["source"], &seen[0]["reason"]),
        (&json!("file:social.toml"), &Value::Null)
    );

    // A secret alone: looks alike, and is another version.
    let rotated = changed.replacen(
        "consumerSecret = \"invented\"",
        "consumerSecret = \"hush\"",
        1,
    );
    std::fs::write(&path, rotated).unwrap();
    let seen = versions(&desk, &ops, 4).await;
    assert_eq!(seen[0]["organisation"], seen[1]["organisation"]);
    assert!(!json!(seen).to_string().contains("hush"));

    // What was before comes into force again: the same version, the newest now.
    desk.set_time("2026-11-23T15:00:00Z");
    std::fs::write(&path, common::CONFIG).unwrap();
    let again = wait_for("the first is in force again", PATIENCE, async || {
        let seen = versions(&desk, &ops, 4).await;
        hour(&seen[0]["at"], 15).then_some(seen)
    })
    .await;
    assert_eq!(again.len(), 4);
    assert!(hour(&again[0]["first_at"], 12));
    assert_eq!(
        again[0]["organisation"]["settings"]["time_zone"],
        "Europe/Berlin"
    );
    // Of the other's changes bolt knows the refused one only.
    assert_eq!(versions(&desk, &bolt, 2).await.len(), 2);
    let lead = desk.key("acme", Role::Lead, true).await;
    assert_eq!(desk.get(&lead, VERSIONS).await.problem(), "forbidden");
}

#[tokio::test]
async fn the_last_two_hundred_are_kept_in_pages_and_the_one_in_force_among_them() {
    let desk = desk().await;
    let ops = desk.key("acme", Role::Ops, false).await;
    desk.run(
        "acme",
        "INSERT INTO config_versions (org, version_id, digest, first_at, at, source, reason)
         SELECT 'acme', gen_random_uuid(), int4send(n), '2026-11-24Z', timestamptz '2026-11-24Z' + n % 7 * interval '1 s',
                'file:x', 'refusal ' || n
           FROM generate_series(1, 230) n",
    )
    .await;
    tokio::spawn(record(desk.app.clone()));
    let accepted = "SELECT count(*) FROM config_versions WHERE shown IS NOT NULL";
    wait_for("it is written", PATIENCE, async || {
        (desk.count("acme", accepted).await == 1).then_some(())
    })
    .await;
    let mut seen = std::collections::BTreeSet::new();
    let mut path = format!("{VERSIONS}?limit=150");
    loop {
        let page = desk.get(&ops, &path).await.ok();
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|one| one["version_id"].to_string()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("{VERSIONS}?limit=150&cursor={next}");
    }
    // Older than all that was refused, and still there.
    assert_eq!(seen.len(), 201);
}
