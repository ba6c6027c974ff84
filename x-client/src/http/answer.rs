//! A good answer, and reading it.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::{Billed, Seen};
use crate::endpoint::Endpoint;
use crate::error::{Error, Failure, Refusal};
use crate::http::verdict;
use crate::problem;
use crate::usage::Charge;

/// An answer of status 2xx.
#[derive(Debug)]
pub(crate) struct Answer {
    pub endpoint: Endpoint,
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Bytes,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl Answer {
    pub fn of(endpoint: Endpoint, seen: Seen) -> Self {
        match seen {
            Seen::Answer {
                status,
                headers,
                body,
            } => {
                let content_type = headers.get(reqwest::header::CONTENT_TYPE);
                let content_type = content_type
                    .and_then(|v| v.to_str().ok())
                    .map(ToOwned::to_owned);
                Self {
                    endpoint,
                    status,
                    content_type,
                    body,
                }
            }
            Seen::Failed(_) => Self {
                endpoint,
                status: 0,
                content_type: None,
                body: Bytes::new(),
            },
        }
    }

    /// The answer cannot be read: of a write, it may well have happened.
    pub fn unreadable(&self) -> Error {
        verdict::failed(self.endpoint, Failure::Unreadable(self.status))
    }

    /// Reads the whole body.
    pub fn whole<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable())
    }

    /// Reads `data`. A body that has errors instead is a refusal.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let whole: Data<'_> = self.whole()?;
        match whole.data {
            Some(data) => serde_json::from_str(data.get()).map_err(|_| self.unreadable()),
            None => Err(self.nothing()),
        }
    }

    /// Reads `data` as a list that X leaves out when it is empty. Objects of an unknown form are left
    /// out too: none of them can be acted on.
    pub fn list<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        let whole: Data<'_> = self.whole()?;
        let text = whole.data.map_or("[]", RawValue::get);
        let all: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| self.unreadable())?;
        let read = all.into_iter().map(|json| serde_json::from_str(json.get()));
        Ok(read
            .filter_map(|item| {
                item.inspect_err(|error| {
                    let kind = error.classify();
                    tracing::warn!(endpoint = %self.endpoint, ?kind, "an object of X cannot be read");
                })
                .ok()
            })
            .collect())
    }

    /// `meta.next_token`.
    pub fn next_token(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Whole {
            meta: Meta,
        }
        #[derive(Deserialize)]
        struct Meta {
            next_token: Option<String>,
        }
        serde_json::from_slice::<Whole>(&self.body)
            .ok()?
            .meta
            .next_token
    }

    /// There is no `data`.
    pub fn nothing(&self) -> Error {
        let problems = problem::read(&self.body);
        if problems.is_empty() {
            return self.unreadable();
        }
        let refusal = Refusal {
            status: self.status,
            problems,
        };
        Error::Refused {
            endpoint: self.endpoint,
            refusal,
        }
    }
}

/// What is billed of a good answer: as many as `data` holds.
pub(super) fn charge(billed: Billed, body: &[u8]) -> Charge {
    let count = || {
        let data = serde_json::from_slice::<Data<'_>>(body)
            .ok()
            .and_then(|whole| whole.data);
        data.map_or(0, |data| {
            let list: Result<Vec<IgnoredAny>, _> = serde_json::from_str(data.get());
            list.map_or(1, |list| u32::try_from(list.len()).unwrap_or(u32::MAX))
        })
    };
    match billed {
        Billed::Nothing => Charge::None,
        Billed::Fixed(charge) => charge,
        Billed::Posts => Charge::Posts(count()),
        Billed::Users => Charge::Users(count()),
        Billed::DmEvents => Charge::DmEvents(count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_returned_is_billed() {
        for (body, count) in [
            (r#"{"data":[{"id":"1"},{"id":"2"}]}"#, 2),
            (r#"{"data":{"id":"1"}}"#, 1),
            (r#"{"data":[]}"#, 0),
            (r#"{"meta":{"result_count":0}}"#, 0),
            (r#"{"data":null}"#, 0),
            ("<html>", 0),
        ] {
            assert_eq!(
                charge(Billed::Posts, body.as_bytes()),
                Charge::Posts(count),
                "{body}"
            );
        }
        assert_eq!(
            charge(Billed::Fixed(Charge::DmCreated), b""),
            Charge::DmCreated
        );
        assert_eq!(charge(Billed::Nothing, br#"{"data":[1]}"#), Charge::None);
    }
}
