//! `GET /events`: what happens, as it happens.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::http::auth::Viewer;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::live::join::Resume;
use crate::live::stream;
use crate::view::event::Event;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// As the header Last-Event-ID, which is taken first, for clients that cannot send it.
    after: Option<String>,
}

/// What happens, as it happens
///
/// Server-sent events `thread`, `tiles`, `reply`, `presence`, `person`, `case`, `channel`, `view` and
/// `reset`: ids and versions alone, merged for 100 ms. A client that begins reads what it shows after the
/// stream has opened, and forgets who was present: those who are there are told first. With
/// Last-Event-ID a stream goes on where it ended, for 24 h and at any process; where it cannot, it says
/// `reset`: read the figures, the first page and the open thread again. It ends when the rights of the
/// caller change. A comment every 15 s says that it is there.
#[utoipa::path(get, path = "/api/v1/events", tag = "desk",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event received")),
    responses((status = 200, body = Event, content_type = "text/event-stream",
        description = "The name of each event says which member its data is")))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sent = headers.get("last-event-id").map(HeaderValue::to_str);
    let sent = sent.map(Result::unwrap_or_default);
    // A client that has no id yet sends it empty.
    let id = sent.or(query.after.as_deref()).filter(|id| !id.is_empty());
    let resume = Resume::from_id(id, app.now());
    let stream = stream::open(app, caller, &headers, resume).await?;
    let mut response = Body::from_stream(stream).into_response();
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that collects would hold everything back.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    out.insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}
