//! One request as the endpoints see it, and their answer.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{HeaderMap, Response, StatusCode, header},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    auth::text,
    caller::Caller,
    encoding::pairs,
    errors::{self, ApiError},
};
use crate::{id::XId, payload::Dialect, sim::Sim};

pub(crate) type Answer = Result<Reply, ApiError>;

pub(crate) struct Call {
    pub sim: Sim,
    pub caller: Caller,
    pub path: HashMap<String, String>,
    pub query: Query,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now: DateTime<Utc>,
    pub dialect: Dialect,
}

impl Call {
    /// An id out of the path.
    pub(crate) fn id(&self, name: &str) -> Result<XId, ApiError> {
        errors::id(name, self.part(name))
    }

    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The user of the path, who must be the caller.
    pub(crate) fn myself(&self, name: &str) -> Result<XId, ApiError> {
        let (id, me) = (self.id(name)?, self.caller.me()?);
        if id == me {
            return Ok(me);
        }
        let message = format!(
            "The `{name}` query parameter value [{id}] must be the same as the authenticating user [{me}]"
        );
        Err(ApiError::invalid(name, id.to_string(), message))
    }

    /// A JSON body in which nothing unknown stands.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let kind = text(&self.headers, &header::CONTENT_TYPE);
        if !kind.starts_with("application/json") {
            let message = "Content-Type must be application/json".to_owned();
            return Err(ApiError::invalid("content-type", kind, message));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            ApiError::invalid("body", "", format!("The body is not as specified: {error}"))
        })
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub kind: &'static str,
    pub body: Body,
}

impl Reply {
    pub(crate) fn ok(body: &Value) -> Answer {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn created(body: &Value) -> Answer {
        Self::json(StatusCode::CREATED, body)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last word of every endpoint")]
    pub(crate) fn json(status: StatusCode, body: &Value) -> Answer {
        Ok(Self {
            status,
            kind: "application/json; charset=utf-8",
            body: Body::from(body.to_string()),
        })
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let kind = header::HeaderValue::from_static(self.kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// The parameters of a query, each at most once.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Result<Self, ApiError> {
        let unreadable =
            || ApiError::invalid("query", raw, "The query string cannot be read.".to_owned());
        let found = pairs(raw).ok_or_else(unreadable)?;
        for (at, (name, value)) in found.iter().enumerate() {
            if found[..at].iter().any(|(other, _)| other == name) {
                let message = format!("The query parameter [{name}] is given twice.");
                return Err(ApiError::invalid(name, value.as_str(), message));
            }
        }
        Ok(Self(found))
    }

    /// Refuses every parameter that the endpoint does not have.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), ApiError> {
        match self
            .0
            .iter()
            .find(|(name, _)| !names.contains(&name.as_str()))
        {
            None => Ok(()),
            Some((name, value)) => {
                let message = format!(
                    "The query parameter [{name}] is not one of [{}]",
                    names.join(",")
                );
                Err(ApiError::invalid(name, value.as_str(), message))
            }
        }
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn need(&self, name: &str) -> Result<&str, ApiError> {
        let missing =
            || ApiError::invalid(name, "", format!("The '{name}' parameter is required."));
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(missing)
    }

    /// The parts of a comma list of 1 to `most`.
    pub(crate) fn list(&self, name: &str, most: usize) -> Result<Vec<&str>, ApiError> {
        let parts: Vec<&str> = self.need(name)?.split(',').collect();
        if parts.len() > most {
            let message = format!(
                "The number of values in the `{name}` query parameter list [{}] is not between 1 and {most}",
                parts.len()
            );
            return Err(ApiError::invalid(name, parts.len(), message));
        }
        Ok(parts)
    }

    pub(crate) fn id(&self, name: &str) -> Result<Option<XId>, ApiError> {
        self.get(name)
            .map(|text| errors::id(name, text))
            .transpose()
    }

    pub(crate) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
        usual: usize,
    ) -> Result<usize, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(usual);
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let message = format!(
                "The `{name}` query parameter value [{text}] is not between {} and {}",
                range.start(),
                range.end()
            );
            ApiError::invalid(name, text, message)
        })
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let time = DateTime::parse_from_rfc3339(text)
            .ok()
            .filter(|_| text.ends_with('Z'));
        time.map(|time| Some(time.to_utc())).ok_or_else(|| {
            let message =
                format!("The `{name}` query parameter value [{text}] is not a valid ISO 8601 time");
            ApiError::invalid(name, text, message)
        })
    }
}
