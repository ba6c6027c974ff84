//! Budgets that are used up, X that cannot be reached, conversations, taking back.

use chrono::TimeDelta;
use respond::decide::Command;
use respond::desk::{self, Refused};
use runtime::testing::wait_for;

use crate::lab::{Lab, ORG, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_budget_gives_each_its_place_and_time() {
    let lab = Lab::new(true).await;
    let mut ids = Vec::new();
    for at in 0..20 {
        ids.push(lab.write(&format!("message {at}"), at, true).await);
    }
    let sender = lab.start();
    wait_for("15 sent, 5 wait", PATIENCE, || async {
        let all = lab.all().await;
        let waits = |place| {
            move |r: &&respond::Reply| {
                r.state == "queued"
                    && r.wait_reason.as_deref() == Some("rate-limit")
                    && r.wait_place == Some(place)
            }
        };
        let posted = all.iter().filter(|r| r.state == "posted").count();
        let places = (1..=5).all(|place| all.iter().any(|r| waits(place)(&r)));
        (posted == 15 && places).then_some(())
    })
    .await;
    let now = lab.program.clock.now();
    let waiting = lab.all().await.into_iter().filter(|r| r.state == "queued");
    for reply in waiting {
        let left = reply.not_before - now;
        assert!(
            left > TimeDelta::zero() && left <= TimeDelta::minutes(15),
            "{left}"
        );
    }
    lab.advance(16 * 60).await;
    for id in ids {
        lab.until(id, &["posted"]).await;
    }
    assert!(lab.sent().await.values().all(|times| *times == 1));
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_behind_another_has_a_place_and_desks_are_told_of_it() {
    let lab = Lab::new(true).await;
    let mut before = Vec::new();
    for at in 0..15 {
        before.push(lab.write(&format!("message {at}"), at, true).await);
    }
    let sender = lab.start();
    for id in before {
        lab.until(id, &["posted"]).await;
    }
    let first = lab.write("first", 15, true).await;
    let placed = |id, place| {
        let lab = &lab;
        wait_for("it has its place", PATIENCE, move || async move {
            let all = lab.all().await;
            let one = all.into_iter().find(|r| r.reply_id == id)?;
            (one.state == "queued" && one.wait_place == Some(place)).then_some(())
        })
    };
    placed(first, 1).await;
    // Not due: the first of its conversation waits.
    let second = lab.write("second", 15, true).await;
    placed(second, 2).await;
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let told = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM changes WHERE kind = 'reply' AND $1 = ANY (ids)",
    );
    let told = told.bind(second.to_string()).fetch_one(&mut *scope).await;
    assert_eq!(told.unwrap(), 2, "that it was written, and its place");
    let cancel = (Command::Cancel, "key:dana", None);
    let now = lab.program.clock.now();
    let encoder = &lab.program.encoder;
    let done = desk::command(&mut scope, encoder, (ORG, first), cancel, now).await;
    assert_eq!(done.unwrap().unwrap().0.state, "cancelled");
    scope.commit().await.unwrap();
    placed(second, 1).await;
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conversation_keeps_its_order() {
    let lab = Lab::new(false).await;
    for at in 0..6 {
        lab.write(&format!("part {at}"), 0, true).await;
    }
    let sender = lab.start();
    wait_for("all sent", PATIENCE, || async {
        let all = lab.all().await;
        all.iter().all(|r| r.state == "posted").then_some(())
    })
    .await;
    let mut all = lab.all().await;
    all.sort_by_key(|reply| reply.created_at);
    let ids: Vec<u64> = all
        .iter()
        .map(|r| r.x_id.as_ref().unwrap().parse().unwrap())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_not_sent() {
    let lab = Lab::new(false).await;
    let (gone, stays) = (
        lab.write("gone", 0, false).await,
        lab.write("stays", 1, false).await,
    );
    let encoder = &lab.program.encoder;
    let now = lab.program.clock.now();
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let cancel = (Command::Cancel, "key:dana", None);
    let done = desk::command(&mut scope, encoder, (ORG, gone), cancel, now).await;
    assert_eq!(done.unwrap().unwrap().0.state, "cancelled");
    scope.commit().await.unwrap();
    let sender = lab.start();
    lab.until(stays, &["posted"]).await;
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let late = desk::command(&mut scope, encoder, (ORG, stays), cancel, now).await;
    assert!(matches!(
        late.unwrap(),
        Err(Refused::State(respond::decide::State::Posted))
    ));
    drop(scope);
    let sent = lab.sent().await;
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["stays"]);
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}
