//! A Confluent-compatible schema registry, where one is configured.

use std::collections::HashMap;
use std::time::Duration;

use schemas::topics::{ALL, subject};
use schemas::wire::Codec;
use serde::Deserialize;

use crate::Exit;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Client of a registry's REST interface.
#[derive(Clone)]
pub struct Registry {
    http: reqwest::Client,
    url: String,
}

#[derive(Deserialize)]
struct Registered {
    id: u32,
}

#[derive(Deserialize)]
struct Fetched {
    schema: String,
}

impl Registry {
    /// For the base URL that Confluent clients are given.
    pub fn new(url: &str) -> Result<Self, Exit> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(|e| Exit::Config(format!("registry.url: {e}")))?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// Registers the schema of a subject (the same schema gives the same id).
    pub async fn register(&self, subject: &str, schema: &str) -> Result<u32, Exit> {
        let answer = self
            .http
            .post(format!("{}/subjects/{subject}/versions", self.url))
            .json(&serde_json::json!({ "schema": schema }))
            .send()
            .await
            .map_err(|e| away(&e))?;
        if !answer.status().is_success() {
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            return Err(Exit::Config(format!(
                "registry refused {subject}: {status} {text}"
            )));
        }
        Ok(answer.json::<Registered>().await.map_err(|e| away(&e))?.id)
    }

    /// The schema with that id; `None` if the registry does not know it.
    pub async fn schema(&self, id: u32) -> Result<Option<String>, Exit> {
        let url = format!("{}/schemas/ids/{id}", self.url);
        let answer = self.http.get(url).send().await.map_err(|e| away(&e))?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(
            answer.json::<Fetched>().await.map_err(|e| away(&e))?.schema,
        ))
    }

    /// Registers every subject and gives a codec that writes the registry's ids.
    pub async fn codec(&self) -> Result<Codec, Exit> {
        let mut ids: HashMap<&str, u32> = HashMap::new();
        for topic in ALL {
            let (_, schema) = schemas::registry::latest(topic.record)
                .ok_or_else(|| Exit::Config(format!("no schema for {}", topic.record)))?;
            ids.insert(topic.record, self.register(&subject(topic), schema).await?);
        }
        Codec::with_ids(|record, own| ids.get(record).copied().unwrap_or(own))
            .map_err(|e| Exit::Config(e.to_string()))
    }
}

fn away(error: &reqwest::Error) -> Exit {
    Exit::Dependency(format!("schema registry: {error}"))
}
