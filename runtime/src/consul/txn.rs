//! Writing several keys of Consul at once: all of them or none, and none that somebody else changed
//! since it was read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Source;
use super::kv::{ReadError, Store, reach};

/// Operations that Consul takes at once.
const CHANGES_MAX: usize = 64;

/// An entry, and which of its versions that is.
#[derive(Clone)]
pub struct Versioned {
    /// Key.
    pub key: String,
    /// Value. It holds secrets, so this has no `Debug`.
    pub value: String,
    /// Consul's `ModifyIndex`.
    pub version: u64,
}

/// What becomes of a key, if it still has that version; 0: if it is not there.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// Key.
    pub key: String,
    /// New value; none takes the key away. It holds secrets, so this has no `Debug`.
    pub value: Option<String>,
    /// The version that is replaced.
    pub version: u64,
}

/// Nothing was written, unless Consul did not answer. Shows no value.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No answer, or no token.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Somebody else wrote first.
    #[error("somebody else changed it meanwhile: look again at what would change")]
    Changed,
    /// More than Consul takes.
    #[error("{0} keys would change, Consul takes {CHANGES_MAX} at once: do it in parts")]
    TooMany(usize),
    /// Another refusal.
    #[error("Consul answered {status}{hint}")]
    Status {
        /// The status.
        status: u16,
        /// What may help.
        hint: &'static str,
    },
}

impl Source {
    /// The entries as they stand now, each with its version.
    pub async fn read_versions(&self) -> Result<Vec<Versioned>, ReadError> {
        let answer = Store::new(self.clone())?.read(None).await?;
        let pairs = answer.pairs.into_iter().zip(answer.versions);
        Ok(pairs
            .map(|((key, value), version)| Versioned {
                key,
                value,
                version,
            })
            .collect())
    }

    /// Writes all of it or nothing.
    pub async fn write(&self, changes: &[Write]) -> Result<(), WriteError> {
        if changes.len() > CHANGES_MAX {
            return Err(WriteError::TooMany(changes.len()));
        }
        let store = Store::new(self.clone())?;
        let body: Vec<Value> = changes.iter().map(operation).collect();
        let mut request = store.http.put(store.at("/v1/txn")).json(&body);
        if let Some(token) = store.token().await? {
            request = request.header("x-consul-token", token);
        }
        let answer = request.send().await.map_err(reach)?;
        match answer.status().as_u16() {
            200 => Ok(()),
            // Of a key that changed, and of a token that may not write it: the words tell which.
            409 => {
                let text = answer.text().await.map_err(reach)?;
                Err(if text.contains("Permission denied") {
                    denied(409)
                } else {
                    WriteError::Changed
                })
            }
            status @ (401 | 403) => Err(denied(status)),
            status => Err(WriteError::Status { status, hint: "" }),
        }
    }

    /// What the keys begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

const fn denied(status: u16) -> WriteError {
    WriteError::Status {
        status,
        hint: ": org_source_token_file needs a token with key_prefix write",
    }
}

fn operation(write: &Write) -> Value {
    let (key, index) = (&write.key, write.version);
    let one = match &write.value {
        Some(value) => {
            let value = STANDARD.encode(value);
            json!({ "Verb": "cas", "Key": key, "Value": value, "Index": index })
        }
        None => json!({ "Verb": "delete-cas", "Key": key, "Index": index }),
    };
    json!({ "KV": one })
}
