//! Refusals in X's forms.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Value, json};

use crate::{id::XId, payload::Dialect, world::WorldError};

/// A refusal before it is written in the form that the dialect asks for.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    title: &'static str,
    detail: String,
    /// Last word of the problem's type; none is `about:blank`.
    slug: Option<&'static str>,
    extra: Map<String, Value>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        title: &'static str,
        slug: Option<&'static str>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            title,
            slug,
            detail: detail.into(),
            extra: Map::new(),
        }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    /// A request that is not as the specification says.
    pub(crate) fn invalid(
        parameter: &str,
        value: impl Into<Value>,
        message: impl Into<String>,
    ) -> Self {
        let message: String = message.into();
        let error = json!({"parameters": {parameter: [value.into()]}, "message": message});
        Self::new(
            StatusCode::BAD_REQUEST,
            "Invalid Request",
            Some("invalid-request"),
            "One or more parameters to your request was invalid.",
        )
        .with("errors", json!([error]))
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", None, detail)
    }

    /// Something that only apps of a higher tier may do.
    pub(crate) fn not_enrolled(what: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Client Forbidden",
            Some("client-forbidden"),
            format!("Your enrolment does not include {what}."),
        )
        .with("reason", "client-not-enrolled")
        .with("required_enrollment", "Enterprise")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            None,
            "Unauthorized",
        )
    }

    pub(crate) fn not_found(kind: &str, parameter: &str, value: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not Found Error",
            Some("resource-not-found"),
            format!("Could not find {kind} with {parameter}: [{value}]."),
        )
        .with("parameter", parameter)
        .with("resource_type", kind)
        .with("value", value)
        .with("resource_id", value)
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", Some("conflict"), detail)
    }

    pub(crate) fn render(self, dialect: &Dialect) -> Response<Body> {
        let mut body = json!({
            "title": self.title,
            "detail": self.detail,
            "type": self.slug.map_or_else(|| "about:blank".to_owned(), |slug| kind(slug, dialect)),
        });
        if let Some(map) = body.as_object_mut() {
            // Refusals of a request's form carry no status in what X has published.
            if self.slug != Some("invalid-request") {
                map.insert("status".to_owned(), self.status.as_u16().into());
            }
            map.extend(self.extra);
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

/// The type of a problem, on the host of the dialect.
pub(crate) fn kind(slug: &str, dialect: &Dialect) -> String {
    let host = if dialect.problem_host_x {
        "api.x.com"
    } else {
        "api.twitter.com"
    };
    format!("https://{host}/2/problems/{slug}")
}

/// What the errors of a 200 say of one thing that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    NotFound,
    NotAuthorized,
    Suspended,
}

impl Missing {
    pub(crate) fn render(
        self,
        resource: &str,
        parameter: &str,
        value: &str,
        dialect: &Dialect,
    ) -> Value {
        let (title, slug, detail) = match self {
            Self::NotFound => (
                "Not Found Error",
                "resource-not-found",
                format!("Could not find {resource} with {parameter}: [{value}]."),
            ),
            Self::NotAuthorized => (
                "Authorization Error",
                "not-authorized-for-resource",
                format!(
                    "Sorry, you are not authorized to see the {resource} with {parameter}: [{value}]."
                ),
            ),
            Self::Suspended => (
                "Forbidden",
                "resource-not-found",
                format!("User has been suspended: [{value}]."),
            ),
        };
        json!({
            "value": value, "detail": detail, "title": title, "resource_type": resource,
            "parameter": parameter, "resource_id": value, "type": kind(slug, dialect),
        })
    }
}

impl From<WorldError> for ApiError {
    fn from(error: WorldError) -> Self {
        use WorldError as E;
        match error {
            E::UnknownPost => Self::not_found("tweet", "id", ""),
            E::UnknownPerson => Self::not_found("user", "id", ""),
            E::NoMessage => Self::not_found("dm_event", "id", ""),
            E::UnknownGroup => Self::not_found("dm_conversation", "id", ""),
            E::TooLong | E::Empty | E::SamePerson => Self::invalid("text", "", error.to_string()),
            other => Self::forbidden(other.to_string()),
        }
    }
}

/// An id as X writes it: `^[0-9]{1,19}$`.
pub(crate) fn id(parameter: &str, text: &str) -> Result<XId, ApiError> {
    let shaped = (1..=19).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
    let parsed = shaped.then(|| text.parse().ok()).flatten();
    parsed.ok_or_else(|| {
        let message = format!(
            "The `{parameter}` query parameter value [{text}] does not match ^[0-9]{{1,19}}$"
        );
        ApiError::invalid(parameter, text, message)
    })
}
