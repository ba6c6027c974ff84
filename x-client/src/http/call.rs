//! A call: what is asked of which endpoint.

use std::time::Duration;

use bytes::Bytes;

use super::Body;
use crate::client::Shared;
use crate::endpoint::Endpoint;
use crate::oauth1::encode;
use crate::usage::Charge;

/// Largest answer that is read.
pub(crate) const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Which of the two base URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Api,
    Stream,
}

/// What of a good answer is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Billed {
    Nothing,
    Posts,
    Users,
    DmEvents,
    Fixed(Charge),
}

/// A call, ready to be authorised.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub endpoint: Endpoint,
    pub base: Base,
    /// Path; its ids have been checked.
    pub path: String,
    /// Parameters, not encoded.
    pub query: Vec<(String, String)>,
    pub body: Body,
    pub billed: Billed,
    pub bytes_max: usize,
    pub timeout: Option<Duration>,
}

impl Call {
    pub fn new(endpoint: Endpoint, path: impl Into<String>) -> Self {
        Self {
            endpoint,
            base: Base::Api,
            path: path.into(),
            query: Vec::new(),
            body: Body::None,
            billed: Billed::Nothing,
            bytes_max: ANSWER_BYTES_MAX,
            timeout: None,
        }
    }

    /// A call whose path has nothing to fill in.
    pub fn plain(endpoint: Endpoint) -> Self {
        Self::new(endpoint, endpoint.path())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass numbers and texts alike"
    )]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn query_if<T: ToString>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Body::Json(Bytes::from(body.to_string()));
        self
    }

    pub fn billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    pub fn url(&self, shared: &Shared) -> reqwest::Url {
        let mut url = shared.base(self.base).clone();
        url.set_path(&self.path);
        if !self.query.is_empty() {
            let pairs = self
                .query
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
            url.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
        }
        url
    }
}
