//! A Confluent-compatible schema registry, where one is configured.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use schemas::topics::{ALL, subject};
use schemas::wire::{Codec, WireError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use crate::Exit;
use crate::config::Config;

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

/// How what a registry has under a subject stands to a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is registered there.
    Absent,
    /// It is the newest one there.
    Newest,
    /// It is there, and newer ones are.
    Older,
    /// It is not there; the registry would take it.
    Taken,
    /// It is not there; the registry would refuse it.
    Refused,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Compatible {
    is_compatible: bool,
}

impl Registry {
    /// The one that `registry.url` names, if it is set.
    pub fn of(config: &Config) -> Result<Option<Self>, Exit> {
        let url = config.optional("registry.url");
        url.map(|url| Self::new(&url)).transpose()
    }

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
            return Err(refused(subject, answer).await);
        }
        Ok(answer.json::<Registered>().await.map_err(|e| away(&e))?.id)
    }

    /// The schema with that id; `None` if the registry does not know it.
    pub async fn schema(&self, id: u32) -> Result<Option<String>, Exit> {
        let url = format!("{}/schemas/ids/{id}", self.url);
        let fetched = found::<Fetched>(self.http.get(url)).await?;
        Ok(fetched.map(|fetched| fetched.schema))
    }

    /// How a schema stands to what is registered. Registers nothing.
    pub async fn standing(&self, subject: &str, schema: &str) -> Result<Standing, Exit> {
        let of = format!("{}/subjects/{subject}", self.url);
        let body = serde_json::json!({ "schema": schema });
        let latest = self.http.get(format!("{of}/versions/latest"));
        let Some(latest) = found::<Version>(latest).await? else {
            return Ok(Standing::Absent);
        };
        let same = self.http.post(of).json(&body);
        if let Some(same) = found::<Version>(same).await? {
            let newest = same.version >= latest.version;
            return Ok(if newest {
                Standing::Newest
            } else {
                Standing::Older
            });
        }
        let fits = format!(
            "{}/compatibility/subjects/{subject}/versions/latest",
            self.url
        );
        let fits = self.http.post(fits).json(&body);
        let fits = found::<Compatible>(fits).await?;
        let taken = fits.is_none_or(|fits| fits.is_compatible);
        Ok(if taken {
            Standing::Taken
        } else {
            Standing::Refused
        })
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

/// Decodes with `read`; an id that `codec` does not know is asked for at the registry, if there is
/// one. Blocks, so call it outside the async pool. The inner error is the value's own.
pub fn resolve<T>(
    codec: &Codec,
    registry: Option<&Registry>,
    handle: &Handle,
    mut read: impl FnMut(&Codec) -> Result<T, WireError>,
) -> Result<Result<T, WireError>, Exit> {
    let first = read(codec);
    let (Err(WireError::UnknownSchema(id)), Some(registry)) = (&first, registry) else {
        return Ok(first);
    };
    Ok(match handle.block_on(registry.schema(*id))? {
        Some(schema) => codec.learn(*id, &schema).and_then(|()| read(codec)),
        None => first,
    })
}

// The answer; none where the registry does not know what was asked for.
async fn found<T: DeserializeOwned>(request: RequestBuilder) -> Result<Option<T>, Exit> {
    let answer = request.send().await.map_err(|e| away(&e))?;
    match answer.status() {
        StatusCode::NOT_FOUND => Ok(None),
        status if status.is_success() => {
            let found = answer.json().await.map_err(|e| away(&e))?;
            Ok(Some(found))
        }
        status => Err(Exit::Dependency(format!("schema registry: {status}"))),
    }
}

// A registry that is overloaded or broken may take it later; what it says about the schema stands.
async fn refused(subject: &str, answer: Response) -> Exit {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Exit::Dependency(format!("schema registry: {status} for {subject}: {text}"));
    }
    let hint = match status {
        StatusCode::CONFLICT => {
            ": this version's schema is incompatible with one that is registered there. The topic \
             is another installation's, or the subject was changed by hand: compare with \
             `latest` of the subject, or take another registry"
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ": the user in the URL may not write this subject"
        }
        _ => "",
    };
    Exit::Config(format!(
        "registry.url: {subject} was refused ({status}){hint}. It says: {text}"
    ))
}

fn away(error: &reqwest::Error) -> Exit {
    Exit::Dependency(format!("schema registry: {error}"))
}
