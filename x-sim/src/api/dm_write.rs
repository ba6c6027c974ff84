//! Direct messages sent, deleted and refused by the API.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{
    attach,
    call::{Answer, Call, Reply},
    calls::Sent,
    dm_read::{check, takes_part},
    errors::{self, ApiError},
    media_store::Use,
    send::send,
};
use crate::{
    XId,
    world::{Command, Fact, MESSAGE_MAX, MessageBlock, NewGroup, NewMessage, World},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    text: Option<String>,
    attachments: Option<Vec<Attachment>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attachment {
    media_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewConversation {
    conversation_type: String,
    participant_ids: Vec<String>,
    message: New,
}

pub(super) fn with(call: &Call) -> Answer {
    let (me, other) = (call.caller.me()?, call.id("participant_id")?);
    let new: New = call.json()?;
    to_person(call, me, other, new)
}

pub(super) fn conversation(call: &Call) -> Answer {
    let (me, id) = (call.caller.me()?, call.part("id"));
    check(id)?;
    if !call.sim.read(|world| takes_part(world, me, id)) {
        return Err(ApiError::forbidden("You are not in this conversation."));
    }
    let new: New = call.json()?;
    let Some((low, high)) = id.split_once('-') else {
        return to_group(call, me, errors::id("id", id)?, new);
    };
    let other = if low == me.to_string() { high } else { low };
    to_person(call, me, errors::id("id", other)?, new)
}

pub(super) fn group(call: &Call) -> Answer {
    let me = call.caller.me()?;
    let new: NewConversation = call.json()?;
    if new.conversation_type != "Group" {
        let message = "conversation_type is Group".to_owned();
        return Err(ApiError::invalid(
            "conversation_type",
            new.conversation_type,
            message,
        ));
    }
    if !(2..=49).contains(&new.participant_ids.len()) {
        let message = "participant_ids are 2 to 49".to_owned();
        return Err(ApiError::invalid(
            "participant_ids",
            new.participant_ids.len(),
            message,
        ));
    }
    valid(&new.message)?;
    for id in &new.participant_ids {
        let other = errors::id("participant_ids", id)?;
        call.sim.read(|world| may_write(world, me, other))?;
    }
    let command = Command::NewGroup(NewGroup {
        from: me.to_string(),
        participants: new.participant_ids,
    });
    let events = call.sim.apply(command)?;
    let group = events.first().map(|event| event.fact.subject());
    let group = group.ok_or_else(|| ApiError::forbidden("The conversation could not be made."))?;
    to_group(call, me, group, new.message)
}

fn to_person(call: &Call, me: XId, other: XId, new: New) -> Answer {
    valid(&new)?;
    call.sim.read(|world| may_write(world, me, other))?;
    let to = other.to_string();
    let message = NewMessage {
        to: to.clone(),
        ..NewMessage::default()
    };
    deliver(call, me, &to, new, message)
}

fn to_group(call: &Call, me: XId, group: XId, new: New) -> Answer {
    valid(&new)?;
    let message = NewMessage {
        group: Some(group),
        ..NewMessage::default()
    };
    deliver(call, me, &group.to_string(), new, message)
}

fn deliver(call: &Call, me: XId, target: &str, new: New, message: NewMessage) -> Answer {
    let ids: Vec<String> = new
        .attachments
        .into_iter()
        .flatten()
        .map(|a| a.media_id)
        .collect();
    let attached = attach::attached(call, me, &ids, Use::Message)?;
    let text = new.text.unwrap_or_default();
    let sent = Sent {
        kind: "message",
        user: me,
        text: text.clone(),
        target: Some(target.to_owned()),
        quote: None,
        ids: Vec::new(),
        at: Vec::new(),
    };
    let command = Command::SendMessage(NewMessage {
        from: me.to_string(),
        text,
        media: attached.into_iter().next(),
        ..message
    });
    let events = send(call, sent, false, command)?;
    let Some(Fact::MessageSent { message }) = events.first().map(|event| &event.fact) else {
        return Err(ApiError::forbidden("The message could not be sent."));
    };
    Reply::created(&json!({"data": {
        "dm_conversation_id": message.conversation(), "dm_event_id": message.id,
    }}))
}

fn valid(new: &New) -> Result<(), ApiError> {
    let attachments = new.attachments.as_deref().unwrap_or_default();
    let text = new.text.as_deref().unwrap_or_default();
    let empty = text.is_empty() && attachments.is_empty();
    if empty || new.text.as_ref().is_some_and(String::is_empty) {
        return Err(ApiError::invalid(
            "text",
            "",
            "text or attachments is required".to_owned(),
        ));
    }
    if new.attachments.is_some() && attachments.len() != 1 {
        let message = "A message has exactly one attachment".to_owned();
        return Err(ApiError::invalid("attachments", attachments.len(), message));
    }
    if text.chars().count() > MESSAGE_MAX {
        return Err(ApiError::invalid(
            "text",
            "",
            "The text is too long".to_owned(),
        ));
    }
    Ok(())
}

/// Who closed their messages takes them only from those they wrote to.
fn may_write(world: &World, me: XId, other: XId) -> Result<(), ApiError> {
    let refused = |detail: &str| Err(ApiError::forbidden(detail));
    let Some(person) = world.person_by_id(other).filter(|person| !person.suspended) else {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
            None,
            format!("User not found: [{other}]."),
        ));
    };
    if me == other {
        return refused("You cannot send messages to yourself.");
    }
    if world.refuses_messages(other, me) || world.refuses_messages(me, other) {
        return refused("You cannot send messages to this user.");
    }
    let wrote = || {
        let mut messages = world.messages().rev();
        messages.any(|message| message.sender == other && message.recipient == me)
    };
    if person.dms_closed && !wrote() {
        return refused("You do not have permission to DM one or more participants.");
    }
    Ok(())
}

pub(super) fn delete(call: &Call) -> Answer {
    let (me, message) = (call.caller.me()?, call.id("id")?);
    if call.dialect.dm_delete_missing {
        return Err(ApiError::not_found("resource", "path", "dm_events"));
    }
    let person = me.to_string();
    match call.sim.apply(Command::DropMessage { person, message }) {
        Ok(_) => Reply::ok(&json!({"data": {"deleted": true}})),
        Err(_) => Err(ApiError::not_found("dm_event", "id", &message.to_string())),
    }
}

pub(super) fn block(call: &Call) -> Answer {
    set_block(call, true)
}

pub(super) fn unblock(call: &Call) -> Answer {
    set_block(call, false)
}

fn set_block(call: &Call, on: bool) -> Answer {
    let (me, other) = (call.caller.me()?, call.id("id")?);
    call.sim.apply(Command::BlockMessages(MessageBlock {
        person: me.to_string(),
        other: other.to_string(),
        on,
    }))?;
    Reply::ok(&json!({"data": {"blocked": on}}))
}
