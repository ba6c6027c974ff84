//! A check that the desk asks for is done by one process, and once.

use chrono::TimeDelta;
use runtime::health::State;
use runtime::pg::facts::{self, Fact};
use schemas::org_config::{Organisations, parse};
use serde_json::{Value, json};
use x_account::checker::{Checker, REQUESTED};

use crate::setup::{ACCOUNT, Lab, ORG, Process, calls};

fn orgs() -> Organisations {
    parse(
        r#"socialConfig.acme={"orgId":"acme","XConfig":{"pageId":"acme_help","XConsumerKey":"key",
        "XConsumerSecret":"secret","XAccessTokenId":"42-old","XAccessTokenSecret":"secret-of-42-old"}}"#,
    )
    .unwrap()
}

fn checker(lab: &Lab, process: &Process) -> Checker {
    Checker {
        api: process.api.clone(),
        pool: process.pool.clone(),
        clock: lab.clock.clone(),
        base_url: None,
    }
}

async fn ask(lab: &Lab, process: &Process) {
    let asked = Fact {
        subject: ACCOUNT.to_owned(),
        name: REQUESTED.to_owned(),
        value: json!({ "by": "key:ops" }),
        at: lab.clock.now(),
    };
    let mut scope = runtime::pg::begin(&process.pool, &[ORG]).await.unwrap();
    facts::write(&mut scope, ORG, &[asked]).await.unwrap();
    scope.commit().await.unwrap();
}

async fn fact(process: &Process, name: &str) -> Option<Value> {
    let mut scope = runtime::pg::begin(&process.pool, &[ORG]).await.unwrap();
    let all = facts::all(&mut scope, ORG).await.unwrap();
    let found = all
        .into_iter()
        .find(|fact| fact.subject == ACCOUNT && fact.name == name);
    found.map(|fact| fact.value)
}

async fn checks_made(process: &[&Process]) -> i64 {
    for process in process {
        process.ledger.write(&process.pool).await.unwrap();
    }
    calls(&process[0].pool, "users.me").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_does_what_was_asked_for_and_tells_the_desk() {
    let lab = Lab::new().await;
    let (one, two) = (lab.process(false), lab.process(false));
    let (first, second) = (checker(&lab, &one), checker(&lab, &two));
    let orgs = orgs();
    first.pass(&orgs).await.unwrap();
    assert_eq!(fact(&one, "checked").await, None, "nobody asked");
    for asked in 1..=2 {
        ask(&lab, &one).await;
        let (a, b) = tokio::join!(first.pass(&orgs), second.pass(&orgs));
        a.unwrap();
        b.unwrap();
        assert_eq!(checks_made(&[&one, &two]).await, asked);
        lab.clock.advance(TimeDelta::minutes(1));
    }
    let checked = fact(&one, "checked").await.unwrap();
    let lines: Vec<runtime::health::Line> =
        serde_json::from_value(checked["lines"].clone()).unwrap();
    let state = |check: &str| lines.iter().find(|line| line.check == check).unwrap().state;
    assert_eq!(state("token"), State::Ok);
    assert_eq!(state("webhook"), State::Warn, "no public address");
    lab.sim.stop().await.unwrap();
}
