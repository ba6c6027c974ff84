//! Entries of conversations as the v2 API writes them.

use serde_json::{Value, json};

use crate::{
    payload::{
        Dialect,
        json::{put, v2_time},
        v2,
    },
    world::{Happening, Message},
};

pub(super) fn event(message: &Message, dialect: &Dialect) -> Value {
    let mut value = json!({
        "id": message.id,
        "event_type": kind(message),
        "sender_id": message.sender,
        "dm_conversation_id": message.conversation(),
        "created_at": v2_time(message.created_at),
    });
    match &message.happening {
        Happening::Message => {
            put(&mut value, "text", message.text.as_str());
            let photo: Vec<_> = message.photo.iter().cloned().collect();
            let entities = v2::entities(&message.entities, &photo, dialect);
            if entities.as_object().is_some_and(|map| !map.is_empty()) {
                put(&mut value, "entities", entities);
            }
            if let Some(photo) = &message.photo {
                put(
                    &mut value,
                    "attachments",
                    json!({"media_keys": [v2::media_key(photo)]}),
                );
            }
        }
        Happening::Joined(people) => put(&mut value, "participant_ids", json!(people)),
        Happening::Left(people) => {
            put(&mut value, "participant_ids", json!(people));
            if let Some(map) = value.as_object_mut() {
                map.remove("sender_id");
            }
        }
    }
    value
}

pub(super) fn kind(message: &Message) -> &'static str {
    match message.happening {
        Happening::Message => "MessageCreate",
        Happening::Joined(_) => "ParticipantsJoin",
        Happening::Left(_) => "ParticipantsLeave",
    }
}
