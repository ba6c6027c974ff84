//! One renewal at a time over all processes, kept sealed.

use futures::future::join_all;
use runtime::pg::sealed::Sealed;
use runtime::sealed::Keys;
use secrecy::ExposeSecret as _;
use sqlx::Connection as _;
use x_client::oauth2::TokenStore as _;
use x_client::{AccountKey, Error};

use crate::setup::{ACCOUNT, Lab, ORG, Process, calls};

async fn all_call(processes: &[Process]) {
    let calls = processes.iter().flat_map(|process| {
        (0..4).map(|_| {
            let client = process.client.clone();
            async move { client.me().await }
        })
    });
    for answer in join_all(calls).await {
        answer.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_call_at_once_renew_once() {
    let lab = Lab::new().await;
    let processes = [lab.process(true), lab.process(true), lab.process(true)];
    // X takes each refresh token once: a second renewal with the same one would fail its call.
    for renewals in 1..=3 {
        all_call(&processes).await;
        for process in &processes {
            process.ledger.write(&process.pool).await.unwrap();
        }
        assert_eq!(calls(&processes[0].pool, "oauth2.refresh").await, renewals);
        lab.advance(3);
    }
    // A process that starts later goes on from what is stored.
    let later = lab.process(true);
    all_call(std::slice::from_ref(&later)).await;
    later.ledger.write(&later.pool).await.unwrap();
    assert_eq!(calls(&later.pool, "oauth2.refresh").await, 4);
    let stored = later.client.stored_tokens().await.unwrap().unwrap();
    assert!(stored.scopes.contains(&"dm.read".to_owned()));
    assert!(stored.expires_at > lab.clock.now());
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_reads_the_table_has_a_token() {
    let lab = Lab::new().await;
    let process = lab.process(true);
    process.client.me().await.unwrap();
    let stored = process.client.stored_tokens().await.unwrap().unwrap();
    let (server, _) = runtime::testing::parts()
        .super_url
        .rsplit_once('/')
        .unwrap();
    let url = format!("{server}/{}", lab.database.name());
    let mut superuser = sqlx::PgConnection::connect(&url).await.unwrap();
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as("SELECT name, sealed FROM sealed_values")
        .fetch_all(&mut superuser)
        .await
        .unwrap();
    let [(name, sealed)] = rows.as_slice() else {
        panic!("{} rows", rows.len())
    };
    assert_eq!(name, &format!("oauth2/{ACCOUNT}"));
    for secret in [&stored.access, &stored.refresh] {
        let secret = secret.expose_secret().as_bytes();
        assert!(!sealed.windows(secret.len()).any(|bytes| bytes == secret));
    }
    // Another organisation neither sees it nor opens it.
    assert!(process.sealed.load("other", name).await.unwrap().is_none());
    sqlx::query("UPDATE sealed_values SET org = 'other'")
        .execute(&mut superuser)
        .await
        .unwrap();
    assert!(process.sealed.load("other", name).await.is_err());
    lab.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_given_up_leaves_what_was_there_to_the_next() {
    let lab = Lab::new().await;
    let (one, two) = (lab.process(true), lab.process(true));
    let turn = one.sealed.turn(ORG, "a").await.unwrap();
    assert!(turn.current().is_none());
    let waits = tokio::spawn(async move {
        let turn = two.sealed.turn(ORG, "a").await.unwrap();
        let found = turn.current().map(|value| value.expose_secret().to_owned());
        turn.commit(&"second".into(), two_now()).await.unwrap();
        found
    });
    // As when its process dies.
    drop(turn);
    assert_eq!(waits.await.unwrap(), None);
    let turn = one.sealed.turn(ORG, "a").await.unwrap();
    assert_eq!(turn.current().unwrap().expose_secret(), "second");
    // Another name is not held up by it.
    one.sealed.turn(ORG, "b").await.unwrap();
    drop(turn);
    lab.sim.stop().await.unwrap();
}

fn two_now() -> chrono::DateTime<chrono::Utc> {
    runtime::clock::Clock::default().now()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_nothing_is_sent_and_nothing_is_lost() {
    let lab = Lab::new().await;
    lab.process(true).client.me().await.unwrap();
    let other = Keys::read_or_make(&lab.key_file().join("other.key")).unwrap();
    let pool = runtime::pg::pool(&lab.database.app_url, 2).unwrap();
    let store = x_account::PgTokens::new(Sealed::new(pool, other), lab.clock.clone());
    let key: AccountKey = x_account::key(ORG, ACCOUNT);
    let error = store.load(&key).await.unwrap_err();
    assert!(error.to_string().contains("secrets.key_file"), "{error}");
    assert!(store.turn(&key).await.is_err());
    let again = lab.process(true).client.me().await;
    assert!(!matches!(again, Err(Error::AuthLost { .. })), "{again:?}");
    again.unwrap();
    lab.sim.stop().await.unwrap();
}
