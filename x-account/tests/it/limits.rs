//! What is left of X's limits, as the desk finds it whichever process called X.

use chrono::{DateTime, Utc};
use runtime::pg::facts::{self, Fact};
use schemas::org_config::{Organisations, parse};
use x_account::limits::{LIMIT, Limits};

use crate::setup::{ACCOUNT, Lab, ORG, Process};

fn orgs() -> Organisations {
    parse(
        r#"socialConfig.acme={"orgId":"acme","XConfig":{"pageId":"acme_help","XConsumerKey":"key",
        "XConsumerSecret":"secret","XAccessTokenId":"42-old","XAccessTokenSecret":"secret-of-42-old"}}"#,
    )
    .unwrap()
}

async fn write(process: &Process, since: DateTime<Utc>) -> DateTime<Utc> {
    let limits = Limits {
        api: process.api.clone(),
        pool: process.pool.clone(),
    };
    limits.write(&orgs(), since).await.unwrap()
}

async fn known(process: &Process) -> Vec<Fact> {
    let mut scope = runtime::pg::begin(&process.pool, &[ORG]).await.unwrap();
    let mut all = facts::all(&mut scope, ORG).await.unwrap();
    all.retain(|fact| fact.name.starts_with(LIMIT));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_word_of_any_process_stands() {
    let lab = Lab::new().await;
    let (one, two) = (lab.process(false), lab.process(false));
    let start = lab.clock.now();
    write(&one, start).await;
    assert_eq!(known(&one).await, [], "X has said nothing yet");
    one.client.me().await.unwrap();
    let newest = write(&one, start).await;
    let first = known(&one).await.remove(0);
    assert_eq!(first.subject, ACCOUNT);
    assert_eq!(first.value["endpoint"], "users.me");
    assert_eq!(first.value["of"], "account");
    let left = first.value["remaining"].as_i64().unwrap();
    assert_eq!(first.value["limit"].as_i64().unwrap(), left + 1);

    two.client.me().await.unwrap();
    write(&two, start).await;
    assert_eq!(known(&one).await[0].value["remaining"], left - 1);
    // What one process knew before does not come back over it.
    assert_eq!(write(&one, newest).await, newest);
    write(&one, start).await;
    assert_eq!(known(&one).await[0].value["remaining"], left - 1);
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_app_is_told_of_its_accounts() {
    let lab = Lab::new().await;
    let process = lab.process(false);
    process.client.webhooks().await.unwrap();
    write(&process, DateTime::<Utc>::MIN_UTC).await;
    let known = known(&process).await;
    let of_app = known
        .iter()
        .find(|fact| fact.name == "limit:webhooks.list:quarter");
    let of_app = of_app.unwrap_or_else(|| panic!("{known:?}"));
    assert_eq!(
        (of_app.subject.as_str(), &of_app.value["of"]),
        (ACCOUNT, &"app".into())
    );
    lab.sim.stop().await.unwrap();
}
