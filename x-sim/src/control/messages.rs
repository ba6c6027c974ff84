//! `/dms` and their signs, `/chats`.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{
    LIST_MAX,
    problem::{Body, Problem},
};
use crate::{
    sim::Sim,
    world::{
        Command, Fact, Message, MessageBlock, NewGroup, NewMessage, ParticipantsChange, Receipt,
        WorldError,
    },
};

type Noted = Result<(StatusCode, Json<Value>), Problem>;

pub(crate) async fn send(
    State(sim): State<Sim>,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<Arc<Message>>), Problem> {
    let events = sim.apply(Command::SendMessage(new))?;
    match events.first().map(|event| &event.fact) {
        Some(Fact::MessageSent { message }) => Ok((StatusCode::CREATED, Json(message.clone()))),
        _ => Err(WorldError::NoMessage.into()),
    }
}

/// Newest first.
pub(crate) async fn list(State(sim): State<Sim>) -> Json<Vec<Arc<Message>>> {
    Json(sim.read(|world| world.messages().rev().take(LIST_MAX).cloned().collect()))
}

pub(crate) async fn read(State(sim): State<Sim>, Body(receipt): Body<Receipt>) -> Noted {
    note(&sim, Command::Read(receipt))
}

pub(crate) async fn typing(State(sim): State<Sim>, Body(receipt): Body<Receipt>) -> Noted {
    note(&sim, Command::Typing(receipt))
}

pub(crate) async fn chat(State(sim): State<Sim>, Body(receipt): Body<Receipt>) -> Noted {
    note(&sim, Command::Chat(receipt))
}

/// Gives the conversation's id.
pub(crate) async fn new_group(State(sim): State<Sim>, Body(new): Body<NewGroup>) -> Noted {
    let events = sim.apply(Command::NewGroup(new))?;
    let id = events.first().map(|event| event.fact.subject());
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

pub(crate) async fn participants(
    State(sim): State<Sim>,
    Body(change): Body<ParticipantsChange>,
) -> Noted {
    note(&sim, Command::Participants(change))
}

pub(crate) async fn block(State(sim): State<Sim>, Body(block): Body<MessageBlock>) -> Noted {
    note(&sim, Command::BlockMessages(block))
}

fn note(sim: &Sim, command: Command) -> Noted {
    sim.apply(command)?;
    Ok((StatusCode::CREATED, Json(json!({"done": true}))))
}
