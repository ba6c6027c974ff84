//! Threads: the conversation id where X says it, else the root of the chain of parents as far as
//! it is known. A thread that hangs on a parent not seen yet is open, and completes itself later.

use std::collections::HashMap;

use schemas::records::Item;
use schemas::{Kind, ids};
use uuid::Uuid;

use crate::pg::items::Stored;
use crate::world::ItemKey;

/// Where an item belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// Conversation id, or X id of the oldest ancestor known by id.
    pub id: String,
    /// True while an ancestor is missing, so that the id may change.
    pub open: bool,
}

/// Where an item stands among the others: the item that it answers, and the thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The item answered, by the id of its first version as far as that is known.
    pub parent: Option<Uuid>,
    pub thread: Thread,
}

impl Place {
    /// As far as the item alone can tell.
    pub fn of(item: &Item) -> Self {
        Self {
            parent: parent(item),
            thread: of(item, None),
        }
    }
}

/// A post whose thread, or whose answers' thread, may complete after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    pub org: String,
    pub item: Uuid,
    /// Its thread hangs on the post that it answers.
    pub hangs: bool,
    /// It has later versions, which may have been answered.
    pub edited: bool,
}

impl Unsettled {
    /// What must be looked at for this post after the commit; nothing if its place stands as it
    /// stood before.
    pub fn of(after: &Stored, before: Option<&Stored>) -> Option<Self> {
        let item = &after.item;
        let moved = before.is_none_or(|before| {
            before.item.direction.is_none()
                || before.place.thread != after.place.thread
                || before.item.version_ids != item.version_ids
        });
        let looked_at = item.kind == Kind::Post && item.direction.is_some() && moved;
        looked_at.then(|| Self {
            org: item.org.clone(),
            item: item.item_id,
            hangs: item.conversation_id.is_none() && after.place.parent.is_some(),
            edited: item.version_ids.iter().any(|version| *version != item.x_id),
        })
    }
}

/// The item that this one answers, if the version that it names is the first.
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

/// The threads of these items: each chain is followed upwards inside the batch, then into what is
/// `stored`, and every item of it is settled on the way back. An item of which only facts are
/// known tells nothing about its children.
pub(crate) fn derive<'a>(
    keys: &[ItemKey],
    item: impl Fn(&ItemKey) -> Option<(&'a Item, Option<Uuid>)>,
    stored: &HashMap<ItemKey, Thread>,
) -> HashMap<ItemKey, Thread> {
    let mut done: HashMap<ItemKey, Thread> = HashMap::with_capacity(keys.len());
    let mut path: Vec<(ItemKey, &Item)> = Vec::new();
    for start in keys {
        let mut next = Some(start.clone());
        let mut above: Option<Thread> = None;
        while let Some(key) = next.take() {
            let found = item(&key).filter(|(i, _)| path.is_empty() || i.direction.is_some());
            let Some((found, parent)) = found else {
                above = stored.get(&key).cloned();
                break;
            };
            if let Some(known) = done.get(&key) {
                above = Some(known.clone());
                break;
            }
            // A circle is no chain.
            if path.len() > keys.len() {
                break;
            }
            if found.conversation_id.is_none() {
                next = parent.map(|id| (key.0.clone(), id));
            }
            path.push((key, found));
        }
        while let Some((key, item)) = path.pop() {
            let thread = of(item, above.as_ref());
            above = Some(thread.clone());
            done.insert(key, thread);
        }
    }
    done
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
