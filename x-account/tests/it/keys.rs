//! An access token that is replaced while the program runs.

use x_client::Error;

use crate::setup::{Lab, credentials};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_call_uses_the_token_that_the_configuration_has_now() {
    let lab = Lab::new().await;
    let client = lab.process(false).client;
    client.me().await.unwrap();
    let control = |path: &str| format!("{}/sim/v1{path}", lab.sim.url());
    let http = reqwest::Client::new();
    let made = http
        .post(control("/tokens"))
        .json(&serde_json::json!({"app": "7", "user": "@acme_help",
            "oauth1": {"token": "42-new", "secret": "secret-of-42-new"}}))
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success());
    // Both stand at X for a moment: the configuration is changed, then the old one is revoked.
    client.set_credentials(credentials("42-new"));
    let revoked = http.delete(control("/tokens/42-old")).send().await.unwrap();
    assert!(revoked.status().is_success());
    client.me().await.unwrap();
    client.set_credentials(credentials("42-old"));
    let error = client.me().await.unwrap_err();
    assert!(matches!(error, Error::AuthLost { .. }), "{error}");
    lab.sim.stop().await.unwrap();
}
