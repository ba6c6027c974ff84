//! The outermost layer: trace id, problems as bodies, what every read says about its age.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use tracing::Instrument as _;

use super::kinds;
use super::problem::Problem;
use crate::App;
use crate::routes::registry;

pub const TRACE: &str = "earshot-trace";

/// Gives each request a trace id and each answer its last form.
pub async fn finish(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let trace = trace_id(request.headers());
    let instance = request.uri().path().to_owned();
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let as_of = app.now();
    let span = tracing::info_span!("request", trace = %trace, method = %request.method());
    let response = next.run(request).instrument(span).await;
    let mut response = speak(response, &instance, &trace);
    let headers = response.headers_mut();
    let text = as_of.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    if read && let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert("earshot-as-of", value);
    }
    if let Ok(value) = HeaderValue::from_str(&trace) {
        headers.insert(TRACE, value);
    }
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

// A bare status of the framework (404, 405, 413, a panic) becomes a problem too.
fn speak(mut response: Response<Body>, instance: &str, trace: &str) -> Response<Body> {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if !status.is_client_error() && !status.is_server_error() => return response,
        None if response.headers().contains_key("x-finished") => {
            response.headers_mut().remove("x-finished");
            return response;
        }
        None => {
            let kind = kinds::of_status(status);
            Problem::new(kind, format!("{}.", kind.title))
        }
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.status = problem.kind.status;
    if instance.starts_with("/registry") {
        return registry::refusal(&problem, parts);
    }
    let body = serde_json::to_vec(&problem.body(instance, trace)).unwrap_or_default();
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    (parts, body).into_response()
}

// The caller's trace, if it sends one (W3C Trace Context), else one of our own.
fn trace_id(headers: &HeaderMap) -> String {
    let sent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split('-').nth(1))
        .filter(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    sent.map_or_else(
        || uuid::Uuid::new_v4().simple().to_string(),
        str::to_ascii_lowercase,
    )
}
