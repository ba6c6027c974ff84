//! Every answer that is not 200, as problem+json: what is wrong and what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::crc::BadToken;

/// After this many seconds X, or who else asks, may try again.
const RETRY_AFTER_S: u16 = 5;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    UnknownOrg,
    BadToken(BadToken),
    CrcRate,
    Paused(String),
    Full,
    TooLarge,
    TooSlow,
    Broken,
    Unsigned,
    Facebook,
    BrokerAway,
}

impl Refusal {
    /// Metric label, type of the problem, row of the table in the README.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::UnknownOrg => "unknown-organisation",
            Self::BadToken(_) => "bad-crc-token",
            Self::CrcRate => "crc-rate",
            Self::Paused(_) => "paused",
            Self::Full => "too-many-bodies",
            Self::TooLarge => "body-too-large",
            Self::TooSlow => "body-too-slow",
            Self::Broken => "body-broken-off",
            Self::Unsigned => "unsigned",
            Self::Facebook => "facebook-not-supported",
            Self::BrokerAway => "broker-away",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::UnknownOrg => StatusCode::NOT_FOUND,
            Self::BadToken(_) | Self::Broken => StatusCode::BAD_REQUEST,
            Self::CrcRate => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unsigned => StatusCode::UNAUTHORIZED,
            Self::Facebook => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Paused(_) | Self::Full | Self::BrokerAway => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Nothing for an unsigned body: who forges one learns nothing.
    fn detail(&self) -> Option<String> {
        let text = match self {
            Self::Unsigned => return None,
            Self::NotFound => "webhooks are at /hooks/x/<org>; use the URL registered at X",
            Self::UnknownOrg => {
                "no organisation of this name is configured; check the URL registered at X and \
                 the orgId in the configuration"
            }
            Self::BadToken(bad) => return Some(format!("{bad}; only X should ask this")),
            Self::CrcRate => "more challenges than X sends; wait, then ask again",
            Self::Paused(reason) => return Some(format!("{reason}; X will deliver again")),
            Self::Full => "as many bodies as allowed are in work; deliver again",
            Self::TooLarge => "larger than any body that X sends; split it",
            Self::TooSlow => "the body did not arrive in time; send it again, faster",
            Self::Broken => "the body ended before it was whole; send it again",
            Self::Facebook => {
                "this is a delivery of Facebook, which is not supported; remove this URL from the \
                 Facebook app"
            }
            Self::BrokerAway => "could not be stored, nothing was taken; deliver again",
        };
        Some(text.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut problem = serde_json::json!({
            "type": self.reason(),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
        });
        if let Some(detail) = self.detail() {
            problem["detail"] = detail.into();
        }
        let json = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, json, problem.to_string()).into_response();
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        response
    }
}
