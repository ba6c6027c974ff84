//! Look-ups: parents, deletions.

use chrono::TimeDelta;
use ingest::refresh::{asked, turn};
use runtime::testing::wait_for;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use x_sim::world::{Command, NewPost, ProfileChange};

use crate::bed::{BRAND, Bed, DEADLINE, bed};
use crate::rows::{item, wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_parent_comes_and_a_deletion_is_seen_twice_before_it_counts() {
    let bed = bed("self_serve", json!({})).await;
    let parent = bed.post("@bob", "the parcel of my neighbour");
    let reply = bed.post_as(NewPost {
        author: "@ada".to_owned(),
        text: "and mine".to_owned(),
        reply_to: Some(parent.parse().unwrap()),
        ..NewPost::default()
    });
    let old = bed.context.now() - TimeDelta::hours(1);
    item(&bed, &reply, Some(&parent), json!([]), old).await;
    turn(&bed.context, "Acme").await.unwrap();
    let ids = bed.ids();
    assert_eq!(
        (ids.get(&parent), ids.get(&reply)),
        (Some(&1), Some(&1)),
        "{ids:?}"
    );
    let all = bed.acked();
    assert!(
        all.iter()
            .all(|r| r.source == "lookup" && r.account.is_empty())
    );
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(bed.acked().len(), 2, "not again at once");

    let post = reply.parse().unwrap();
    bed.x.sim.apply(Command::DeletePost { post }).unwrap();
    let deletions = || {
        bed.acked()
            .iter()
            .filter(|r| r.event == "tweet_delete_events")
            .count()
    };
    for expected in [0, 1] {
        bed.context.clock.advance(TimeDelta::minutes(31));
        turn(&bed.context, "Acme").await.unwrap();
        assert_eq!(deletions(), expected);
    }
    let last = bed.acked().pop().unwrap();
    assert_eq!(
        (last.x_id.as_deref(), last.account.as_str()),
        (Some(reply.as_str()), BRAND)
    );
}

fn protect(bed: &Bed, protected: bool) {
    let change = ProfileChange {
        person: "@bob".to_owned(),
        protected: Some(protected),
        ..ProfileChange::default()
    };
    bed.x.sim.apply(Command::ChangeProfile(change)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_desk_asks_for_comes_or_it_is_said_why_not() {
    let bed = bed(
        "self_serve",
        json!({"budget_usd_day": {"warn": 0, "slow": 0}}),
    )
    .await;
    let post = bed.post("@bob", "the parcel of my neighbour");
    let answered = "SELECT count(*) FROM fetches WHERE done_at IS NOT NULL AND problem IS NULL";
    let told = "SELECT count(*) FROM changes WHERE kind = 'thread' AND ids = '{p.21.9}'";

    protect(&bed, true);
    wanted(&bed, &post).await;
    asked::turn(&bed.context, "Acme").await.unwrap();
    let protected =
        "SELECT count(*) FROM lookups WHERE reason = 'protected' AND missing_at IS NULL";
    assert_eq!((bed.scalar(protected).await, bed.acked().len()), (1, 0));
    assert_eq!((bed.scalar(answered).await, bed.scalar(told).await), (1, 1));

    protect(&bed, false);
    bed.paused.send_replace(Some("linker is behind".to_owned()));
    wanted(&bed, &post).await;
    asked::turn(&bed.context, "Acme").await.unwrap();
    let paused = "SELECT count(*) FROM fetches WHERE problem = 'new posts are not taken just now'";
    assert_eq!((bed.scalar(paused).await, bed.scalar(told).await), (1, 2));

    bed.paused.send_replace(None);
    asked::turn(&bed.context, "Acme").await.unwrap();
    assert!(
        bed.acked().is_empty(),
        "what was answered is not asked again"
    );
    wanted(&bed, &post).await;
    asked::turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(
        bed.ids().get(&post),
        Some(&1),
        "whatever the day's budget says"
    );
    assert_eq!(
        (bed.scalar(answered).await, bed.scalar(protected).await),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_desk_asks_for_is_looked_up_at_once() {
    let mut bed = bed("self_serve", json!({})).await;
    // The next look by itself is long after the test.
    bed.context.second = std::time::Duration::from_hours(1);
    let post = bed.post("@bob", "the parcel of my neighbour");
    let stop = CancellationToken::new();
    let running = ingest::manager::run(bed.context.clone(), bed.sightings.clone(), stop.clone());
    let running = tokio::spawn(running);
    let held = "SELECT count(*) FROM source_leases WHERE way = 'fetch'";
    let held = || async { (bed.scalar(held).await == 1).then_some(()) };
    wait_for("somebody looks up", DEADLINE, held).await;
    wanted(&bed, &post).await;
    let came = || async {
        // Again, until the listener is there to hear it.
        sqlx::query("SELECT pg_notify($1, 'Acme')")
            .bind(schemas::changes::CHANNEL_COMMANDS)
            .execute(&bed.pg)
            .await
            .unwrap();
        bed.ids().contains_key(&post).then_some(())
    };
    wait_for("it comes", DEADLINE, came).await;
    stop.cancel();
    running.await.unwrap();
}
