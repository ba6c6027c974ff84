//! `/faults`, `/clock`, `/dialect`, `/play`: settings that change while running. A PUT replaces
//! the whole setting; what it leaves out gets its default.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::problem::{Body, Problem};
use crate::{clock::ClockConfig, faults::Faults, payload::Dialect, play::PlayConfig, sim::Sim};

pub(crate) async fn faults(State(sim): State<Sim>) -> Json<Faults> {
    Json(sim.faults())
}

pub(crate) async fn set_faults(
    State(sim): State<Sim>,
    Body(faults): Body<Faults>,
) -> Result<Json<Faults>, Problem> {
    sim.set_faults(faults)?;
    Ok(Json(sim.faults()))
}

pub(crate) async fn clock(State(sim): State<Sim>) -> Json<Value> {
    let ClockConfig {
        offset_seconds,
        scale,
    } = sim.clock().config();
    Json(json!({"now": sim.clock().now(), "offset_seconds": offset_seconds, "scale": scale}))
}

pub(crate) async fn set_clock(state: State<Sim>, Body(config): Body<ClockConfig>) -> Json<Value> {
    state.0.clock().set(config);
    clock(state).await
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    seconds: i64,
}

/// Moves the clock on without changing its pace.
pub(crate) async fn advance(state: State<Sim>, Body(by): Body<Advance>) -> Json<Value> {
    state.0.clock().advance(by.seconds);
    clock(state).await
}

pub(crate) async fn dialect(State(sim): State<Sim>) -> Json<Dialect> {
    Json(sim.dialect())
}

pub(crate) async fn set_dialect(
    State(sim): State<Sim>,
    Body(dialect): Body<Dialect>,
) -> Result<Json<Dialect>, Problem> {
    if dialect.empty_includes_percent > 100 {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a percentage is 0 to 100",
        ));
    }
    sim.set_dialect(dialect);
    Ok(Json(sim.dialect()))
}

pub(crate) async fn play(State(sim): State<Sim>) -> Json<PlayConfig> {
    Json(sim.play().borrow().clone())
}

pub(crate) async fn set_play(
    State(sim): State<Sim>,
    Body(play): Body<PlayConfig>,
) -> Result<Json<PlayConfig>, Problem> {
    if let Some(problem) = play.problem() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, problem));
    }
    sim.play().send_replace(play.clone());
    Ok(Json(play))
}
