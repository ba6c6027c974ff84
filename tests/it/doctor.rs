//! `earshot doctor` on a running installation beside x-sim.

use earshot_bench::stack::{Org, Stack};
use serde_json::{Value, json};
use x_sim::api::knobs::{AppConfig, OAuth1Config, Permission, UserConfig};
use x_sim::config::Secret;
use x_sim::world::NewPerson;
use x_sim::{Config, XId};

use crate::{binary, directory, orgs, shared};

const APP: u64 = 7;

/// X with the organisation's account, whose token has this permission.
fn x(org: &Org, permission: Permission) -> Config {
    let id = org.x_id.parse::<u64>().unwrap();
    let mut config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        people: vec![NewPerson {
            id: Some(XId(id)),
            handle: org.handle.clone(),
            ..NewPerson::default()
        }],
        ..Config::default()
    };
    config.api.apps.push(AppConfig {
        id: Some(XId(APP)),
        key: Some("k".to_owned()),
        secret: Some(Secret(org.secret.clone())),
        users: vec![UserConfig {
            user: format!("@{}", org.handle),
            oauth1: Some(OAuth1Config {
                token: Some(format!("{}-t", org.x_id)),
                secret: Some(Secret("s".to_owned())),
                permission,
            }),
            oauth2: None,
        }],
        ..AppConfig::default()
    });
    config
}

/// What does not work, and every line. The machine of a test may be short of disk.
fn doctor(stack: &Stack, environment: &[(&str, &str)], more: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let mut command = stack.command(&[&["doctor", "--json"], more].concat());
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    assert!(!text.contains("secret-of"), "{text}");
    let lines = answer["lines"].as_array().unwrap().clone();
    let mut failed = lines.clone();
    failed.retain(|line| line["state"] == "fail");
    assert_eq!(answer["ok"], json!(failed.is_empty()));
    assert_eq!(output.status.code(), Some(i32::from(!failed.is_empty())));
    failed.retain(|line| line["of"] != "disk");
    (failed, lines)
}

fn is_missing_permission(stack: &Stack, org: &Org) {
    let (failed, lines) = doctor(stack, &[], &[]);
    let [missing] = failed.as_slice() else {
        panic!("{lines:#?}")
    };
    assert_eq!(missing["of"], format!("{}/{}", org.id, org.handle));
    assert_eq!(missing["check"], "permissions");
    let what = missing["what"].as_str().unwrap();
    assert!(
        what.contains("dm.read") && what.contains("Private messages do not arrive."),
        "{what}"
    );
    assert!(
        missing["cure"]
            .as_str()
            .unwrap()
            .contains("direct messages")
    );
    let output = stack.command(&["doctor"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("FAIL  northwind/northwindgear: permissions: missing: dm.read"),
        "{text}"
    );
    assert!(text.contains("\n      -> the developer portal"), "{text}");
}

fn is_well(stack: &Stack) {
    let (failed, lines) = doctor(stack, &[], &["--org", "NORTHWIND"]);
    assert_eq!(failed, [] as [Value; 0]);
    for (of, check) in [
        ("clock", "X"),
        ("kafka", "replicas"),
        ("kafka", "rights"),
        ("kafka", "topics"),
        ("kafka", "transactions"),
        ("postgresql", "version"),
        ("postgresql", "role"),
        ("postgresql", "migrations"),
        ("northwind", "listener"),
        ("northwind/northwindgear", "account"),
        ("northwind/northwindgear", "permissions"),
        ("northwind/northwindgear", "gaps"),
        ("northwind/northwindgear", "limits"),
    ] {
        let found = lines
            .iter()
            .find(|line| line["of"] == of && line["check"] == check);
        assert_eq!(
            found.unwrap_or_else(|| panic!("{of} {check}"))["state"],
            "ok"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_its_cure() {
    let org = orgs().remove(0);
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let x = tokio
        .block_on(x_sim::run(x(&org, Permission::Write)))
        .unwrap();
    let prefix = format!("{}.", runtime::testing::unique("doctor"));
    let url = x.url();
    let parts = shared();
    let mut stack = Stack::start(
        (&binary(), &directory()),
        &parts,
        (&prefix, std::slice::from_ref(&org)),
        &[("EARSHOT_X_BASE_URL", &url)],
        &["ingest"],
    )
    .unwrap();
    stack.await_hooks().unwrap();
    is_missing_permission(&stack, &org);

    // As X does it: permission added, token generated anew.
    let token = json!({"app": APP.to_string(), "user": format!("@{}", org.handle),
        "oauth1": {"token": format!("{}-t", org.x_id), "secret": "s", "permission": "dm"}});
    let made = reqwest::Client::new()
        .post(format!("{url}/sim/v1/tokens"))
        .json(&token);
    assert!(tokio.block_on(made.send()).unwrap().status().is_success());
    is_well(&stack);

    let all_powerful = [("EARSHOT_DATABASE_URL", parts.super_url.as_str())];
    assert_eq!(doctor(&stack, &all_powerful, &[]).0[0]["check"], "role");
    assert_eq!(
        doctor(&stack, &[], &["--org", "nobody"]).0[0]["of"],
        "config"
    );
    stack.stop();
    assert_eq!(doctor(&stack, &[], &[]).0[0]["check"], "listener");
    tokio.block_on(x.stop()).unwrap();
}
