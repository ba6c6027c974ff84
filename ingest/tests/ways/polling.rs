//! The scheduler.

use chrono::TimeDelta;
use ingest::poll::{State, turn};
use runtime::testing::wait_for;
use serde_json::json;

use crate::bed::{DEADLINE, bed};

const CURSOR: &str = "SELECT coalesce(max(since_id), 0) FROM poll_cursors WHERE feed = 'mentions'";

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_fetch_and_acknowledgement_nothing_is_lost_or_doubled() {
    let bed = bed("self_serve", json!({})).await;
    let account = bed.account();
    turn(&bed.context, &account, &mut State::default())
        .await
        .unwrap();
    assert!(bed.acked().is_empty(), "no history was asked for");
    let before = bed.scalar(CURSOR).await;

    let mut posts: Vec<String> = (0..130)
        .map(|n| bed.post("@ada", &format!("@brand question {n}")))
        .collect();
    bed.message("@ada", "@brand", "psst");
    bed.tap.hang.send_replace(true);
    let (context, on) = (bed.context.clone(), account.clone());
    let turning =
        tokio::spawn(async move { turn(&context, &on, &mut State::default()).await.map(|_| ()) });
    let mut begun = bed.tap.begun.subscribe();
    let reached = tokio::time::timeout(DEADLINE, begun.wait_for(|n| *n == 1)).await;
    reached.unwrap().unwrap();
    turning.abort();
    assert!(turning.await.unwrap_err().is_cancelled());
    assert_eq!(bed.scalar(CURSOR).await, before, "fetched is not taken");

    bed.tap.hang.send_replace(false);
    turn(&bed.context, &account, &mut State::default())
        .await
        .unwrap();
    let ids = bed.ids();
    posts.sort();
    assert_eq!(ids.len(), 131);
    assert!(posts.iter().all(|id| ids.get(id) == Some(&1)), "{ids:?}");
    let newest: i64 = posts.iter().map(|id| id.parse().unwrap()).max().unwrap();
    assert_eq!(bed.scalar(CURSOR).await, newest);
    let all = bed.acked();
    assert!(
        all.iter()
            .all(|r| r.source == "poll" && r.envelope == "v2" && !r.backfill)
    );
    assert_eq!(all.iter().filter(|r| r.event == "dm_event").count(), 1);

    turn(&bed.context, &account, &mut State::default())
        .await
        .unwrap();
    assert_eq!(bed.acked().len(), 131, "nothing comes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_behind_since_it_was_last_read_to_its_end_not_since_it_last_brought_something() {
    const READ: &str = "SELECT extract(epoch FROM min(polled_at))::int8 FROM poll_cursors
         WHERE feed IN ('mentions', 'messages')";
    let bed = bed("self_serve", json!({})).await;
    let poll = async || {
        bed.context.clock.advance(TimeDelta::minutes(10));
        bed.x.sim.clock().advance(600);
        bed.context.accounts.refresh();
        turn(&bed.context, &bed.account(), &mut State::default()).await
    };
    poll().await.unwrap();
    let first = bed.scalar(READ).await;
    poll().await.unwrap();
    let second = bed.scalar(READ).await;
    assert!(second >= first + 600, "{first} {second}");

    bed.orgs
        .send_replace(crate::bed::organisations("wrong", &json!({})));
    poll().await.unwrap_err();
    assert_eq!(bed.scalar(READ).await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_marked_and_keys_are_replaced_while_polling() {
    let bed = bed("self_serve", json!({"modes": {"backfill_days": 3}})).await;
    let old = bed.post("@ada", "@brand before you came");
    turn(&bed.context, &bed.account(), &mut State::default())
        .await
        .unwrap();
    let new = bed.post("@ada", "@brand after you came");
    turn(&bed.context, &bed.account(), &mut State::default())
        .await
        .unwrap();
    let flags: Vec<(Option<String>, bool)> = bed
        .acked()
        .into_iter()
        .map(|r| (r.x_id, r.backfill))
        .collect();
    assert_eq!(flags, [(Some(old), true), (Some(new), false)]);

    bed.orgs
        .send_replace(crate::bed::organisations("wrong", &json!({})));
    bed.context.accounts.refresh();
    let refused = turn(&bed.context, &bed.account(), &mut State::default()).await;
    assert_eq!(refused.unwrap_err().state(), "not-authorised");
    bed.orgs
        .send_replace(crate::bed::organisations("ts", &json!({})));
    bed.context.accounts.refresh();
    turn(&bed.context, &bed.account(), &mut State::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_wakes_who_obeys_it() {
    let mut bed = bed("self_serve", json!({})).await;
    // The next look by itself is long after the test.
    bed.context.second = std::time::Duration::from_hours(1);
    let stop = tokio_util::sync::CancellationToken::new();
    let running = ingest::manager::run(bed.context.clone(), bed.sightings.clone(), stop.clone());
    let running = tokio::spawn(running);
    let polled = || async { (bed.scalar(CURSOR).await > 0).then_some(()) };
    wait_for("a first turn", DEADLINE, polled).await;
    let mut scope = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let command = "INSERT INTO channel_commands (org, command_id, account, way, action, actor, at)
        VALUES ('Acme', gen_random_uuid(), '11', 'poll', 'stop', 'test', now())";
    let command = sqlx::query(command).execute(&mut *scope).await;
    command.unwrap();
    scope.commit().await.unwrap();
    let obeyed = || async {
        // Again, until the listener is there to hear it.
        sqlx::query("SELECT pg_notify($1, 'Acme')")
            .bind(schemas::changes::CHANNEL_COMMANDS)
            .execute(&bed.pg)
            .await
            .unwrap();
        let open = "SELECT count(*) FROM channel_commands WHERE done_at IS NULL";
        (bed.scalar(open).await == 0).then_some(())
    };
    wait_for("it is obeyed", DEADLINE, obeyed).await;
    let leases = "SELECT count(*) FROM source_leases WHERE way = 'poll'";
    let stopped = || async { (bed.scalar(leases).await == 0).then_some(()) };
    wait_for("nobody polls", DEADLINE, stopped).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_of_two_polls_and_the_other_takes_over() {
    let bed = bed("self_serve", json!({})).await;
    let stop = [(); 2].map(|()| tokio_util::sync::CancellationToken::new());
    let running = [0, 1].map(|n: usize| {
        let context = bed.context.clone();
        let sightings = bed.sightings.clone();
        tokio::spawn(ingest::manager::run(context, sightings, stop[n].clone()))
    });
    let leases = || async {
        let count = bed
            .scalar("SELECT count(*) FROM source_leases WHERE way = 'poll'")
            .await;
        (count == 1).then_some(())
    };
    wait_for("one lease", DEADLINE, leases).await;
    let cursor = || async { (bed.scalar(CURSOR).await > 0).then_some(()) };
    wait_for("a first turn", DEADLINE, cursor).await;
    stop[0].cancel();
    let [first, second] = running;
    first.await.unwrap();
    let id = bed.post("@ada", "@brand are you there?");
    let seen = || async { bed.ids().contains_key(&id).then_some(()) };
    wait_for("the other polls", DEADLINE, seen).await;
    stop[1].cancel();
    second.await.unwrap();
    assert_eq!(bed.ids().get(&id), Some(&1));
    assert_eq!(bed.scalar("SELECT count(*) FROM source_leases").await, 0);
    bed.ledger.write(&bed.pg).await.unwrap();
    assert!(bed.scalar("SELECT sum(calls)::bigint FROM x_usage").await > 0);
}
