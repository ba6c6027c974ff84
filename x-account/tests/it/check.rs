//! Each thing that can be wrong with an account at X, against x-sim.

use std::sync::Arc;

use runtime::health::State;
use runtime::pg::facts::Fact;
use schemas::org_config::{OrgConfig, parse};
use serde_json::{Value, json};
use x_account::check::{Checked, LOST, Subject, WEBHOOK, check};

use crate::setup::{Lab, Process};

const HOOK: &str = "https://care.example/hooks/x/acme";

fn org(handle: &str, id: &str) -> Arc<OrgConfig> {
    let text = format!(
        r#"socialConfig.acme={{"orgId":"acme","XConfig":{{"pageId":"{handle}","XConsumerKey":"key",
        "XConsumerSecret":"secret","XAccessTokenId":"{id}-old","XAccessTokenSecret":"secret-of-42-old"}}}}"#
    );
    parse(&text).unwrap().get("acme").unwrap().clone()
}

async fn look(lab: &Lab, process: &Process, org: &OrgConfig, known: &[Fact]) -> Checked {
    let subject = Subject {
        org,
        account: &org.accounts[0],
        client: &process.client,
        hook: Some(HOOK),
        known,
        now: lab.clock.now(),
    };
    check(&subject).await
}

fn state(checked: &Checked, name: &str) -> (State, String) {
    let line = checked.lines.iter().find(|line| line.check == name);
    let line = line.unwrap_or_else(|| panic!("no line {name}: {:?}", checked.lines));
    assert_eq!(line.cure.is_empty(), line.state == State::Ok, "{line:?}");
    (line.state, line.what.clone())
}

fn fact<'a>(checked: &'a Checked, name: &str) -> &'a Value {
    &checked
        .facts
        .iter()
        .find(|fact| fact.name == name)
        .unwrap()
        .value
}

async fn control(lab: &Lab, path: &str, body: Value) {
    let url = format!("{}/sim/v1{path}", lab.sim.url());
    let answer = reqwest::Client::new()
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{path}");
}

async fn permit(lab: &Lab, permission: &str) {
    let oauth1 = json!({"token": "42-old", "secret": "secret-of-42-old", "permission": permission});
    let body = json!({"app": "7", "user": "@acme_help", "oauth1": oauth1});
    control(lab, "/tokens", body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_names_the_features_that_are_off() {
    let lab = Lab::new().await;
    let (process, org) = (lab.process(false), org("@ACME_help", "42"));
    let seen = look(&lab, &process, &org, &[]).await;
    for name in ["token", "account", "permissions", "DM setting"] {
        assert_eq!(state(&seen, name).0, State::Ok, "{name}");
    }
    assert_eq!(fact(&seen, LOST), &json!({ "lost": [] }));

    permit(&lab, "write").await;
    let seen = look(&lab, &process, &org, &[]).await;
    let (failed, what) = state(&seen, "permissions");
    assert_eq!(failed, State::Fail);
    assert!(
        what.contains("dm.read") && what.contains("Private messages do not arrive."),
        "{what}"
    );
    let lost = &fact(&seen, LOST)["lost"];
    assert_eq!(
        lost[1],
        json!({"permission": "dm.write", "feature": "Private messages cannot be sent."})
    );
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dm_setting_that_is_off_and_a_token_that_is_older_than_it_are_told() {
    let lab = Lab::new().await;
    let (process, org) = (lab.process(false), org("acme_help", "42"));
    control(
        &lab,
        "/profiles",
        json!({"person": "@acme_help", "dms_closed": true}),
    )
    .await;
    let closed = look(&lab, &process, &org, &[]).await;
    assert_eq!(state(&closed, "DM setting").0, State::Fail);

    control(
        &lab,
        "/profiles",
        json!({"person": "@acme_help", "dms_closed": false}),
    )
    .await;
    lab.clock.advance(chrono::TimeDelta::minutes(1));
    let opened = look(&lab, &process, &org, &closed.facts).await;
    let (warned, what) = state(&opened, "DM setting");
    assert_eq!(warned, State::Warn);
    assert!(
        what.contains("token is older than the DM setting"),
        "{what}"
    );
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_account_a_new_handle_and_revoked_keys_are_told_apart() {
    let lab = Lab::new().await;
    let process = lab.process(false);
    let seen = look(&lab, &process, &org("acme_help", "43"), &[]).await;
    assert_eq!(state(&seen, "account").0, State::Fail);
    let seen = look(&lab, &process, &org("before", "42"), &[]).await;
    assert_eq!(state(&seen, "account").0, State::Warn);
    control(&lab, "/revocations", json!({"account": "@acme_help"})).await;
    let seen = look(&lab, &process, &org("acme_help", "42"), &[]).await;
    assert_eq!(state(&seen, "token").0, State::Fail);
    assert!(!seen.lines.iter().any(|line| line.check == "permissions"));
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_missing_or_invalid_is_told() {
    let lab = Lab::new().await;
    let (process, org) = (lab.process(false), org("acme_help", "42"));
    let seen = look(&lab, &process, &org, &[]).await;
    assert_eq!(state(&seen, "webhook").0, State::Fail);
    assert_eq!(fact(&seen, WEBHOOK), &json!({ "registered": false }));

    let config = x_sim::config::WebhookConfig {
        url: HOOK.to_owned(),
        secret: x_sim::config::Secret("secret".to_owned()),
        envelope: x_sim::config::Envelope::Xaa,
        accounts: Vec::new(),
        watch: Vec::new(),
    };
    // Registered, and never validated: nobody listens there.
    lab.sim.sim.register_when_ready(&config).unwrap();
    let seen = look(&lab, &process, &org, &[]).await;
    let (failed, what) = state(&seen, "webhook");
    assert_eq!(failed, State::Fail);
    assert!(what.contains("invalid"), "{what}");
    assert_eq!(fact(&seen, WEBHOOK)["valid"], json!(false));
    lab.sim.stop().await.unwrap();
}
