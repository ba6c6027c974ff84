//! Answers that are none of the endpoint's own: over the budget, or made by a fault.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode},
};
use serde_json::json;

use super::{
    errors::ApiError,
    faults::{ApiFault, FaultKind, Reset},
    limits::{DAY, Holder, QUARTER, State},
    served,
};
use crate::{payload::Dialect, sim::Sim};

pub(super) fn too_many(dialect: &Dialect) -> Response<Body> {
    if dialect.rate_limit_problem {
        let detail = "Too Many Requests";
        return ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail, None, detail).render(dialect);
    }
    let body = json!({"errors": [{"code": 88, "message": "Rate limit exceeded"}]});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert("content-type", kind);
    response
}

fn header(headers: &mut HeaderMap, name: &str, value: i64) {
    let name = HeaderName::from_bytes(name.as_bytes());
    let value = HeaderValue::from_str(&value.to_string());
    if let (Ok(name), Ok(value)) = (name, value) {
        headers.insert(name, value);
    }
}

/// The windows as X names them. Where two of one length exist the tighter one is shown.
pub(super) fn write_limits(headers: &mut HeaderMap, windows: &[State]) {
    for state in windows {
        let prefix = match (state.seconds, state.holder) {
            (QUARTER, _) => "x-rate-limit-",
            (DAY, Holder::App(_)) => "x-app-limit-24hour-",
            (DAY, Holder::User { .. }) => "x-user-limit-24hour-",
            _ => continue,
        };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        header(headers, &format!("{prefix}limit"), number(state.limit));
        header(
            headers,
            &format!("{prefix}remaining"),
            number(state.remaining),
        );
        // Rounded up: at the second named, the window is over.
        let reset = state.reset.timestamp() + i64::from(state.reset.timestamp_subsec_nanos() > 0);
        header(headers, &format!("{prefix}reset"), reset);
    }
}

/// The answer of a fault that gives none of the endpoint's own.
pub(super) async fn failed(
    sim: &Sim,
    fault: &ApiFault,
    dialect: &Dialect,
    windows: &[State],
) -> Response<Body> {
    match &fault.kind {
        FaultKind::Status { status, body } => {
            let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let title = code.canonical_reason().unwrap_or("Error");
            let Some(body) = body else {
                return ApiError::new(code, title, None, title).render(dialect);
            };
            let mut response = Response::new(Body::from(body.to_string()));
            *response.status_mut() = code;
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert("content-type", kind);
            response
        }
        FaultKind::RateLimit { reset } => {
            let mut response = too_many(dialect);
            write_limits(response.headers_mut(), windows);
            let headers = response.headers_mut();
            header(headers, "x-rate-limit-remaining", 0);
            let now = sim.clock().now().timestamp();
            match reset {
                Reset::Honest => header(headers, "x-rate-limit-reset", now + QUARTER),
                Reset::Past => header(headers, "x-rate-limit-reset", now - 3_600),
                Reset::Absurd => header(headers, "x-rate-limit-reset", 99_999_999_999_999),
                Reset::Absent => {
                    headers.remove("x-rate-limit-reset");
                }
                Reset::Garbage => {
                    let soon = HeaderValue::from_static("soon");
                    headers.insert("x-rate-limit-reset", soon);
                }
            }
            response
        }
        FaultKind::Close => served::closed(),
        _ => served::hang(sim).await,
    }
}
