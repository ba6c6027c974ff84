//! What could not be handled is seen by its organisation alone, and sent again.

use std::time::Duration;

use earshot_bench::stack::Stack;
use reqwest::Method;
use runtime::testing::wait_for;
use serde_json::{Value, json};

use crate::analyst::Desk;
use crate::organisations::Sender;
use crate::{binary, directory, orgs, shared};

const LIST: &str = "/api/v1/quarantine";
const PATIENCE: Duration = Duration::from_mins(1);
/// The whole proof ends within this.
const PROOF: Duration = Duration::from_mins(4);

// The reasons for which something waits, newest first, as soon as so much does.
async fn waiting(desk: &Desk, wanted: usize) -> Vec<Value> {
    wait_for("the quarantine is listed", PATIENCE, || async {
        let page = desk.get(LIST).await;
        let items = page["items"].as_array()?.clone();
        (items.len() == wanted).then_some(items)
    })
    .await
}

// As X does, again until it is taken.
async fn taken(sender: &Sender, body: &Value) {
    wait_for("it is taken", PATIENCE, || async {
        (sender.send(body).await.0 == 200).then_some(())
    })
    .await;
}

async fn replayed(desk: &Desk, record: &Value) -> (u16, Value) {
    let path = format!("{LIST}/{}/replay", record["id"].as_str().unwrap());
    desk.answer(Method::POST, &path, json!({})).await
}

async fn seen_and_sent_again([own, other]: [Sender; 2], [desk, others]: [Desk; 2]) {
    taken(&own, &own.post(1, None)).await;
    taken(&own, &json!({ "strange": 1 })).await;
    taken(&other, &other.post(2, None)).await;

    let found = waiting(&desk, 2).await;
    let of_stage = |stage: &str| found.iter().find(|one| one["stage"] == stage).unwrap();
    let (dead, strange) = (of_stage("enrich"), of_stage("ingest"));
    assert_eq!(
        (&dead["replayable"], &dead["topic"]),
        (&json!(true), &json!("x.raw.posts.v1"))
    );
    assert_eq!(strange["replayable"], false);
    let (status, why) = replayed(&desk, strange).await;
    assert_eq!(status, 409, "{why}");
    assert!(why["detail"].as_str().unwrap().contains("webhook"), "{why}");

    waiting(&others, 1).await;
    assert_eq!(
        replayed(&others, dead).await.0,
        404,
        "it is another organisation's"
    );

    let (status, said) = replayed(&desk, dead).await;
    assert_eq!((status, &said["topic"]), (200, &dead["topic"]), "{said}");
    assert_eq!(
        replayed(&desk, dead).await.0,
        409,
        "it was sent again before"
    );
    // Nothing was mended: it comes back, as another record of the same stage.
    let again = wait_for("it comes back", PATIENCE, || async {
        let found = waiting(&desk, 2).await;
        let new = |one: &&Value| one["stage"] == "enrich" && one["id"] != dead["id"];
        found.iter().find(new).cloned()
    })
    .await;
    assert_ne!(
        again["offset"], dead["offset"],
        "its place in the topic is a new one"
    );

    let first = desk.get(&format!("{LIST}?limit=1")).await;
    let next = first["next"].as_str().unwrap();
    let second = desk.get(&format!("{LIST}?limit=1&cursor={next}")).await;
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    assert_eq!(second["next"], Value::Null);
}

#[test]
fn what_could_not_be_handled_is_seen_and_sent_again() {
    let prefix = format!("{}.", runtime::testing::unique("quarantine"));
    let (dir, parts) = (directory(), shared());
    let mut stack = Stack::start((&binary(), &dir), &parts, (&prefix, &orgs()), &[], &[]).unwrap();
    stack.await_hooks().unwrap();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let senders = [0, 1].map(|org| Sender::new(&stack, &stack.orgs[org]));
    let desks = [0, 1].map(|org| Desk::new(&stack, &stack.orgs[org].id, "ops"));
    let proof = tokio.spawn(seen_and_sent_again(senders, desks));
    tokio.block_on(wait_for("the proof ends", PROOF, || {
        // A program whose topics are not there yet ends and is started again.
        stack.tick().unwrap();
        std::future::ready(proof.is_finished().then_some(()))
    }));
    tokio.block_on(proof).unwrap();
    stack.stop();
}
