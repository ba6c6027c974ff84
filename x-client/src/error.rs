//! What became of a call that did not succeed, named by what its caller may conclude.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::auth::AuthMode;
use crate::endpoint::Endpoint;
use crate::problem::{Problem, ProblemKind};

/// X refused: it did not do what was asked, and the same call would be refused again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status; of a 200 that held nothing but errors, 200.
    pub status: u16,
    /// What X says, first the problem itself, then its parts. May be empty.
    pub problems: Vec<Problem>,
}

impl Refusal {
    /// Kind of the first problem that names one.
    pub fn kind(&self) -> &ProblemKind {
        let named = self
            .problems
            .iter()
            .map(|p| &p.kind)
            .find(|kind| **kind != ProblemKind::Unnamed);
        named.unwrap_or(&ProblemKind::Unnamed)
    }

    /// X's own words for a person.
    pub fn words(&self) -> Option<String> {
        self.problems.first().map(ToString::to_string)
    }

    /// Whether X says that the same text was posted before: after an unknown outcome, a reason to
    /// look, not a failure. X documents no type for it, so its words tell.
    pub fn is_duplicate(&self) -> bool {
        let words = |p: &Problem| {
            p.detail
                .as_deref()
                .is_some_and(|d| d.contains("duplicate content"))
        };
        self.status == 403
            && self
                .problems
                .iter()
                .any(|p| p.code == Some(187) || words(p))
    }

    /// Whether the thing is not there (any more).
    pub fn is_gone(&self) -> bool {
        self.status == 404 || *self.kind() == ProblemKind::ResourceNotFound
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words() {
            Some(words) => write!(f, "{} ({words})", self.status),
            None => write!(f, "{}", self.status),
        }
    }
}

/// Why a call may not be made for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// The endpoint's window of 15 minutes.
    Window,
    /// The day's limit of the app or of the user.
    Day,
    /// The plan's cap of a day or month (`usage-capped`).
    UsageCap,
}

/// Why there is no valid authorisation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthLoss {
    /// The account has no keys of that kind.
    #[error("no keys for {0}: set them, or set another way for this endpoint")]
    NotConfigured(AuthMode),
    /// X refused the keys or the token.
    #[error("X refused the keys: {0}")]
    Refused(Refusal),
    /// X refused to renew the token: the user must authorise anew.
    #[error("X refused to renew the token ({0}): authorise the account anew")]
    RefreshRefused(String),
}

/// How a connection failed. Never holds a URL or a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection: name, network or TLS. Nothing was sent.
    Connect,
    /// No token could be obtained or stored. Nothing was sent.
    NoToken,
    /// No answer in time.
    Timeout,
    /// The connection broke after the request began.
    Broken,
    /// X answered with this status: 5xx, or 408.
    Status(u16),
    /// An answer of this status that cannot be read.
    Unreadable(u16),
    /// An answer larger than the bound.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("no connection"),
            Self::NoToken => f.write_str("no token could be obtained"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Broken => f.write_str("the connection broke"),
            Self::Status(status) => write!(f, "X answered {status}"),
            Self::Unreadable(status) => write!(f, "an answer ({status}) that cannot be read"),
            Self::TooLarge => f.write_str("an answer that is too large"),
        }
    }
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// X refused; it did not happen.
    #[error("X refused {endpoint}: {refusal}")]
    Refused {
        /// Of what.
        endpoint: Endpoint,
        /// How.
        refusal: Refusal,
    },
    /// Not before `until`; it did not happen.
    #[error("{endpoint} is used up until {until}")]
    RateLimited {
        /// Of what.
        endpoint: Endpoint,
        /// When a next call may succeed.
        until: DateTime<Utc>,
        /// By which limit.
        kind: LimitKind,
        /// Whether nothing was sent, since the limit was known.
        known: bool,
    },
    /// There is no valid authorisation; it did not happen.
    #[error("not authorised for {endpoint}: {loss}")]
    AuthLost {
        /// Of what.
        endpoint: Endpoint,
        /// Why.
        loss: AuthLoss,
    },
    /// A write whose outcome is not known: it may have happened. Look before any second try.
    #[error("the outcome of {endpoint} is unknown: {failure}")]
    OutcomeUnknown {
        /// Of what.
        endpoint: Endpoint,
        /// What was seen.
        failure: Failure,
    },
    /// A write that surely was not sent; it may be tried again.
    #[error("{endpoint} was not sent: {reason}")]
    NotSent {
        /// Of what.
        endpoint: Endpoint,
        /// Why.
        reason: String,
    },
    /// A read that failed after its repetitions; it may be tried again later.
    #[error("{endpoint} failed: {failure}")]
    Transient {
        /// Of what.
        endpoint: Endpoint,
        /// What was seen last.
        failure: Failure,
    },
    /// The caller asked for what cannot be asked; nothing was sent.
    #[error("{endpoint} cannot be called so: {reason}")]
    Invalid {
        /// Of what.
        endpoint: Endpoint,
        /// What is wrong.
        reason: String,
    },
}

/// What a caller may conclude from an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It did not happen and will not: show X's words.
    Refused,
    /// It did not happen; try at the time named.
    Wait,
    /// It did not happen; a person must see to the keys.
    AuthLost,
    /// It may have happened: look at X.
    Unknown,
    /// It did not happen; try again.
    TryAgain,
    /// A mistake of the program's own.
    Mistake,
}

impl Error {
    /// What may be concluded.
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Refused { .. } => Meaning::Refused,
            Self::RateLimited { .. } => Meaning::Wait,
            Self::AuthLost { .. } => Meaning::AuthLost,
            Self::OutcomeUnknown { .. } => Meaning::Unknown,
            Self::NotSent { .. } | Self::Transient { .. } => Meaning::TryAgain,
            Self::Invalid { .. } => Meaning::Mistake,
        }
    }

    /// What X said, where it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. }
            | Self::AuthLost {
                loss: AuthLoss::Refused(refusal),
                ..
            } => Some(refusal),
            _ => None,
        }
    }

    pub(crate) fn invalid(endpoint: Endpoint, reason: impl Into<String>) -> Self {
        Self::Invalid {
            endpoint,
            reason: reason.into(),
        }
    }
}

/// The settings of an [`Api`](crate::Api) cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A base URL.
    #[error("{key} is not a base URL: expected http(s)://host[:port] without path, query or name")]
    BaseUrl {
        /// Key of the configuration.
        key: &'static str,
    },
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal {
            status,
            problems: crate::problem::read(body.as_bytes()),
        }
    }

    #[test]
    fn a_duplicate_is_told_by_code_or_words_with_403() {
        let seen = r#"{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}"#;
        assert!(refusal(403, seen).is_duplicate());
        assert!(
            refusal(
                403,
                r#"{"errors":[{"code":187,"message":"Status is a duplicate."}]}"#
            )
            .is_duplicate()
        );
        assert!(!refusal(400, seen).is_duplicate());
        assert!(
            !refusal(
                403,
                r#"{"detail":"You are not permitted to perform this action."}"#
            )
            .is_duplicate()
        );
    }

    #[test]
    fn the_words_are_those_of_x() {
        let refused = Error::Refused {
            endpoint: Endpoint::PostsCreate,
            refusal: refusal(403, r#"{"title":"Forbidden","detail":"No."}"#),
        };
        assert_eq!(
            refused.to_string(),
            "X refused posts.create: 403 (Forbidden: No.)"
        );
        assert_eq!(refused.meaning(), Meaning::Refused);
        let bare = Error::Refused {
            endpoint: Endpoint::PostsDelete,
            refusal: refusal(404, "<html>"),
        };
        assert_eq!(bare.to_string(), "X refused posts.delete: 404");
        assert!(bare.refusal().unwrap().is_gone());
    }
}
