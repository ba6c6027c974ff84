//! Look-ups: parents, deletions.

use chrono::TimeDelta;
use ingest::refresh::turn;
use serde_json::json;
use x_sim::world::{Command, NewPost};

use crate::bed::{BRAND, bed};
use crate::rows::item;

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
