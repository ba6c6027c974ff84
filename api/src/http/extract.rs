//! Path, query and body, with our own words when they cannot be read. A NUL, which PostgreSQL
//! does not take in a text, is refused here.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::kinds;
use super::problem::Problem;

/// Path parameters; what cannot be an id is nothing that exists.
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if encoded_nul(parts.uri.path()) {
            return Err(Problem::not_found("thing"));
        }
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found("thing")),
        }
    }
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if encoded_nul(query) {
            return Err(Problem::parameter("query", "a NUL is not text"));
        }
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| Problem::parameter("query", runtime::stage::chain(&error)))
    }
}

fn encoded_nul(text: &str) -> bool {
    text.contains("%00") || text.contains('\0')
}

/// Whether the client wants a table instead of JSON.
pub struct WantsCsv(pub bool);

impl<S: Send + Sync> FromRequestParts<S> for WantsCsv {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut accepted = parts.headers.get_all(ACCEPT).iter();
        Ok(Self(accepted.any(|value| {
            value.to_str().is_ok_and(|text| {
                text.split(',').any(|one| {
                    let name = one.split(';').next().unwrap_or_default();
                    name.trim().eq_ignore_ascii_case("text/csv")
                })
            })
        })))
    }
}

/// The body of a request that is no command, as JSON.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        json(request).await.map(|(body, _)| Self(body))
    }
}

/// The body as JSON, and its bytes.
pub async fn json<T: DeserializeOwned>(request: Request) -> Result<(T, Bytes), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).cloned();
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            let kind = kinds::of_status(rejection.status());
            Problem::new(kind, "The body could not be read.")
        })?;
    let typed = kind.is_some_and(|kind| kind.to_str().is_ok_and(is_json));
    if !typed && !bytes.is_empty() {
        return Err(Problem::new(
            &kinds::MEDIA_TYPE,
            "The body must be application/json.",
        ));
    }
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| {
        let detail = format!("not JSON: line {}, column {}", error.line(), error.column());
        Problem::new(&kinds::MALFORMED, "The body is not JSON.").at("", "syntax", detail)
    })?;
    if has_nul(&value) {
        return Err(Problem::value("", "a NUL is not text"));
    }
    let value =
        serde_json::from_value(value).map_err(|error| Problem::value("", error.to_string()))?;
    Ok((value, bytes))
}

fn is_json(content_type: &str) -> bool {
    let name = content_type.split(';').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case("application/json")
}

fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(values) => values.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
