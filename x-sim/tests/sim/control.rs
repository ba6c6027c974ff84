//! The control API as a caller sees it.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use x_sim::{Running, config::Envelope, run};

use crate::receiver::{Receiver, SECRET, config, until, webhook};

struct Caller {
    client: Client,
    base: String,
}

impl Caller {
    fn new(running: &Running) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            client,
            base: format!("{}/sim/v1", running.url()),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.1
    }
}

#[tokio::test]
async fn a_conversation_by_hand() {
    let running = run(config()).await.unwrap();
    let caller = Caller::new(&running);
    let (receiver, url) = Receiver::start().await;
    let hook = json!({
        "url": url, "secret": SECRET, "envelope": "xaa", "accounts": ["@brand"], "watch": ["*"],
    });
    let (status, hook) = caller.post("/webhooks", hook).await;
    assert_eq!((status, &hook["valid"]), (201, &json!(true)));

    let bea = json!({"handle": "bea", "name": "Bea", "followers": 40});
    assert_eq!(caller.post("/people", bea).await.0, 201);
    let new = json!({"author": "@bea", "text": "@brand look", "photo": true});
    let (status, post) = caller.post("/posts", new).await;
    assert_eq!(status, 201);
    let id = post["id"].as_str().unwrap();
    let reply = json!({"author": "@brand", "text": "We see it", "reply_to": id});
    let (_, reply) = caller.post("/posts", reply).await;
    assert_eq!(reply["conversation"], id);
    let (status, edited) = caller
        .post("/edits", json!({"post": id, "text": "@brand see"}))
        .await;
    assert_eq!((status, &edited["history"][0]), (201, &json!(id)));
    let like = json!({"person": "@bea", "post": reply["id"]});
    assert_eq!(caller.post("/likes", like.clone()).await.0, 201);
    assert_eq!(caller.post("/likes", like).await.0, 409);
    let dm = json!({"from": "@bea", "to": "@brand", "text": "psst"});
    assert_eq!(caller.post("/dms", dm).await.0, 201);
    let profile = json!({"person": "@bea", "bio": "new bio"});
    assert_eq!(caller.post("/profiles", profile).await.1["bio"], "new bio");
    let (_, deleted) = caller.post("/deletes", json!({"post": id})).await;
    assert_eq!(deleted["deleted"].as_array().unwrap().len(), 2);
    let thread = caller.get(&format!("/posts?conversation={id}")).await;
    assert_eq!(thread.as_array().unwrap().len(), 1);

    // Mention, reply of our own, edited mention, like, message, profile, two deletions.
    receiver.wait(8).await;
    until(|| running.sim.ledger(|ledger| ledger.totals().pending == 0)).await;
    let ledger = caller.get("/ledger?outcome=acked").await;
    let told: Vec<&str> = ledger["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "post.mention.create",
            "post.create",
            "post.mention.create",
            "like.create",
            "dm.received",
            "profile.update.bio",
            "post.delete",
            "post.delete",
        ]
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn mistakes_are_problems() {
    let running = run(config()).await.unwrap();
    let caller = Caller::new(&running);
    let closed = "http://127.0.0.1:1/hook";
    for (method, path, body, status) in [
        (
            Method::POST,
            "/posts",
            json!({"author": "@nobody", "text": "x"}),
            404,
        ),
        (
            Method::POST,
            "/posts",
            json!({"author": "@ada", "txt": "x"}),
            422,
        ),
        (
            Method::POST,
            "/posts",
            json!({"author": "@ada", "text": ""}),
            422,
        ),
        (
            Method::POST,
            "/posts",
            json!({"author": "@ada", "text": "x", "reply_to": 7}),
            422,
        ),
        (Method::POST, "/people", json!({"handle": "ADA"}), 409),
        (Method::POST, "/people", json!({"handle": "no spaces"}), 422),
        (Method::PUT, "/faults", json!({"drop_percent": 101}), 422),
        (Method::PUT, "/play", json!({"pace": 0.0}), 422),
        (Method::PUT, "/webhooks/1", json!({}), 404),
        (Method::DELETE, "/faults", json!({}), 405),
        (Method::GET, "/nothing", json!({}), 404),
        (
            Method::POST,
            "/webhooks",
            json!({"url": closed, "secret": "s", "envelope": "aaa", "accounts": ["@brand"]}),
            400,
        ),
    ] {
        let (found, problem) = caller.call(method, path, Some(body)).await;
        assert_eq!(
            (found, &problem["status"]),
            (status, &json!(status)),
            "{path}: {problem}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty())
        );
    }
    assert_eq!(
        caller.get("/webhooks").await,
        json!([]),
        "a failed registration leaves nothing"
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_demo_plays_when_told_and_webhooks_of_the_configuration_register_themselves() {
    let (receiver, url) = Receiver::start().await;
    let mut config = config();
    config.clock.scale = 1.0;
    let mut hook = webhook(&url, Envelope::Aaa);
    hook.accounts = vec!["@northwindgear".to_owned(), "@juniperoak".to_owned()];
    config.webhooks.push(hook);
    let running = run(config).await.unwrap();
    until(|| running.sim.webhooks()[0].valid).await;
    let caller = Caller::new(&running);
    let play = json!({"running": true, "pace": 2000.0, "every_seconds": 30.0});
    assert_eq!(caller.call(Method::PUT, "/play", Some(play)).await.0, 200);
    receiver.wait(20).await;
    let clock = json!({"offset_seconds": 86_400, "scale": 60.0});
    let (_, clock) = caller.call(Method::PUT, "/clock", Some(clock)).await;
    assert_eq!(clock["scale"], 60.0);
    running.stop().await.unwrap();
}
