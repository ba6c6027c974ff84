//! Subscriptions, and open streams that can be ended or silenced.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Body;
use crate::{
    api::{StreamShown, farewell},
    sim::{Sim, lock},
};

pub(crate) async fn subscriptions(State(sim): State<Sim>) -> Json<Value> {
    let held = lock(&sim.platform().subscriptions);
    let activity: Vec<Value> = held
        .activity
        .iter()
        .map(|(id, kept)| json!({"id": id, "subscription": kept}))
        .collect();
    Json(json!({"activity": activity, "accounts": held.accounts}))
}

pub(crate) async fn streams(State(sim): State<Sim>) -> Json<Value> {
    Json(json!(sim.platform().hub.connections()))
}

#[derive(Deserialize)]
pub(crate) struct StreamCommand {
    /// `activity` or `filtered`; both unless said.
    kind: Option<String>,
    #[serde(flatten)]
    action: Action,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Action {
    /// An in-stream error, then the end.
    Disconnect {
        disconnect_type: String,
    },
    /// The end without a word.
    Close,
    Stall,
    Resume,
}

/// Does something to every open stream that is meant.
pub(crate) async fn command_streams(
    State(sim): State<Sim>,
    Body(command): Body<StreamCommand>,
) -> Json<Value> {
    let hub = &sim.platform().hub;
    let now = sim.clock().now();
    let meant = |shown: &StreamShown| {
        let named = json!(shown.kind);
        command
            .kind
            .as_ref()
            .is_none_or(|kind| named == kind.as_str())
    };
    let count = match &command.action {
        Action::Disconnect { disconnect_type } => {
            let said = farewell(disconnect_type, &sim.dialect());
            hub.disconnect(meant, Some(&said), disconnect_type, now)
        }
        Action::Close => hub.disconnect(meant, None, "Closed", now),
        Action::Stall => hub.stall(meant, true),
        Action::Resume => hub.stall(meant, false),
    };
    Json(json!({"streams": count}))
}
