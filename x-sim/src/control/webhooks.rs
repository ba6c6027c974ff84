//! `/webhooks`: registration as X does it, without its authentication.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::problem::{Body, Problem};
use crate::{
    config::WebhookConfig,
    sim::{Sim, WebhookView},
};

pub(crate) async fn add(
    State(sim): State<Sim>,
    Body(new): Body<WebhookConfig>,
) -> Result<(StatusCode, Json<WebhookView>), Problem> {
    Ok((StatusCode::CREATED, Json(sim.register(new).await?)))
}

pub(crate) async fn list(State(sim): State<Sim>) -> Json<Vec<WebhookView>> {
    Json(sim.webhooks())
}

pub(crate) async fn validate(
    State(sim): State<Sim>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({"valid": sim.validate(&id).await?})))
}

pub(crate) async fn remove(
    State(sim): State<Sim>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    sim.unregister(&id)?;
    Ok(Json(json!({"deleted": true})))
}
