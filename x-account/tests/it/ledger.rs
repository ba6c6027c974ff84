//! What was called and what it cost, in rows of the day and in metrics.

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use x_client::usage::MicroUsd;

use crate::setup::{ACCOUNT, Lab, ORG, Process, calls};

async fn costs(lab: &Lab, process: &Process, days_ago: i64) -> Vec<x_account::Cost> {
    let day = (lab.clock.now() - TimeDelta::days(days_ago)).date_naive();
    let mut scope = runtime::pg::begin(&process.pool, &[ORG]).await.unwrap();
    x_account::costs(&mut scope, ORG, day).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_all_processes_add_up_by_day_and_account() {
    let lab = Lab::new().await;
    let (one, two) = (lab.process(false), lab.process(false));
    for client in [&one.client, &one.client, &two.client] {
        client.me().await.unwrap();
    }
    one.ledger.write(&one.pool).await.unwrap();
    one.ledger.write(&one.pool).await.unwrap();
    two.ledger.write(&two.pool).await.unwrap();
    let expected = x_account::Cost {
        account: ACCOUNT.to_owned(),
        calls: 3,
        failed: 0,
        cost: MicroUsd(3_000),
    };
    assert_eq!(costs(&lab, &one, 0).await.first(), Some(&expected));
    assert_eq!(calls(&one.pool, "users.me").await, 3);

    lab.advance(24);
    two.client.me().await.unwrap();
    two.ledger.write(&two.pool).await.unwrap();
    assert_eq!(costs(&lab, &one, 1).await, [expected]);
    assert_eq!(costs(&lab, &one, 0).await[0].cost, MicroUsd(1_000));

    let text = one.telemetry.text();
    let row = r#"earshot_x_calls_total{endpoint="users.me",org="acme",status="200"} 2"#;
    assert!(text.contains(row), "{text}");
    let row = r#"earshot_x_cost_micro_usd_total{account="42",org="acme"} 2000"#;
    assert!(text.contains(row), "{text}");
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_written_is_written_later_and_at_the_end() {
    let lab = Lab::new().await;
    let process = lab.process(false);
    process.client.me().await.unwrap();
    let away = runtime::pg::pool("postgres://u@127.0.0.1:1/d", 1).unwrap();
    process.ledger.write(&away).await.unwrap_err();
    assert_eq!(costs(&lab, &process, 0).await, []);

    let shutdown = CancellationToken::new();
    let run = process
        .ledger
        .clone()
        .run(process.pool.clone(), shutdown.clone());
    shutdown.cancel();
    run.await;
    assert_eq!(costs(&lab, &process, 0).await[0].calls, 1);
    lab.sim.stop().await.unwrap();
}
