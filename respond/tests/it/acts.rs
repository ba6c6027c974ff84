//! Likes and deletions, and what the pipeline is told of what X has.

use respond::intent::{Act, New};
use respond::{Reply, desk};
use serde_json::{Value, json};
use uuid::Uuid;
use x_client::ids::{DmEventId, PostId};

use crate::lab::{ADA, BRAND, Lab, ORG};

async fn ask(lab: &Lab, act: Act) -> Uuid {
    let now = lab.program.clock.now();
    let new = New {
        reply_id: Uuid::now_v7(),
        account: BRAND.to_owned(),
        lane: "lane-acts".to_owned(),
        thread_key: format!("p.{ADA}.acts"),
        item_id: Uuid::new_v4(),
        person_id: ADA.to_owned(),
        customer_id: None,
        case_id: None,
        act,
        media: None,
        closes: Vec::new(),
        by: "key:dana".to_owned(),
        not_before: now,
    };
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    desk::create(&mut scope, &lab.program.encoder, ORG, &new, now)
        .await
        .unwrap();
    scope.commit().await.unwrap();
    new.reply_id
}

async fn posted(lab: &Lab, id: Uuid) -> Reply {
    lab.until(id, &["posted"]).await
}

// Topics of the outbox in which these bytes stand.
async fn topics(lab: &Lab, bytes: &str) -> Vec<String> {
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let found = "SELECT DISTINCT topic FROM outbox WHERE position(convert_to($1, 'UTF8') IN value) > 0 ORDER BY topic";
    sqlx::query_scalar(found)
        .bind(bytes)
        .fetch_all(&mut *scope)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_told_on_the_topic_of_its_kind_alone() {
    let lab = Lab::new(false).await;
    let private = lab.write("order no. 4711 of yours", 0, true).await;
    let public = lab.write("we wrote to you", 1, false).await;
    let sender = lab.start();
    posted(&lab, private).await;
    posted(&lab, public).await;
    let of_private = topics(&lab, "order no. 4711 of yours").await;
    assert_eq!(of_private, ["social.enriched.messages.v1"]);
    let of_public = topics(&lab, "we wrote to you").await;
    assert_eq!(of_public, ["social.enriched.posts.v1"]);
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_and_deletions_are_done_once_however_often() {
    let lab = Lab::new(false).await;
    let (post, message) = (
        lab.write("gone soon", 0, false).await,
        lab.write("gone soon too", 1, true).await,
    );
    let sender = lab.start();
    let post = posted(&lab, post).await.x_id.unwrap();
    let message = posted(&lab, message).await.x_id.unwrap();
    // The answer to each first call is lost after its effect: it is made again by itself.
    for endpoint in [
        "DELETE /2/tweets/:id",
        "DELETE /2/dm_events/:id",
        "POST /2/users/:id/likes",
    ] {
        let fault = json!({ "endpoint": endpoint, "kind": "close", "effect": "done", "times": 1 });
        lab.faults(json!([fault])).await;
    }
    let like = ask(&lab, Act::Like(lab.target.clone())).await;
    let delete = ask(&lab, Act::DeletePost(PostId::new(post.clone()).unwrap())).await;
    let event = DmEventId::new(message.clone()).unwrap();
    let private = ask(&lab, Act::DeleteMessage(event)).await;
    for (id, attempts) in [(like, 2), (delete, 2), (private, 2)] {
        lab.advance(5).await;
        assert_eq!(posted(&lab, id).await.attempts, attempts);
    }
    let left = lab.control("GET", "/posts", Value::Null).await.to_string();
    assert!(left.contains(lab.target.as_str()) && !left.contains(&post));
    for x_id in [&post, &message] {
        let told = topics(&lab, x_id).await;
        assert!(
            told.iter()
                .any(|topic| topic.starts_with("social.enriched")),
            "{told:?}"
        );
    }
    let unlike = ask(&lab, Act::Unlike(lab.target.clone())).await;
    assert_eq!(posted(&lab, unlike).await.attempts, 1);
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}
