//! `application/problem+json` (RFC 9457): how every failed request is answered.

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use runtime::stage::{StageError, chain};
use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, Kind};
use crate::view::reply::New;

/// A failed request.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: &'static Kind,
    pub detail: String,
    pub errors: Vec<FieldError>,
    pub transition: Option<Box<(String, String)>>,
    pub dependency: Option<&'static str>,
    pub news: Box<[New]>,
    pub retry_after_seconds: Option<u64>,
    /// Two transactions met: the same again may succeed.
    pub transient: bool,
}

/// Which part of the request is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body, or the name of the parameter or header.
    pub pointer: String,
    /// What is wrong, for a program.
    pub code: String,
    /// What is wrong, for a person.
    pub detail: String,
}

/// The answer's body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// `/problems/<slug>`: a page that exists.
    #[serde(rename = "type")]
    pub problem_type: String,
    pub title: String,
    pub status: u16,
    /// Fit to be shown to a CSR.
    pub detail: String,
    /// Path that was asked for.
    pub instance: String,
    /// As in the log.
    pub trace_id: String,
    pub errors: Vec<FieldError>,
    /// State that it is in, for illegal-transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// State that was asked for, for illegal-transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Part that is away, for dependency-down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependency: Option<String>,
    /// What came since, oldest first, for thread-changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub news: Vec<New>,
}

impl Problem {
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            transition: None,
            dependency: None,
            news: Box::default(),
            retry_after_seconds: None,
            transient: false,
        }
    }

    /// Nothing of that id, or another organisation's.
    pub fn not_found(what: &str) -> Self {
        Self::new(&kinds::NOT_FOUND, format!("There is no such {what}."))
    }

    /// A query parameter or header that cannot be.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(&kinds::PARAMETER, "A parameter is not valid.").at(name, "invalid", detail)
    }

    /// A value of the body that cannot be.
    pub fn value(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(&kinds::VALUE, "A value is not valid.").at(pointer, "invalid", detail)
    }

    pub fn transition(from: &str, to: &str, detail: impl Into<String>) -> Self {
        Self {
            transition: Some(Box::new((from.to_owned(), to.to_owned()))),
            ..Self::new(&kinds::TRANSITION, detail)
        }
    }

    #[must_use]
    pub fn at(mut self, pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: detail.into(),
        });
        self
    }

    pub fn body(&self, instance: &str, trace_id: &str) -> Body {
        let (from, to) = self.transition.as_deref().cloned().unzip();
        Body {
            problem_type: format!("/problems/{}", self.kind.slug),
            title: self.kind.title.to_owned(),
            status: self.kind.status.as_u16(),
            detail: self.detail.clone(),
            instance: instance.to_owned(),
            trace_id: trace_id.to_owned(),
            errors: self.errors.clone(),
            from,
            to,
            dependency: self.dependency.map(str::to_owned),
            news: self.news.to_vec(),
        }
    }
}

// The body is written by `finish`, which knows path and trace.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert("retry-after", HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StageError> for Problem {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Transient(cause) => Self {
                dependency: Some("postgresql"),
                transient: true,
                retry_after_seconds: Some(1),
                ..Self::logged(
                    &kinds::DEPENDENCY,
                    "The database did not answer in time.",
                    &*cause,
                )
            },
            StageError::Data(cause) => Self::logged(
                &kinds::VALUE,
                "The database refused a value of the request.",
                &*cause,
            ),
            StageError::Fatal(cause) => Self::logged(
                &kinds::INTERNAL,
                "Something went wrong on our side.",
                &*cause,
            ),
        }
    }
}

impl Problem {
    fn logged(
        kind: &'static Kind,
        detail: &str,
        cause: &(dyn std::error::Error + 'static),
    ) -> Self {
        tracing::warn!(problem = kind.slug, error = chain(cause), "request failed");
        Self::new(kind, detail)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let unique = error
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if unique {
            return Self::new(
                &kinds::EXISTS,
                "Something with the same key is there already.",
            );
        }
        runtime::pg::classify(error).into()
    }
}
