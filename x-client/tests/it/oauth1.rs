use std::sync::{Arc, OnceLock};

use serde_json::json;
use x_client::auth::UserToken;
use x_client::calls::{PublicReply, SearchPage};
use x_client::error::{AuthLoss, Meaning};
use x_client::ids::PostId;
use x_client::{Client, Credentials, Error, PublicText, oauth1};

use crate::server::{Asked, Server, json};
use crate::setup::{START, credentials, setup};

/// Checks the signature as X would: from what arrived.
fn is_signed(asked: &Asked, url: &str, token_secret: &str) -> bool {
    let header = asked
        .authorization()
        .strip_prefix("OAuth ")
        .expect("not OAuth 1.0a");
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let parts: Vec<(String, String)> = header
        .split(", ")
        .map(|part| part.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), decode(value.trim_matches('"'))))
        .collect();
    let given = parts
        .iter()
        .find(|(name, _)| name == "oauth_signature")
        .unwrap();
    let signed = parts.iter().filter(|(name, _)| name != "oauth_signature");
    let mut params: Vec<(&str, &str)> = signed.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    params.extend(asked.query.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let url = format!("{url}{}", asked.path);
    let base = oauth1::base_string(asked.method.as_str(), &url, &params);
    oauth1::signature(&base, &"consumer-secret".into(), &token_secret.into()) == given.1
}

fn every_character() -> String {
    let ascii: String = (0x20..0x7F_u8).map(char::from).collect();
    format!("{ascii} é 語 😀 👩‍💻")
}

#[tokio::test]
async fn a_query_of_every_character_arrives_whole_and_signed() {
    let server = Server::json(json!({ "meta": { "result_count": 0 } })).await;
    let client = setup(&server.url).client;
    client
        .search(&SearchPage::new(every_character()))
        .await
        .unwrap();
    let asked = server.last();
    assert_eq!(asked.query["query"], every_character());
    assert!(is_signed(&asked, &server.url, "token-secret"));
    assert!(!is_signed(&asked, &server.url, "another"));
    assert!(
        asked
            .authorization()
            .contains(&format!("oauth_timestamp=\"{START}\""))
    );
    assert!(asked.header("user-agent").starts_with("earshot/"));
}

#[tokio::test]
async fn a_body_of_every_character_arrives_whole_and_is_not_signed() {
    let server = Server::json(json!({ "data": { "id": "9", "text": "" } })).await;
    let client = setup(&server.url).client;
    let text = every_character();
    let reply = PublicReply::new(
        PublicText::new(text.clone()).unwrap(),
        PostId::new("1").unwrap(),
    );
    client.reply(&reply).await.unwrap();
    let asked = server.last();
    assert_eq!(asked.json()["text"], text);
    assert!(is_signed(&asked, &server.url, "token-secret"));
}

#[tokio::test]
async fn no_two_requests_have_one_nonce() {
    let server = Server::json(json!({ "data": { "id": "7001" } })).await;
    let client = setup(&server.url).client;
    for _ in 0..5 {
        client.me().await.unwrap();
    }
    let mut headers: Vec<_> = server
        .asked()
        .iter()
        .map(|a| a.authorization().to_owned())
        .collect();
    headers.sort();
    headers.dedup();
    assert_eq!(headers.len(), 5);
}

#[tokio::test]
async fn keys_that_x_refuses_are_lost_after_one_request() {
    let server =
        Server::start(|_, _| json(401, &json!({ "title": "Unauthorized", "status": 401 }))).await;
    let client = setup(&server.url).client;
    let error = client.me().await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::AuthLost);
    assert_eq!(error.refusal().unwrap().words().unwrap(), "Unauthorized");
    assert_eq!(server.count(), 1);
}

/// The token is rotated while a reply is under way: X refuses the old one, and the reply goes out
/// under the new one, once.
#[tokio::test]
async fn a_token_that_was_replaced_meanwhile_is_used_even_for_a_write() {
    let holder: Arc<OnceLock<Client>> = Arc::default();
    let rotated = holder.clone();
    let server = Server::start(move |_, before| {
        if before > 0 {
            return json(201, &json!({ "data": { "id": "9" } }));
        }
        let user = Some(UserToken {
            token: "7001-new".into(),
            secret: "new-secret".into(),
        });
        rotated.get().unwrap().set_credentials(Credentials {
            user,
            ..credentials()
        });
        json(401, &json!({ "title": "Unauthorized" }))
    })
    .await;
    let client = setup(&server.url).client;
    holder.set(client.clone()).unwrap();
    let text = PublicText::new("Thanks!").unwrap();
    let posted = client
        .reply(&PublicReply::new(text, PostId::new("1").unwrap()))
        .await
        .unwrap();
    assert_eq!(posted.id.as_str(), "9");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(is_signed(&asked[0], &server.url, "token-secret"));
    assert!(is_signed(&asked[1], &server.url, "new-secret"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = Server::json(json!({})).await;
    let client = setup(&server.url).client;
    client.set_credentials(Credentials {
        user: None,
        ..credentials()
    });
    let error = client.me().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::AuthLost {
                loss: AuthLoss::NotConfigured(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("no keys for oauth1"), "{error}");
    assert_eq!(server.count(), 0);
}
