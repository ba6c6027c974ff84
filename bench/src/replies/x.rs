//! X for the proof: many accounts, lifted budgets, no rule against the same text twice.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{ACCOUNTS, PEOPLE, account, person};

/// X, and how it is told what to do.
pub struct X {
    running: x_sim::Running,
    http: reqwest::Client,
}

/// What X has of a text.
pub type Sent = (String, Vec<String>);

impl X {
    pub async fn start() -> anyhow::Result<Self> {
        let brands =
            (0..ACCOUNTS).map(|n| json!({ "id": account(n), "handle": format!("brand{n}") }));
        let people =
            (0..PEOPLE).map(|n| json!({ "id": person(n), "handle": format!("person{n}") }));
        let users = (0..ACCOUNTS).map(|n| {
            let token = format!("{}-token", account(n));
            json!({ "user": format!("@brand{n}"), "oauth1": { "token": token, "secret": "secret" } })
        });
        let config = json!({
            "listen": "127.0.0.1:0",
            "people": brands.chain(people).collect::<Vec<_>>(),
            "api": {
                "knobs": { "rate_limits": false, "hang_ms": 60_000, "duplicate_hours": 0 },
                "apps": [{ "key": "key", "secret": "secret", "tier": "enterprise",
                           "users": users.collect::<Vec<_>>() }],
            },
        });
        Ok(Self {
            running: x_sim::run(serde_json::from_value(config)?).await?,
            http: reqwest::Client::new(),
        })
    }

    pub fn url(&self) -> String {
        self.running.url()
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/sim/v1{path}", self.running.url());
        let request = self.http.request(method.parse()?, url).json(body);
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        Ok(serde_json::from_slice(&answer.bytes().await?).unwrap_or_default())
    }

    /// A post of a person.
    pub async fn post(&self, n: usize) -> anyhow::Result<String> {
        let body =
            json!({ "author": format!("@person{n}"), "text": format!("Where is parcel {n}?") });
        let made = self.control("POST", "/posts", &body).await?;
        let id = made["id"].as_str().or_else(|| made["post"]["id"].as_str());
        Ok(id.context("the post has no id")?.to_owned())
    }

    /// One call in ten or so goes wrong, before its effect or after it; half of them are slow.
    pub async fn disturb(&self) -> anyhow::Result<()> {
        for endpoint in [
            "POST /2/tweets",
            "POST /2/dm_conversations/with/:participant_id/messages",
        ] {
            for effect in ["none", "done"] {
                for (kind, more) in [("status", Some(503)), ("close", None), ("hang", None)] {
                    let mut fault = json!({ "endpoint": endpoint, "kind": kind, "effect": effect,
                                            "percent": if kind == "hang" { 1 } else { 2 } });
                    if let Some(status) = more {
                        fault["status"] = status.into();
                    }
                    self.control("POST", "/api-faults", &fault).await?;
                }
            }
            let slow =
                json!({ "endpoint": endpoint, "kind": "slow", "delay_ms": 60, "percent": 50 });
            self.control("POST", "/api-faults", &slow).await?;
        }
        Ok(())
    }

    pub async fn calm(&self) -> anyhow::Result<()> {
        self.control("PUT", "/api-faults", &json!([])).await?;
        Ok(())
    }

    pub async fn advance(&self, seconds: i64) -> anyhow::Result<()> {
        let body = json!({ "seconds": seconds });
        self.control("POST", "/clock/advance", &body).await?;
        Ok(())
    }

    /// How much was posted and messaged so far.
    pub async fn total(&self) -> anyhow::Result<u64> {
        let page = self
            .control("GET", "/sends?from=1000000000", &Value::Null)
            .await?;
        page["total"].as_u64().context("no total")
    }

    /// Every text that X has, with the ids under which it stands.
    pub async fn sent(&self) -> anyhow::Result<Vec<Sent>> {
        let mut all = Vec::new();
        loop {
            let path = format!("/sends?from={}", all.len());
            let page = self.control("GET", &path, &Value::Null).await?;
            let Some(sends) = page["sends"].as_array().filter(|s| !s.is_empty()) else {
                return Ok(all);
            };
            for one in sends {
                let ids = one["ids"].as_array().into_iter().flatten();
                let ids = ids.filter_map(|id| id.as_str().map(str::to_owned));
                all.push((
                    one["text"].as_str().unwrap_or_default().to_owned(),
                    ids.collect(),
                ));
            }
        }
    }
}
