//! Each call of posts, users, messages: what is asked, and what is read from the answer.

use serde_json::{Value, json};
use x_client::calls::{
    DmPage, DmScope, PrivateMessage, PublicReply, Recipient, SearchPage, TimelinePage, dm_envelope,
    post_envelope,
};
use x_client::ids::{DmConversationId, DmEventId, Handle, PostId, UserId};
use x_client::problem::ProblemKind;
use x_client::usage::Outcome;
use x_client::{PrivateText, PublicText};

use crate::server::{Server, json, with_headers};
use crate::setup::setup;

fn post(id: &str) -> PostId {
    PostId::new(id).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

#[tokio::test]
async fn users_by_id_and_by_handle() {
    let server = Server::json(json!({
        "data": [{ "id": "5", "username": "ada_m", "name": "Ada", "receives_your_dm": false,
                   "public_metrics": { "followers_count": 7, "following_count": 8, "tweet_count": 9 } }],
        "errors": [{ "value": "6", "resource_id": "6", "parameter": "ids", "resource_type": "user", "title": "Forbidden",
                     "detail": "User has been suspended: [6].", "type": "https://api.twitter.com/2/problems/resource-not-found" }],
    }))
    .await;
    let setup = setup(&server.url);
    let found = setup
        .client
        .users_with_dm(&[user("5"), user("6")])
        .await
        .unwrap();
    assert_eq!(
        (
            found.items[0].username.as_str(),
            found.items[0].receives_your_dm
        ),
        ("ada_m", Some(false))
    );
    assert_eq!(found.items[0].public_metrics.unwrap().posts, 9);
    assert_eq!(found.missing[0].resource_id.as_deref(), Some("6"));
    assert_eq!(server.last().line(), "GET /2/users");
    assert_eq!(server.last().query["ids"], "5,6");
    assert!(server.last().query["user.fields"].contains("receives_your_dm"));

    setup
        .client
        .users_by(&[Handle::new("ada_m").unwrap()])
        .await
        .unwrap();
    assert_eq!(server.last().line(), "GET /2/users/by");
    assert_eq!(server.last().query["usernames"], "ada_m");
    let costs: Vec<_> = setup.ledger.told().into_iter().map(|told| told.3).collect();
    assert_eq!(costs, [10_000, 10_000]);
}

#[tokio::test]
async fn posts_in_both_dialects_with_what_is_gone() {
    let raw = r#"{"data":[{"id":"2","text":"cut…","note_tweet":{"text":"whole"},"referenced_tweets":[{"type":"replied_to","id":"1"}],"edit_history_tweet_ids":["2"],"author_id":"5","unknown":{"x":1.50}},
      {"id":"4","text":"cut…","note_post":{"text":"whole"},"referenced_posts":[{"type":"replied_to","id":"1"}],"edit_history_post_ids":["3","4"],"created_at":"2026-08-22T10:00:00.000Z","public_metrics":{"repost_count":1,"like_count":2}}],
      "includes":{"posts":[{"id":"1","text":"first","author_id":"6"}],"users":[{"id":"5","username":"a"},{"id":"6","username":"b"},{"broken":true}]},
      "errors":[{"resource_id":"9","title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}"#;
    let server = Server::start(move |_, _| with_headers(200, &[], raw)).await;
    let setup = setup(&server.url);
    let found = setup
        .client
        .posts(&["2", "4", "9"].map(post))
        .await
        .unwrap();
    for item in &found.items {
        assert_eq!(
            (item.full_text(), item.replied_to()),
            ("whole", Some(&post("1")))
        );
    }
    assert_eq!(found.items[1].edit_history, ["3", "4"].map(post));
    let metrics = found.items[1].public_metrics.unwrap();
    assert_eq!((metrics.reposts, metrics.likes), (1, 2));
    assert_eq!(
        (found.includes.posts.len(), found.includes.users.len()),
        (1, 2)
    );
    assert_eq!(found.missing[0].kind, ProblemKind::ResourceNotFound);
    assert!(
        found.items[0]
            .json
            .get()
            .ends_with(r#""unknown":{"x":1.50}}"#),
        "bytes as X sent them"
    );
    let envelope = post_envelope(&found.items[0], &found.includes);
    assert!(envelope.contains(found.items[0].json.get()));
    let envelope: Value = serde_json::from_str(&envelope).unwrap();
    assert_eq!(envelope["includes"]["users"].as_array().unwrap().len(), 2);
    assert_eq!(envelope["includes"]["tweets"][0]["id"], "1");
    let asked = server.last();
    assert_eq!(
        (asked.line().as_str(), asked.query["ids"].as_str()),
        ("GET /2/tweets", "2,4,9")
    );
    assert!(
        asked.query["tweet.fields"].contains("note_tweet")
            && asked.query["expansions"].contains("author_id")
    );
    assert_eq!(setup.ledger.told()[0].2, Outcome::Status(200));
    assert_eq!(setup.ledger.told()[0].3, 2 * 5_000);
}

#[tokio::test]
async fn a_look_up_of_what_is_all_gone_says_so() {
    let server = Server::json(json!({ "errors": [{ "resource_id": "9", "type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error" }] })).await;
    let found = setup(&server.url).client.posts(&[post("9")]).await.unwrap();
    assert!(found.items.is_empty());
    assert_eq!(found.missing.len(), 1);
}

#[tokio::test]
async fn pages_of_mentions_own_posts_and_search() {
    let server = Server::json(json!({
        "data": [{ "id": "8", "text": "new" }, { "id": 7, "text": "a number for an id" }],
        "errors": [{ "title": "Not Found Error", "resource_id": "3" }],
        "meta": { "newest_id": "8", "oldest_id": "7", "next_token": "older", "result_count": 2 },
    }))
    .await;
    let client = setup(&server.url).client;
    let page = TimelinePage {
        since_id: Some(post("3")),
        start_time: Some("2026-08-22T10:00:00.750Z".parse().unwrap()),
        max_results: Some(1_000),
        pagination_token: Some("token".to_owned()),
        ..TimelinePage::default()
    };
    let got = client.mentions(&user("5"), &page).await.unwrap();
    assert_eq!(
        (got.items.len(), got.unreadable.len(), got.errors.len()),
        (1, 1, 1)
    );
    assert_eq!(
        (
            got.meta.newest_id.as_deref(),
            got.meta.next_token.as_deref()
        ),
        (Some("8"), Some("older"))
    );
    let asked = server.last();
    assert_eq!(asked.line(), "GET /2/users/5/mentions");
    for (name, value) in [
        ("since_id", "3"),
        ("start_time", "2026-08-22T10:00:00Z"),
        ("max_results", "100"),
        ("pagination_token", "token"),
    ] {
        assert_eq!(asked.query[name], value);
    }
    client
        .posts_of(&user("5"), &TimelinePage::default())
        .await
        .unwrap();
    assert_eq!(server.last().line(), "GET /2/users/5/tweets");
    assert!(!server.last().query.contains_key("since_id"));
    let search = SearchPage {
        next_token: Some("n".into()),
        ..SearchPage::new("conversation_id:1 -is:retweet")
    };
    client.search(&search).await.unwrap();
    assert_eq!(server.last().line(), "GET /2/tweets/search/recent");
    assert_eq!(
        (
            server.last().query["query"].as_str(),
            server.last().query["next_token"].as_str()
        ),
        ("conversation_id:1 -is:retweet", "n")
    );
}

#[tokio::test]
async fn an_empty_page_has_no_data() {
    let server = Server::json(json!({ "meta": { "result_count": 0 } })).await;
    let page = setup(&server.url)
        .client
        .mentions(&user("5"), &TimelinePage::default())
        .await
        .unwrap();
    assert!(page.items.is_empty() && page.unreadable.is_empty());
}

#[tokio::test]
async fn private_events_of_each_scope() {
    let server = Server::json(json!({
        "data": [{ "id": "11", "event_type": "MessageCreate", "text": "hi", "sender_id": "5", "dm_conversation_id": "5-7001",
                   "attachments": { "media_keys": ["3_1"] } }],
        "includes": { "users": [{ "id": "5", "username": "a" }, { "id": "7001", "username": "b" }],
                      "media": [{ "media_key": "3_1", "type": "photo", "url": "https://ton.twitter.com/x" }, { "media_key": "3_2" }] },
        "meta": { "result_count": 1 },
    }))
    .await;
    let setup = setup(&server.url);
    let conversation = DmConversationId::new("5-7001").unwrap();
    for (scope, path) in [
        (DmScope::All, "GET /2/dm_events"),
        (
            DmScope::With(user("5")),
            "GET /2/dm_conversations/with/5/dm_events",
        ),
        (
            DmScope::Conversation(conversation),
            "GET /2/dm_conversations/5-7001/dm_events",
        ),
    ] {
        let page = DmPage {
            messages_only: true,
            ..DmPage::default()
        };
        let got = setup.client.dm_events(&scope, &page).await.unwrap();
        assert_eq!(got.items[0].text.as_deref(), Some("hi"));
        assert_eq!(server.last().line(), path);
        assert_eq!(server.last().query["event_types"], "MessageCreate");
        let envelope: Value =
            serde_json::from_str(&dm_envelope(&got.items[0], &got.includes)).unwrap();
        assert_eq!(envelope["data"]["id"], "11");
        assert_eq!(envelope["includes"]["users"].as_array().unwrap().len(), 1);
        assert_eq!(envelope["includes"]["media"].as_array().unwrap().len(), 1);
    }
    let event = setup
        .client
        .dm_event(&DmEventId::new("11").unwrap())
        .await
        .unwrap();
    assert_eq!(event.id.as_str(), "11");
    assert_eq!(server.last().line(), "GET /2/dm_events/11");
    assert_eq!(setup.ledger.told()[0].3, 10_000);
}

#[tokio::test]
async fn a_reply_and_its_deletion() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "POST" => json(
            201,
            &json!({ "data": { "id": "9", "text": "Thanks!", "edit_history_tweet_ids": ["9"] } }),
        ),
        _ => json(200, &json!({ "data": { "deleted": true } })),
    })
    .await;
    let setup = setup(&server.url);
    let mut reply = PublicReply::new(PublicText::new("Thanks!").unwrap(), post("1"));
    let created = setup.client.reply(&reply).await.unwrap();
    assert_eq!(created.id, post("9"));
    let asked = server.last();
    assert_eq!(asked.line(), "POST /2/tweets");
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(
        asked.json(),
        json!({ "text": "Thanks!", "reply": { "in_reply_to_tweet_id": "1" } })
    );
    reply.summoned = true;
    setup.client.reply(&reply).await.unwrap();
    reply.text = PublicText::new("See example.com").unwrap();
    setup.client.reply(&reply).await.unwrap();
    assert!(setup.client.delete_post(&created.id).await.unwrap());
    assert_eq!(server.last().line(), "DELETE /2/tweets/9");
    let costs: Vec<_> = setup.ledger.told().into_iter().map(|told| told.3).collect();
    assert_eq!(costs, [15_000, 10_000, 200_000, 0]);
}

#[tokio::test]
async fn a_message_and_its_deletion() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "POST" => json(
            201,
            &json!({ "data": { "dm_conversation_id": "5-7001", "dm_event_id": "11" } }),
        ),
        _ => json(200, &json!({ "data": { "deleted": true } })),
    })
    .await;
    let setup = setup(&server.url);
    let text = PrivateText::new("Your code is in the mail.").unwrap();
    let conversation = DmConversationId::new("5-7001").unwrap();
    for (to, path) in [
        (
            Recipient::User(user("5")),
            "POST /2/dm_conversations/with/5/messages",
        ),
        (
            Recipient::Conversation(conversation),
            "POST /2/dm_conversations/5-7001/messages",
        ),
    ] {
        let sent = setup
            .client
            .send_message(&PrivateMessage::new(text.clone(), to))
            .await
            .unwrap();
        assert_eq!(
            (sent.dm_event_id.as_str(), sent.dm_conversation_id.as_str()),
            ("11", "5-7001")
        );
        assert_eq!(server.last().line(), path);
        assert_eq!(
            server.last().json(),
            json!({ "text": "Your code is in the mail." })
        );
    }
    assert!(
        setup
            .client
            .delete_message(&DmEventId::new("11").unwrap())
            .await
            .unwrap()
    );
    assert_eq!(server.last().line(), "DELETE /2/dm_events/11");
    assert_eq!(setup.ledger.told()[0].3, 15_000);
}

#[tokio::test]
async fn likes() {
    let server = Server::start(|asked, _| {
        json(200, &json!({ "data": { "liked": asked.method == "POST" } }))
    })
    .await;
    let client = setup(&server.url).client;
    assert!(client.like(&user("7001"), &post("1")).await.unwrap().liked);
    assert_eq!(
        (server.last().line().as_str(), server.last().json()),
        ("POST /2/users/7001/likes", json!({ "tweet_id": "1" }))
    );
    assert!(
        !client
            .unlike(&user("7001"), &post("1"))
            .await
            .unwrap()
            .liked
    );
    assert_eq!(server.last().line(), "DELETE /2/users/7001/likes/1");
}

#[tokio::test]
async fn an_answer_may_be_compressed() {
    let server = Server::start(|asked, _| {
        assert!(asked.header("accept-encoding").contains("gzip"));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(
            &mut packed,
            br#"{"data":{"id":"7001","username":"northwindgear"}}"#,
        )
        .unwrap();
        with_headers(
            200,
            &[
                ("content-encoding", "gzip"),
                ("x-access-level", "read-write-directmessages"),
            ],
            packed.finish().unwrap(),
        )
    })
    .await;
    let client = setup(&server.url).client;
    assert_eq!(client.access_level(), None);
    assert_eq!(client.me().await.unwrap().username, "northwindgear");
    assert_eq!(
        client.access_level().as_deref(),
        Some("read-write-directmessages")
    );
}
