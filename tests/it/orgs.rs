//! How each organisation stands, at a terminal.

use serde_json::{Value, json};
use sqlx::raw_sql;

use crate::installed::Installed;

const SEEN: &str = "INSERT INTO channel_facts (org, account, way, state, since, checked_at, last_event_at)
                    VALUES ('acme', '900', 'poll', 'running', now(), now(), '2026-11-27T09:00:00Z')";

#[test]
fn organisations_are_listed_with_their_ways() {
    let installed = Installed::new();
    installed.does(&["migrate"]);
    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(async {
        let pool = runtime::pg::pool(&installed.parts.super_url, 1).unwrap();
        raw_sql(SEEN).execute(&pool).await.unwrap();
    });
    let listed = || -> Value {
        let text = installed.does(&["orgs", "list", "--json"]);
        serde_json::from_str(&text).unwrap()
    };
    let all = listed();
    let one = &all[0];
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!((&one["org"], &one["accounts"]), (&json!("acme"), &json!(1)));
    assert_eq!(one["ways"]["poll"], json!({ "running": 1 }), "{all}");
    assert_eq!(
        (&one["active"], &one["stopped"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(one["last_event_at"], "2026-11-27T09:00:00Z");

    for way in ["poll", "webhook", "stream"] {
        installed.does(&[
            "channels",
            "stop",
            "--org",
            "acme",
            "--account",
            "acme",
            "--way",
            way,
        ]);
    }
    assert_eq!(listed()[0]["stopped"], true);
    let text = installed.does(&["orgs", "list"]);
    assert!(
        text.starts_with("acme  1 account(s)  stopped: every way is off  0 active"),
        "{text}"
    );
}
