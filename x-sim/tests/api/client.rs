//! A foreign client: it knows X's paths and signs by itself, and nothing of the simulator.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use sha1::Sha1;
use x_sim::{
    Config, Running,
    api::knobs::{AppConfig, OAuth1Config, OAuth2Config, Tier, UserConfig},
    config::Secret,
    run,
    world::NewPerson,
};

static NONCE: AtomicU64 = AtomicU64::new(1);

pub const KEY: &str = "consumer-key";
pub const SECRET: &str = "consumer-secret";
pub const BEARER: &str = "app-only-bearer";

/// How a request is authenticated.
#[derive(Debug, Clone)]
pub enum Auth {
    None,
    Bearer(String),
    /// Token and its secret.
    OAuth1(String, String),
}

pub fn app() -> Auth {
    Auth::Bearer(BEARER.to_owned())
}

/// The brand's OAuth 1.0a token.
pub fn brand() -> Auth {
    Auth::OAuth1("11-token".to_owned(), "11-secret".to_owned())
}

/// Ada's OAuth 2.0 token.
pub fn ada() -> Auth {
    Auth::Bearer("ada-access".to_owned())
}

pub struct Sim {
    pub running: Running,
    client: Client,
}

pub fn config(tier: Tier) -> Config {
    let person = |id: u64, handle: &str| NewPerson {
        id: Some(x_sim::XId(id)),
        handle: handle.to_owned(),
        ..NewPerson::default()
    };
    let secret = |text: &str| Some(Secret(text.to_owned()));
    let users = vec![
        UserConfig {
            user: "@brand".to_owned(),
            oauth1: Some(OAuth1Config {
                token: Some("11-token".to_owned()),
                secret: secret("11-secret"),
                ..OAuth1Config::default()
            }),
            oauth2: None,
        },
        UserConfig {
            user: "@ada".to_owned(),
            oauth1: None,
            oauth2: Some(OAuth2Config {
                access: secret("ada-access"),
                refresh: secret("ada-refresh"),
                ..OAuth2Config::default()
            }),
        },
    ];
    let mut config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_loopback_http: true,
        people: vec![person(11, "brand"), person(21, "ada"), person(22, "ben")],
        ..Config::default()
    };
    config.api.apps.push(AppConfig {
        key: Some(KEY.to_owned()),
        secret: secret(SECRET),
        bearer: secret(BEARER),
        client_id: Some("client".to_owned()),
        client_secret: secret("client-secret"),
        tier,
        users,
        ..AppConfig::default()
    });
    config
}

impl Sim {
    pub async fn start(tier: Tier) -> Self {
        Self::with(config(tier)).await
    }

    pub async fn with(config: Config) -> Self {
        let running = run(config).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { running, client }
    }

    pub async fn stop(self) {
        drop(self.client);
        self.running.stop().await.unwrap();
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    pub fn request(&self, auth: &Auth, method: &Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(path);
        let request = self.client.request(method.clone(), &url);
        match auth {
            Auth::None => request,
            Auth::Bearer(token) => request.bearer_auth(token),
            Auth::OAuth1(token, secret) => {
                let nonce = NONCE.fetch_add(1, Ordering::Relaxed).to_string();
                let time = chrono::Utc::now().timestamp();
                request.header(
                    "authorization",
                    header(method, &url, token, secret, &nonce, time),
                )
            }
        }
    }

    pub async fn send(
        &self,
        auth: &Auth,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let request = self.request(auth, &method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    pub async fn call(
        &self,
        auth: &Auth,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let response = self.send(auth, method, path, body).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub async fn get(&self, auth: &Auth, path: &str) -> Value {
        let (status, body) = self.call(auth, Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, auth: &Auth, path: &str, body: Value) -> (u16, Value) {
        self.call(auth, Method::POST, path, Some(body)).await
    }

    /// The control API.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self
            .call(&Auth::None, method, &format!("/sim/v1{path}"), Some(body))
            .await;
        assert!(status < 300, "{path}: {status} {body}");
        body
    }

    /// A post of somebody in the world; gives its id.
    pub async fn says(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        let mut new = json!({"author": who, "text": text});
        if let Some(id) = reply_to {
            new["reply_to"] = id.into();
        }
        let post = self.control(Method::POST, "/posts", new).await;
        post["id"].as_str().unwrap().to_owned()
    }

    pub async fn advance(&self, seconds: i64) {
        self.control(Method::POST, "/clock/advance", json!({"seconds": seconds}))
            .await;
    }

    pub async fn fault(&self, fault: Value) {
        self.control(Method::POST, "/api-faults", fault).await;
    }
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            out.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.extend(format!("%{other:02X}").chars()),
        }
    }
    out
}

/// The `Authorization` of OAuth 1.0a.
pub fn header(
    method: &Method,
    url: &str,
    token: &str,
    secret: &str,
    nonce: &str,
    time: i64,
) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut pairs: Vec<(String, String)> = [
        ("oauth_consumer_key", KEY),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &time.to_string()),
        ("oauth_token", token),
        ("oauth_version", "1.0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let oauth = pairs.clone();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let plain = decode(value);
        pairs.push((name.to_owned(), plain));
    }
    let mut coded: Vec<String> = pairs
        .iter()
        .map(|(n, v)| format!("{}={}", encode(n), encode(v)))
        .collect();
    coded.sort();
    let text = format!("{method}&{}&{}", encode(base), encode(&coded.join("&")));
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{SECRET}&{secret}").as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut parts: Vec<String> = oauth
        .iter()
        .map(|(n, v)| format!("{n}=\"{}\"", encode(v)))
        .collect();
    parts.push(format!("oauth_signature=\"{}\"", encode(&signature)));
    format!("OAuth {}", parts.join(", "))
}
