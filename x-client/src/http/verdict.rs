//! What an answer means for the call.

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

use super::{Call, Seen};
use crate::auth::AuthMode;
use crate::budget::Headers;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Failure, LimitKind, Refusal};
use crate::problem;
use crate::retry::is_failure;

/// Header that names the permissions of an OAuth 1.0a token.
const ACCESS_LEVEL: &str = "x-access-level";

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    Refused(Refusal),
    Unauthorised(Refusal),
    Limited(DateTime<Utc>, LimitKind),
    Failed(Failure),
}

impl Client {
    /// Judges, and takes in what the headers say of the budget.
    pub(super) fn judge(&self, call: &Call, seen: &Seen) -> Verdict {
        let endpoint = call.endpoint;
        let owner = self.owner(endpoint);
        let (status, headers, body) = match seen {
            Seen::Failed(failure) => {
                if *failure == Failure::Connect {
                    let shared = &self.0.shared;
                    shared.budgets(|budgets, now| budgets.give_back(&owner, endpoint, now));
                }
                return Verdict::Failed(*failure);
            }
            Seen::Answer {
                status,
                headers,
                body,
            } => (*status, headers, body),
        };
        let limits = Headers::read(|name| headers.get(name).and_then(|value| value.to_str().ok()));
        if status == 429 {
            let problems = problem::read(body);
            let (until, kind) = self
                .0
                .shared
                .budgets(|budgets, now| budgets.refused(&owner, endpoint, &limits, &problems, now));
            return Verdict::Limited(until, kind);
        }
        self.0
            .shared
            .budgets(|budgets, now| budgets.observe(&owner, endpoint, &limits, now));
        self.note_access_level(endpoint, headers);
        match status {
            200..=299 => Verdict::Done,
            401 => Verdict::Unauthorised(Refusal {
                status,
                problems: problem::read(body),
            }),
            _ if is_failure(status) => Verdict::Failed(Failure::Status(status)),
            _ => Verdict::Refused(Refusal {
                status,
                problems: problem::read(body),
            }),
        }
    }

    fn note_access_level(&self, endpoint: Endpoint, headers: &HeaderMap) {
        let level = headers
            .get(ACCESS_LEVEL)
            .and_then(|value| value.to_str().ok());
        if let (AuthMode::OAuth1User, Some(level)) = (self.auth_mode(endpoint), level) {
            let mut held = self
                .0
                .access_level
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *held = Some(level.to_owned());
        }
    }
}

/// What a failure means: for a write, only the lack of a connection is surely harmless.
pub(crate) fn failed(endpoint: Endpoint, failure: Failure) -> Error {
    if endpoint.is_read() {
        Error::Transient { endpoint, failure }
    } else if failure == Failure::Connect {
        Error::NotSent {
            endpoint,
            reason: failure.to_string(),
        }
    } else {
        Error::OutcomeUnknown { endpoint, failure }
    }
}
