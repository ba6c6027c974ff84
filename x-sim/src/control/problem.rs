//! Errors as problem+json, and a body extractor that gives them.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::JsonRejection},
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    sim::{SimError, WebhookError},
    world::WorldError,
};

#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let kind = [(CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, body.to_string()).into_response()
    }
}

impl From<WorldError> for Problem {
    fn from(error: WorldError) -> Self {
        use WorldError as E;
        let status = match error {
            E::UnknownPerson | E::UnknownPost | E::NoMessage | E::UnknownGroup => {
                StatusCode::NOT_FOUND
            }
            E::HandleTaken | E::IdTaken | E::AlreadyLiked | E::NotLiked => StatusCode::CONFLICT,
            E::RepostNotEditable | E::NoEditsLeft | E::EditWindowClosed => StatusCode::FORBIDDEN,
            E::BadHandle | E::Empty | E::TooLong | E::MixedReferences | E::SamePerson => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let status = match error {
            WebhookError::WebhookIdInvalid | WebhookError::UnknownAccount => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, format!("{error:?}: {error}"))
    }
}

impl From<SimError> for Problem {
    fn from(error: SimError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    }
}

/// A JSON body, or a problem that says what is wrong with it.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let refused = |error: JsonRejection| Problem::new(error.status(), error.body_text());
        let Json(body) = Json::from_request(request, state).await.map_err(refused)?;
        Ok(Self(body))
    }
}

/// Query parameters, or a problem.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::new(error.status(), error.body_text())),
        }
    }
}

pub(crate) async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no such resource")
}

pub(crate) async fn bad_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "the resource has no such method",
    )
}
