//! The internal port of every program: `/healthz`, `/readyz`, `/metrics`.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::telemetry::Telemetry;

/// Serves the probes until `shutdown`; the bound address, at once.
pub async fn serve(
    addr: SocketAddr,
    telemetry: Telemetry,
    shutdown: CancellationToken,
) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    let served = axum::serve(listener, router(telemetry))
        .with_graceful_shutdown(async move { shutdown.cancelled().await });
    tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "internal port ended");
        }
    });
    Ok(bound)
}

fn router(telemetry: Telemetry) -> Router {
    let metrics = telemetry.clone();
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route(
            "/readyz",
            get(move || {
                let unready = telemetry.unready();
                let status = if unready.is_empty() {
                    StatusCode::OK
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                let body = serde_json::json!({ "ready": unready.is_empty(), "waiting": unready });
                async move { (status, Json(body)).into_response() }
            }),
        )
        .route(
            "/metrics",
            get(move || {
                let text = metrics.text();
                async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
            }),
        )
}

/// Writes `run/<program>.json` of the local directory: pid and internal address.
pub fn announce(dir: &Path, program: &str, addr: SocketAddr) -> std::io::Result<()> {
    let run = dir.join("run");
    std::fs::create_dir_all(&run)?;
    let text = serde_json::json!({ "pid": std::process::id(), "internal": addr.to_string() });
    let temporary = run.join(format!(".{program}.json"));
    std::fs::write(&temporary, text.to_string())?;
    std::fs::rename(temporary, run.join(format!("{program}.json")))
}
