use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use x_client::auth::OAuth2App;
use x_client::calls::{PrivateMessage, Recipient};
use x_client::error::{AuthLoss, Meaning};
use x_client::ids::UserId;
use x_client::{AccountKey, Client, Credentials, Error, PrivateText};

use crate::server::{Asked, Server, json, with_headers};
use crate::setup::{Setup, api, credentials, settings, setup, waits_for, with_auth};
use crate::tokens::MemoryTokens;

const BY_OAUTH2: &[(&str, &str)] = &[("users.me", "oauth2"), ("dm.send", "oauth2")];

/// X: each refresh token works once and gives the next pair; calls need the newest access token, and
/// one that is stored.
struct Granter {
    grants: Arc<AtomicUsize>,
    server: Server,
    tokens: Arc<Mutex<Option<MemoryTokens>>>,
}

async fn granter() -> Granter {
    let grants = Arc::new(AtomicUsize::new(0));
    let tokens: Arc<Mutex<Option<MemoryTokens>>> = Arc::default();
    let (counted, store) = (grants.clone(), tokens.clone());
    let server = Server::start(move |asked, _| {
        if asked.path == "/2/oauth2/token" {
            return grant(asked, &counted);
        }
        let newest = format!("Bearer access-{}", counted.load(Ordering::SeqCst));
        if asked.authorization() != newest {
            return json(401, &json!({ "title": "Unauthorized" }));
        }
        let stored = store.lock().unwrap().as_ref().and_then(MemoryTokens::access);
        assert_eq!(stored.map(|access| format!("Bearer {access}")), Some(newest), "used before stored");
        json(200, &json!({ "data": { "id": "7001", "dm_conversation_id": "5-7001", "dm_event_id": "9" } }))
    })
    .await;
    Granter {
        grants,
        server,
        tokens,
    }
}

fn grant(asked: &Asked, grants: &AtomicUsize) -> Response {
    let basic = format!("Basic {}", STANDARD.encode("client-id:client-secret"));
    assert_eq!(asked.authorization(), basic);
    let made = grants.load(Ordering::SeqCst);
    let expected =
        format!("grant_type=refresh_token&refresh_token=refresh-{made}&client_id=client-id");
    if asked.body != expected {
        return json(
            400,
            &json!({ "error": "invalid_request", "error_description": "Value passed for the token was invalid." }),
        );
    }
    let made = grants.fetch_add(1, Ordering::SeqCst) + 1;
    json(
        200,
        &json!({
            "token_type": "bearer", "expires_in": 7200, "access_token": format!("access-{made}"),
            "refresh_token": format!("refresh-{made}"), "scope": "tweet.read users.read dm.write offline.access",
        }),
    )
}

impl Granter {
    fn setup(&self) -> Setup {
        let setup = with_auth(&self.server.url, BY_OAUTH2);
        *self.tokens.lock().unwrap() = Some(setup.tokens.clone());
        setup
    }

    fn grants(&self) -> usize {
        self.grants.load(Ordering::SeqCst)
    }
}

fn message() -> PrivateMessage {
    let text = PrivateText::new("Hello").unwrap();
    PrivateMessage::new(text, Recipient::User(UserId::new("5").unwrap()))
}

#[tokio::test]
async fn the_first_refresh_token_gives_a_pair_that_is_stored_and_used_until_it_ends() {
    let x = granter().await;
    let setup = x.setup();
    setup.client.me().await.unwrap();
    setup.client.me().await.unwrap();
    assert_eq!((x.grants(), x.server.count()), (1, 3));
    assert_eq!(setup.tokens.refresh().as_deref(), Some("refresh-1"));
    let stored = setup.client.stored_tokens().await.unwrap().unwrap();
    assert!(stored.scopes.iter().any(|scope| scope == "dm.write"));

    setup.clock.advance(7_200 - 60);
    setup.client.me().await.unwrap();
    assert_eq!(x.grants(), 2, "renewed a minute before it ends");
    assert_eq!(setup.tokens.refresh().as_deref(), Some("refresh-2"));
}

#[tokio::test]
async fn many_calls_and_two_processes_renew_once() {
    let x = granter().await;
    let setup = x.setup();
    let other = {
        let settings = setup_settings(&x.server.url);
        let api = api(settings, &setup.clock, &setup.ledger, &setup.tokens);
        api.account(AccountKey::new("northwind/help"), credentials())
    };
    let calls = (0..20).map(|n| {
        let client = if n % 2 == 0 {
            setup.client.clone()
        } else {
            other.clone()
        };
        async move { client.me().await }
    });
    for result in futures::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(x.grants(), 1);
}

fn setup_settings(url: &str) -> x_client::Settings {
    let auth = x_client::AuthTable::from_names(BY_OAUTH2.iter().copied()).unwrap();
    x_client::Settings {
        auth,
        ..settings(url)
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_a_write_sent_again_once() {
    let x = granter().await;
    let setup = x.setup();
    setup.client.me().await.unwrap();
    // X takes the token back: the newest is another one now, which only a refresh reveals.
    let server = Server::start({
        let grants = x.grants.clone();
        move |asked, _| match asked.path.as_str() {
            "/2/oauth2/token" => grant(asked, &grants),
            _ if asked.authorization() == "Bearer access-2" => json(
                201,
                &json!({ "data": { "dm_conversation_id": "5-7001", "dm_event_id": "9" } }),
            ),
            _ => json(401, &json!({ "title": "Unauthorized" })),
        }
    })
    .await;
    let api = api(
        setup_settings(&server.url),
        &setup.clock,
        &setup.ledger,
        &setup.tokens,
    );
    let client = api.account(AccountKey::new("northwind/help"), credentials());
    let sent = client.send_message(&message()).await.unwrap();
    assert_eq!(sent.dm_event_id.as_str(), "9");
    let lines: Vec<_> = server.asked().iter().map(Asked::line).collect();
    let send = "POST /2/dm_conversations/with/5/messages";
    assert_eq!(lines, [send, "POST /2/oauth2/token", send]);
}

#[tokio::test]
async fn a_token_that_is_refused_when_new_is_lost() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        "/2/oauth2/token" => json(
            200,
            &json!({ "access_token": format!("a{before}"), "refresh_token": "r" }),
        ),
        _ => json(401, &json!({ "title": "Unauthorized" })),
    })
    .await;
    let client = with_auth(&server.url, BY_OAUTH2).client;
    let error = client.send_message(&message()).await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::AuthLost);
    assert_eq!(server.count(), 4, "two tokens, two tries");
}

#[tokio::test]
async fn a_refused_refresh_says_that_the_account_must_be_authorised_anew() {
    let x = granter().await;
    let setup = x.setup();
    let used_up = OAuth2App {
        client_id: "client-id".to_owned(),
        secret: Some("client-secret".into()),
        refresh: Some("used-up".into()),
    };
    setup.client.set_credentials(Credentials {
        oauth2: Some(used_up),
        ..credentials()
    });
    let error = setup.client.send_message(&message()).await.unwrap_err();
    let Error::AuthLost {
        loss: AuthLoss::RefreshRefused(why),
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(why.starts_with("invalid_request: Value passed"), "{why}");
    assert!(!format!("{error:?}").contains("used-up"));

    // The operator authorises the account anew: the new refresh token wins over what is stored.
    setup.client.set_credentials(credentials());
    setup.client.send_message(&message()).await.unwrap();
    assert_eq!(setup.tokens.access().as_deref(), Some("access-1"));
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_used_and_not_lost() {
    let x = granter().await;
    let setup = x.setup();
    setup.tokens.broken.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let error = setup.client.send_message(&message()).await.unwrap_err();
        assert!(matches!(error, Error::NotSent { .. }), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
    }
    assert_eq!((x.grants(), x.server.count()), (1, 1));
    setup.tokens.broken.store(false, Ordering::SeqCst);
    setup.client.send_message(&message()).await.unwrap();
    assert_eq!(x.grants(), 1, "the pair that X granted was kept");
    assert_eq!(setup.tokens.refresh().as_deref(), Some("refresh-1"));
}

#[tokio::test]
async fn a_renewal_ends_even_if_its_call_is_given_up() {
    let x = granter().await;
    let setup = x.setup();
    let client = setup.client.clone();
    let call = tokio::spawn(async move { client.me().await });
    waits_for("the refresh arrives", &x.server.log, |log| !log.is_empty()).await;
    call.abort();
    waits_for("the pair is stored", &setup.tokens.kept, Option::is_some).await;
    assert_eq!(setup.tokens.refresh().as_deref(), Some("refresh-1"));
}

fn app_server(refused: usize) -> impl Fn(&Asked, usize) -> Response + Send + Sync + 'static {
    let (granted, refusals) = (AtomicUsize::new(0), AtomicUsize::new(refused));
    move |asked, _| {
        if asked.path == "/oauth2/token" {
            let basic = format!("Basic {}", STANDARD.encode("consumer-key:consumer-secret"));
            assert_eq!(
                (asked.authorization(), &asked.body[..]),
                (basic.as_str(), &b"grant_type=client_credentials"[..])
            );
            let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
            return json(
                200,
                &json!({ "token_type": "bearer", "access_token": format!("app-{number}") }),
            );
        }
        let left = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() {
            return json(401, &json!({ "title": "Unauthorized" }));
        }
        let newest = format!("Bearer app-{}", granted.load(Ordering::SeqCst));
        assert_eq!(asked.authorization(), newest);
        json(200, &json!({ "data": [], "meta": { "result_count": 0 } }))
    }
}

fn tokens_asked(server: &Server) -> usize {
    server
        .asked()
        .iter()
        .filter(|asked| asked.path == "/oauth2/token")
        .count()
}

#[tokio::test]
async fn the_apps_token_is_obtained_once() {
    let server = Server::start(app_server(0)).await;
    let client = setup(&server.url).client;
    let calls = (0..10).map(|_| client.webhooks());
    for result in futures::future::join_all(calls).await {
        assert_eq!(result.unwrap(), []);
    }
    assert_eq!((tokens_asked(&server), server.count()), (1, 11));
}

#[tokio::test]
async fn the_apps_token_is_renewed_once_after_a_refusal() {
    let server = Server::start(app_server(1)).await;
    let client: Client = setup(&server.url).client;
    client.webhooks().await.unwrap();
    assert_eq!((tokens_asked(&server), server.count()), (2, 4));

    let server = Server::start(app_server(2)).await;
    let client = setup(&server.url).client;
    assert_eq!(
        client.webhooks().await.unwrap_err().meaning(),
        Meaning::AuthLost
    );
    assert_eq!((tokens_asked(&server), server.count()), (2, 4));
}

#[tokio::test]
async fn new_keys_of_the_app_obtain_a_new_token() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        "/oauth2/token" => json(200, &json!({ "access_token": format!("app-{before}") })),
        _ => json(200, &json!({ "data": [] })),
    })
    .await;
    let client = setup(&server.url).client;
    client.webhooks().await.unwrap();
    let mut keys = credentials();
    keys.app.secret = "rotated".into();
    client.set_credentials(keys);
    client.webhooks().await.unwrap();
    assert_eq!(tokens_asked(&server), 2);
    assert_eq!(server.last().authorization(), "Bearer app-2");
}

#[tokio::test]
async fn without_a_token_a_write_was_not_sent() {
    let server = Server::start(|_, _| with_headers(503, &[], "down")).await;
    let client = with_auth(&server.url, &[("dm.send", "app")]).client;
    let error = client.send_message(&message()).await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::TryAgain);
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    let lines: Vec<_> = server.asked().iter().map(Asked::line).collect();
    assert_eq!(lines, ["POST /oauth2/token"]);
}
