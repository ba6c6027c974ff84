//! Posts and likes made by the API.

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Sim, ada, app, brand};

async fn reply(sim: &Sim, to: &str, text: &str) -> (u16, Value) {
    let body = json!({"text": text, "reply": {"in_reply_to_tweet_id": to}});
    sim.post(&brand(), "/2/tweets", body).await
}

#[tokio::test]
async fn a_post_is_made_replied_to_and_deleted() {
    let sim = Sim::start(Tier::SelfServe).await;
    let asked = sim.says("@ada", "@brand hello?", None).await;
    let (status, made) = reply(&sim, &asked, "Hello Ada! Größe 38 ✓ & more 👍🏽").await;
    assert_eq!(status, 201, "{made}");
    let id = made["data"]["id"].as_str().unwrap();
    assert_eq!(made["data"]["edit_history_tweet_ids"], json!([id]));
    let shown = sim
        .get(
            &app(),
            &format!("/2/tweets/{id}?tweet.fields=conversation_id,author_id"),
        )
        .await;
    assert_eq!(shown["data"]["conversation_id"], json!(asked));
    assert_eq!(shown["data"]["author_id"], "11");
    assert_eq!(
        shown["data"]["text"],
        "@ada Hello Ada! Größe 38 ✓ & more 👍🏽"
    );
    let bare = json!({"text": "Without a name", "reply": {
        "in_reply_to_tweet_id": asked, "exclude_reply_user_ids": ["21"],
    }});
    let (_, bare) = sim.post(&brand(), "/2/tweets", bare).await;
    assert_eq!(bare["data"]["text"], "Without a name");
    let (status, _) = sim
        .call(&ada(), Method::DELETE, &format!("/2/tweets/{id}"), None)
        .await;
    assert_eq!(status, 403, "only one's own");
    let (status, gone) = sim
        .call(&brand(), Method::DELETE, &format!("/2/tweets/{id}"), None)
        .await;
    assert_eq!((status, gone), (200, json!({"data": {"deleted": true}})));
    let (status, _) = sim
        .call(&brand(), Method::DELETE, &format!("/2/tweets/{id}"), None)
        .await;
    assert_eq!(status, 404);
    sim.stop().await;
}

#[tokio::test]
async fn the_same_text_twice_is_refused_and_the_ledger_counts() {
    let sim = Sim::start(Tier::SelfServe).await;
    let first = sim.says("@ada", "@brand one", None).await;
    let second = sim.says("@ada", "@brand two", None).await;
    assert_eq!(reply(&sim, &first, "Same").await.0, 201);
    let (status, problem) = reply(&sim, &first, "Same").await;
    assert_eq!(status, 403);
    assert_eq!(
        problem,
        json!({
            "detail": "You are not allowed to create a Tweet with duplicate content.",
            "type": "about:blank", "title": "Forbidden", "status": 403,
        })
    );
    assert_eq!(
        reply(&sim, &second, "Same").await.0,
        201,
        "to another post it is another"
    );
    let mut knobs = sim.control(Method::GET, "/knobs", json!({})).await;
    knobs["duplicate_hours"] = 0.into();
    sim.control(Method::PUT, "/knobs", knobs).await;
    assert_eq!(reply(&sim, &first, "Same").await.0, 201);
    let sends = sim
        .control(Method::GET, "/sends?text=Same", json!({}))
        .await;
    assert_eq!(sends["twice"], 1);
    assert_eq!(
        (&sends["distinct"], &sends["total"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(sends["sends"][0]["ids"].as_array().unwrap().len(), 2);
    assert_eq!(sends["sends"][0]["at"].as_array().unwrap().len(), 2);
    let calls = sim.control(Method::GET, "/calls", json!({})).await;
    let statuses: Vec<&Value> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["status"])
        .collect();
    assert_eq!(statuses, [201, 403, 201, 201]);
    sim.stop().await;
}

#[tokio::test]
async fn self_serve_apps_reply_only_where_they_were_summoned() {
    let sim = Sim::start(Tier::SelfServe).await;
    let unsummoned = sim.says("@ada", "anyone know a good tent?", None).await;
    assert_eq!(reply(&sim, &unsummoned, "We do").await.0, 403);
    let ours = sim.says("@brand", "New tents are here", None).await;
    assert_eq!(
        reply(&sim, &ours, "In three colours").await.0,
        201,
        "one's own thread"
    );
    let quote = json!({"author": "@ada", "text": "look at that", "quote": ours});
    let quote = sim.control(Method::POST, "/posts", quote).await;
    assert_eq!(
        reply(&sim, quote["id"].as_str().unwrap(), "Thanks").await.0,
        201
    );
    let implicit = sim.says("@ben", "how much?", Some(&ours)).await;
    assert_eq!(reply(&sim, &implicit, "Ninety").await.0, 201);
    sim.control(
        Method::PUT,
        "/dialect",
        json!({"summon_explicit_only": true}),
    )
    .await;
    assert_eq!(reply(&sim, &implicit, "Ninety nine").await.0, 403);
    sim.stop().await;
    let sim = Sim::start(Tier::Enterprise).await;
    let unsummoned = sim.says("@ada", "anyone know a good tent?", None).await;
    assert_eq!(reply(&sim, &unsummoned, "We do").await.0, 201);
    sim.stop().await;
}

#[tokio::test]
async fn bodies_are_held_to_the_specification() {
    let sim = Sim::start(Tier::SelfServe).await;
    for body in [
        json!({}),
        json!({"text": "  "}),
        json!({"text": "x", "txt": "y"}),
        json!({"text": 7}),
        json!({"text": "x", "reply": {}}),
        json!({"text": "x", "reply": {"in_reply_to_tweet_id": 7}}),
        json!({"text": "x", "reply": {"in_reply_to_tweet_id": "seven"}}),
        json!({"text": "x", "media": {"media_ids": ["1"]}}),
        json!({"text": "x", "media": {"media_ids": []}, "quote_tweet_id": "1"}),
        json!({"text": "x", "reply_settings": "everybody"}),
        json!({"text": "a\u{FEFF}b"}),
    ] {
        let (status, problem) = sim.post(&brand(), "/2/tweets", body.clone()).await;
        assert_eq!(status, 400, "{body}: {problem}");
    }
    for text in ["$ABC and $DEF".to_owned(), "x".repeat(281)] {
        let (status, _) = sim.post(&brand(), "/2/tweets", json!({"text": text})).await;
        assert_eq!(status, 403, "{text}");
    }
    let link = format!("https://example.com/{}", "a".repeat(400));
    let (status, _) = sim.post(&brand(), "/2/tweets", json!({"text": link})).await;
    assert_eq!(status, 201, "a link weighs 23");
    let plain = sim
        .request(&brand(), &Method::POST, "/2/tweets")
        .body("{\"text\":\"x\"}");
    assert_eq!(
        plain.send().await.unwrap().status(),
        400,
        "a body names its type"
    );
    sim.stop().await;
}

#[tokio::test]
async fn likes_are_for_enterprise() {
    let sim = Sim::start(Tier::SelfServe).await;
    let post = sim.says("@ada", "@brand thanks", None).await;
    let (status, problem) = sim
        .post(&brand(), "/2/users/11/likes", json!({"tweet_id": post}))
        .await;
    assert_eq!(
        (status, &problem["reason"]),
        (403, &json!("client-not-enrolled"))
    );
    sim.stop().await;
    let sim = Sim::start(Tier::Enterprise).await;
    let post = sim.says("@ada", "@brand thanks", None).await;
    for _ in 0..2 {
        let liked = sim
            .post(&brand(), "/2/users/11/likes", json!({"tweet_id": post}))
            .await;
        assert_eq!(liked, (200, json!({"data": {"liked": true}})));
    }
    let (status, _) = sim
        .post(&brand(), "/2/users/21/likes", json!({"tweet_id": post}))
        .await;
    assert_eq!(status, 400, "only in one's own name");
    let who = sim
        .get(&app(), &format!("/2/tweets/{post}/liking_users"))
        .await;
    assert_eq!(who["data"][0]["username"], "brand");
    let path = format!("/2/users/11/likes/{post}");
    let (_, unliked) = sim.call(&brand(), Method::DELETE, &path, None).await;
    assert_eq!(unliked, json!({"data": {"liked": false}}));
    let counts = sim
        .get(
            &app(),
            &format!("/2/tweets/{post}?tweet.fields=public_metrics"),
        )
        .await;
    assert_eq!(counts["data"]["public_metrics"]["like_count"], 0);
    sim.stop().await;
}

#[tokio::test]
async fn replies_in_our_own_conversation_can_be_hidden() {
    let sim = Sim::start(Tier::SelfServe).await;
    let ours = sim.says("@brand", "News", None).await;
    let theirs = sim.says("@ada", "spam", Some(&ours)).await;
    let hide = |id: &str| format!("/2/tweets/{id}/hidden");
    let body = Some(json!({"hidden": true}));
    let (status, hidden) = sim
        .call(&brand(), Method::PUT, &hide(&theirs), body.clone())
        .await;
    assert_eq!((status, hidden), (200, json!({"data": {"hidden": true}})));
    let (status, _) = sim.call(&ada(), Method::PUT, &hide(&theirs), body).await;
    assert_eq!(status, 403);
    sim.stop().await;
}

#[tokio::test]
async fn of_many_equal_posts_at_once_one_is_made() {
    let sim = Sim::start(Tier::SelfServe).await;
    let asked = sim.says("@ada", "@brand hello?", None).await;
    let all = (0..20).map(|_| reply(&sim, &asked, "Only once"));
    let made = futures::future::join_all(all).await;
    assert_eq!(made.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(made.iter().filter(|(status, _)| *status == 403).count(), 19);
    sim.stop().await;
}

/// The budget of a campaign: thousands of sends, each looked at in the ledger.
#[tokio::test]
async fn two_thousand_sends_with_budgets_lifted() {
    let sim = Sim::start(Tier::SelfServe).await;
    sim.control(Method::PUT, "/knobs", json!({"rate_limits": false}))
        .await;
    let asked = sim.says("@ada", "@brand hello?", None).await;
    for n in 0..200 {
        let ten = (0..10).map(|m| {
            let text = format!("Answer {n} {m}");
            let (sim, asked) = (&sim, &asked);
            async move { reply(sim, asked, &text).await.0 }
        });
        let statuses = futures::future::join_all(ten).await;
        assert!(statuses.iter().all(|status| *status == 201));
    }
    let sends = sim
        .control(Method::GET, "/sends?twice=true", json!({}))
        .await;
    assert_eq!(
        (&sends["total"], &sends["twice"]),
        (&json!(2_000), &json!(0))
    );
    sim.stop().await;
}
