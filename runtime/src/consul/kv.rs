//! One request to Consul's key/value store.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::Source;
use crate::last_good::Pairs;

/// How long Consul may hold a request when nothing changes. Short, since a connection that died
/// unnoticed is noticed after it.
const WAIT_SECONDS: u64 = 10;
/// Consul adds a sixteenth of the wait; the rest is for the answer to come.
const TIMEOUT: Duration = Duration::from_secs(WAIT_SECONDS + 5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Nothing could be read, or what was read is no text. Shows no value.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The client cannot be made.
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
    /// The token's file.
    #[error("org_source_token_file: {path}")]
    Token {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No answer, or it broke off.
    #[error("Consul does not answer")]
    Reach(#[source] reqwest::Error),
    /// Another status than 200 and 404.
    #[error("Consul answered {status}{hint}")]
    Status {
        /// The status.
        status: u16,
        /// What may help.
        hint: &'static str,
    },
    /// Not the answer of a Consul.
    #[error("not an answer of Consul's key/value store")]
    Form,
    /// The answer is over the bound.
    #[error("the answer is larger than 8 MiB; is the prefix right?")]
    TooLarge,
    /// The token may see a part only: what it cannot see would look deleted.
    #[error(
        "Consul leaves out keys that the token of org_source_token_file may not read; give it key_prefix read"
    )]
    Partial,
    /// A value that is no text.
    #[error("the value of {key} is not UTF-8")]
    NotText {
        /// Of which key.
        key: String,
    },
}

impl ReadError {
    /// Whether Consul answered, and what stands there is at fault.
    pub(super) fn is_content(&self) -> bool {
        matches!(self, Self::TooLarge | Self::Partial | Self::NotText { .. })
    }
}

/// What stood there.
pub(super) struct Answer {
    pub index: u64,
    pub pairs: Pairs,
    /// Of each pair: the index of its last change.
    pub versions: Vec<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    value: Option<String>,
    modify_index: u64,
}

pub(super) struct Store {
    pub(super) http: reqwest::Client,
    source: Source,
    url: reqwest::Url,
}

impl Store {
    pub fn new(source: Source) -> Result<Self, ReadError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A redirect would carry the token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(ReadError::Client)?;
        let path = format!("/v1/kv/{}", source.prefix);
        let url = at(&source, &path);
        Ok(Self { http, source, url })
    }

    /// The address of a path of Consul's API.
    pub fn at(&self, path: &str) -> reqwest::Url {
        at(&self.source, path)
    }

    /// The entries; with an index, as soon as something changed after it or the wait is over.
    pub async fn read(&self, index: Option<u64>) -> Result<Answer, ReadError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("recurse", "true");
        if let Some(index) = index {
            url.query_pairs_mut()
                .append_pair("index", &index.to_string())
                .append_pair("wait", &format!("{WAIT_SECONDS}s"));
        }
        let mut request = self.http.get(url);
        if let Some(token) = self.token().await? {
            request = request.header("x-consul-token", token);
        }
        let answer = request.send().await.map_err(reach)?;
        let headers = answer.headers();
        let index = index_of(headers);
        let partial = headers
            .get("x-consul-results-filtered-by-acls")
            .is_some_and(|value| value == "true");
        match answer.status().as_u16() {
            200 | 404 if partial => Err(ReadError::Partial),
            200 => {
                let (pairs, versions) = self.entries(&bounded(answer).await?)?;
                let index = index.ok_or(ReadError::Form)?;
                Ok(Answer {
                    index,
                    pairs,
                    versions,
                })
            }
            // No key below the prefix; a 404 of anything else has no index.
            404 => Ok(Answer {
                index: index.ok_or(ReadError::Form)?,
                pairs: Pairs::new(),
                versions: Vec::new(),
            }),
            status => Err(ReadError::Status {
                status,
                hint: match status {
                    401 | 403 => ": org_source_token_file needs a token with key_prefix read",
                    _ => "",
                },
            }),
        }
    }

    pub async fn token(&self) -> Result<Option<HeaderValue>, ReadError> {
        let Some(path) = &self.source.token_file else {
            return Ok(None);
        };
        let wrong = |source| ReadError::Token {
            path: path.clone(),
            source,
        };
        let text = tokio::fs::read_to_string(path).await.map_err(wrong)?;
        let value = HeaderValue::from_str(text.trim());
        let mut value = value.map_err(|_| wrong(io::ErrorKind::InvalidData.into()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The prefix of Consul is one of texts: `acme-2` stands below `acme` too.
    fn entries(&self, body: &[u8]) -> Result<(Pairs, Vec<u64>), ReadError> {
        let entries: Vec<Entry> = serde_json::from_slice(body).map_err(|_| ReadError::Form)?;
        let prefix = self.source.prefix.as_str();
        let below = |key: &str| match key.trim_start_matches('/').strip_prefix(prefix) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        };
        let ours = entries.into_iter().filter(|entry| below(&entry.key));
        ours.map(|entry| {
            let (key, value) = (entry.key, entry.value);
            let bytes = STANDARD.decode(value.unwrap_or_default());
            let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            match text {
                Some(text) => Ok(((key, text), entry.modify_index)),
                None => Err(ReadError::NotText { key }),
            }
        })
        .collect()
    }
}

fn at(source: &Source, path: &str) -> reqwest::Url {
    let mut url = source.base.clone();
    url.set_path(path);
    url
}

pub(super) fn reach(error: reqwest::Error) -> ReadError {
    ReadError::Reach(error.without_url())
}

fn index_of(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-consul-index")?.to_str().ok()?.parse().ok()
}

async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reach)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ReadError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
