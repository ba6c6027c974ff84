//! Direct messages by the API.

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Sim, ada, brand};

const TO_ADA: &str = "/2/dm_conversations/with/21/messages";

fn texts(body: &Value) -> Vec<String> {
    let list = body["data"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|one| one["text"].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[tokio::test]
async fn messages_reach_the_other_and_are_deleted_for_one() {
    let sim = Sim::start(Tier::SelfServe).await;
    let new = json!({"from": "@ada", "to": "@brand", "text": "psst"});
    sim.control(Method::POST, "/dms", new).await;
    let (status, sent) = sim
        .post(&brand(), TO_ADA, json!({"text": "Hello Ada"}))
        .await;
    assert_eq!(status, 201, "{sent}");
    assert_eq!(sent["data"]["dm_conversation_id"], "11-21");
    let again = "/2/dm_conversations/11-21/messages";
    assert_eq!(
        sim.post(&brand(), again, json!({"text": "And more"}))
            .await
            .0,
        201
    );
    let path = "/2/dm_events?dm_event.fields=sender_id,created_at,dm_conversation_id&max_results=2";
    let first = sim.get(&ada(), path).await;
    assert_eq!(texts(&first), ["And more", "Hello Ada"]);
    assert_eq!(first["data"][0]["sender_id"], "11");
    assert!(first["meta"]["newest_id"].is_null());
    let token = first["meta"]["next_token"].as_str().unwrap();
    let second = sim
        .get(&ada(), &format!("{path}&pagination_token={token}"))
        .await;
    assert_eq!(texts(&second), ["psst"]);
    for path in [
        "/2/dm_conversations/with/11/dm_events",
        "/2/dm_conversations/11-21/dm_events",
    ] {
        assert_eq!(sim.get(&ada(), path).await["meta"]["result_count"], 3);
    }
    let id = sent["data"]["dm_event_id"].as_str().unwrap();
    let one = sim
        .get(&brand(), &format!("/2/dm_events/{id}?expansions=sender_id"))
        .await;
    assert_eq!(one["includes"]["users"][0]["username"], "brand");
    let path = format!("/2/dm_events/{id}");
    let (status, gone) = sim.call(&brand(), Method::DELETE, &path, None).await;
    assert_eq!((status, gone), (200, json!({"data": {"deleted": true}})));
    assert_eq!(
        texts(&sim.get(&brand(), "/2/dm_events").await),
        ["And more", "psst"]
    );
    assert_eq!(
        sim.get(&ada(), "/2/dm_events").await["meta"]["result_count"],
        3,
        "the other keeps it"
    );
    let (status, _) = sim
        .call(&ada(), Method::GET, "/2/dm_events?since_id=1", None)
        .await;
    assert_eq!(status, 400, "there is no since_id");
    sim.advance(30 * 86_400).await;
    assert_eq!(sim.running.sim.read(|world| world.messages().count()), 3);
    let (_, old) = sim.call(&brand(), Method::GET, "/2/dm_events", None).await;
    assert_eq!(old["meta"]["result_count"], 0, "30 days");
    sim.stop().await;
}

#[tokio::test]
async fn refusals() {
    let sim = Sim::start(Tier::SelfServe).await;
    let close = json!({"person": "@ada", "dms_closed": true});
    sim.control(Method::POST, "/profiles", close).await;
    let me = sim
        .get(&brand(), "/2/users/21?user.fields=receives_your_dm")
        .await;
    assert_eq!(me["data"]["receives_your_dm"], false);
    assert_eq!(
        sim.post(&brand(), TO_ADA, json!({"text": "Hi"})).await.0,
        403
    );
    let new = json!({"from": "@ada", "to": "@brand", "text": "me first"});
    sim.control(Method::POST, "/dms", new).await;
    assert_eq!(
        sim.post(&brand(), TO_ADA, json!({"text": "Hi"})).await.0,
        201
    );
    assert_eq!(
        sim.post(&ada(), "/2/users/11/dm/block", json!({})).await.1["data"]["blocked"],
        true
    );
    assert_eq!(
        sim.post(&brand(), TO_ADA, json!({"text": "Hi again"}))
            .await
            .0,
        403
    );
    sim.post(&ada(), "/2/users/11/dm/unblock", json!({})).await;
    for body in [
        json!({}),
        json!({"text": ""}),
        json!({"text": "x", "to": "y"}),
        json!({"text": "x", "attachments": []}),
        json!({"text": "x", "attachments": [{"media_id": "1"}, {"media_id": "2"}]}),
        json!({"text": "x", "attachments": [{"media_id": "1"}]}),
    ] {
        assert_eq!(
            sim.post(&brand(), TO_ADA, body.clone()).await.0,
            400,
            "{body}"
        );
    }
    let elsewhere = "/2/dm_conversations/21-22/messages";
    assert_eq!(
        sim.post(&brand(), elsewhere, json!({"text": "x"})).await.0,
        403
    );
    sim.stop().await;
}

#[tokio::test]
async fn groups_have_their_own_conversation() {
    let sim = Sim::start(Tier::SelfServe).await;
    let new = json!({"conversation_type": "Group", "participant_ids": ["21", "22"],
        "message": {"text": "All together"}});
    let (status, made) = sim.post(&brand(), "/2/dm_conversations", new).await;
    assert_eq!(status, 201, "{made}");
    let id = made["data"]["dm_conversation_id"].as_str().unwrap();
    let path = format!("/2/dm_conversations/{id}/dm_events?dm_event.fields=participant_ids");
    let events = sim.get(&ada(), &path).await;
    assert_eq!(events["data"][0]["event_type"], "MessageCreate");
    assert_eq!(events["data"][1]["event_type"], "ParticipantsJoin");
    assert_eq!(
        events["data"][1]["participant_ids"],
        json!(["11", "21", "22"])
    );
    let left = json!({"group": id, "left": ["@ben"]});
    sim.control(Method::POST, "/dms/participants", left).await;
    let left = sim
        .get(&ada(), "/2/dm_events?event_types=ParticipantsLeave")
        .await;
    assert_eq!(left["meta"]["result_count"], 1);
    sim.stop().await;
}
