//! The public listener: `/hooks/x/{org}`. TLS ends before it, at the operator's proxy.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::hooks::Hooks;
use crate::problem::Refusal;
use crate::publish::Publish;

/// Time for requests that are under way when the program ends.
const DRAIN: Duration = Duration::from_secs(12);

/// The routes.
pub fn router<P: Publish>(hooks: Hooks<P>) -> Router {
    Router::new()
        .route("/hooks/x/{org}", get(challenge::<P>).post(deliver::<P>))
        .fallback(|| async { Refusal::NotFound })
        .with_state(Arc::new(hooks))
}

/// Serves until `shutdown`, then finishes what is under way.
pub async fn serve<P: Publish>(
    listener: TcpListener,
    hooks: Hooks<P>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let over = shutdown.clone();
    let serving = axum::serve(listener, router(hooks))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .into_future();
    tokio::select! {
        ended = serving => ended,
        () = async { over.cancelled().await; tokio::time::sleep(DRAIN).await } => Ok(()),
    }
}

async fn challenge<P: Publish>(
    State(hooks): State<Arc<Hooks<P>>>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let answer = hooks.challenge(&org, query.as_deref().unwrap_or_default());
    let answer = answer.map(|token| Json(serde_json::json!({ "response_token": token })));
    counted(&hooks, answer)
}

async fn deliver<P: Publish>(
    State(hooks): State<Arc<Hooks<P>>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let delivered = hooks.deliver(&org, &headers, body).await;
    counted(&hooks, delivered)
}

fn counted<P: Publish>(hooks: &Hooks<P>, answer: Result<impl IntoResponse, Refusal>) -> Response {
    if let Err(refusal) = &answer {
        hooks.metrics().refused(refusal.reason());
        tracing::debug!(reason = refusal.reason(), "refused");
    }
    answer.into_response()
}
