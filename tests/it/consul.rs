//! `earshot config check` with the organisations in Consul, in the forms of the process guide.

use std::process::{Command, Output};

use runtime::testing::consul::ConsulStandIn;

use crate::{binary, directory};

const PREFIX: &str = "config/com-manh-cp-social";

fn social(org: &str, handle: &str) -> String {
    format!(
        r#"{{"orgId":"{org}","X/TwitterConfig":{{"pageId":"@{handle}","X/TwitterConsumerKey":"k",
           "X/TwitterConsumerSecret":"geheim","X/TwitterAccessTokenId":"42-t",
           "X/TwitterAccessTokenSecret":"geheim"}}}}"#
    )
}

async fn check(source: &str) -> (i32, String) {
    let (source, dir) = (source.to_owned(), directory());
    let run = move || -> Output {
        Command::new(binary())
            .args(["config", "check"])
            .env("EARSHOT_ORG_SOURCE", source)
            .env("EARSHOT_LOCAL_DIR", dir)
            .output()
            .unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

#[tokio::test]
async fn organisations_are_read_from_keys_and_from_properties() {
    let consul = ConsulStandIn::start().await;
    let source = consul.source(PREFIX);
    consul.put(&format!("{PREFIX}/"), "");
    consul.put(
        &format!("{PREFIX}/socialConfig.acme"),
        social("acme", "acme_help"),
    );
    let properties = format!(
        "# by hand\nother=1\nsocialConfig.zeta={}\n",
        social("zeta", "zeta")
    );
    consul.put(&format!("{PREFIX}/application.properties"), properties);
    consul.put(
        &format!("{PREFIX}-old/socialConfig.gone"),
        social("gone", "gone"),
    );
    let (code, text) = check(&source).await;
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("acme: 1 account(s)\nzeta: 1 account(s)\n"),
        "{text}"
    );

    consul.put(
        &format!("{PREFIX}/socialConfig.acme"),
        social("acme", "no handle"),
    );
    let (code, text) = check(&source).await;
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("acme") && text.contains("pageId"), "{text}");
    assert!(!text.contains("geheim"), "{text}");

    drop(consul);
    let (code, text) = check(&source).await;
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("org_source: Consul does not answer"),
        "{text}"
    );
}
