//! Threads: the conversation id where X says it, else the root of the chain of parents as far as
//! it is known. A thread that hangs on a parent not seen yet is open, and completes itself later.

use schemas::ids;
use schemas::records::Item;
use uuid::Uuid;

/// Where an item belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// Conversation id, or X id of the oldest ancestor known by id.
    pub id: String,
    /// True while an ancestor is missing, so that the id may change.
    pub open: bool,
}

/// The item that this one's thread is derived from, if it needs one.
pub fn parent(item: &Item) -> Option<Uuid> {
    let parent = item.parent_x_id.as_deref()?;
    Some(ids::item(&item.org, item.kind, parent))
}

/// The thread of an item; `parent` is the thread of its parent, where that is known.
pub fn of(item: &Item, parent: Option<&Thread>) -> Thread {
    let closed = |id: &str| Thread {
        id: id.to_owned(),
        open: false,
    };
    if let Some(conversation) = &item.conversation_id {
        return closed(conversation);
    }
    if let Some(recipient) = &item.recipient_x_id {
        return closed(&ids::conversation(&item.author_id, recipient));
    }
    match (&item.parent_x_id, parent) {
        (None, _) => closed(&item.x_id),
        (Some(_), Some(parent)) => parent.clone(),
        (Some(missing), None) => Thread {
            id: missing.clone(),
            open: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_the_conversation_or_the_oldest_known_ancestor() {
        let root = Item {
            x_id: "1".into(),
            ..Item::default()
        };
        let reply = Item {
            x_id: "2".into(),
            parent_x_id: Some("1".into()),
            ..Item::default()
        };
        let said = Item {
            conversation_id: Some("9".into()),
            ..reply.clone()
        };
        let message = Item {
            author_id: "30".into(),
            recipient_x_id: Some("4".into()),
            ..Item::default()
        };
        let open = |id: &str| Thread {
            id: id.into(),
            open: true,
        };
        let closed = |id: &str| Thread {
            id: id.into(),
            open: false,
        };
        for (item, parent, expected) in [
            (&root, None, closed("1")),
            (&reply, None, open("1")),
            (&reply, Some(closed("1")), closed("1")),
            (&reply, Some(open("0")), open("0")),
            (&said, Some(open("0")), closed("9")),
            (&message, None, closed("4-30")),
        ] {
            assert_eq!(of(item, parent.as_ref()), expected);
        }
    }
}
