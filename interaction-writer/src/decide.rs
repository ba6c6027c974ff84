//! Which interaction an item has: a pure function of its latest revision.

use schemas::records::{Interaction, Item};
use schemas::{Kind, ids};

/// What becomes of the interaction of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is this.
    Record(Box<Interaction>),
    /// If there is one, it is this now: withdrawn or erased.
    Replace(Box<Interaction>),
    /// There is none and there never was.
    Nothing(&'static str),
}

/// Decides for one revision of an item.
///
/// A post has an interaction while a case is linked; what the brand posted on x.com only if it
/// was linked by hand. A message has one always.
pub fn decide(item: &Item) -> Decision {
    let message = item.kind == Kind::Message;
    if item.op == "erase" {
        return if message || item.had_case {
            Decision::Replace(Box::new(interaction(item, "erase")))
        } else {
            Decision::Nothing("deleted")
        };
    }
    if item.direction.is_none() {
        return Decision::Nothing("no-content");
    }
    if message || item.case_id.is_some() {
        Decision::Record(Box::new(interaction(item, "upsert")))
    } else if item.had_case {
        Decision::Replace(Box::new(interaction(item, "withdraw")))
    } else {
        Decision::Nothing("no-case")
    }
}

fn interaction(item: &Item, op: &str) -> Interaction {
    let (channel, reason) = match (item.kind, item.case_id) {
        (Kind::Message, None) => ("x-message", "message"),
        (Kind::Message, Some(_)) => ("x-message", "case-linked"),
        (Kind::Post, _) => ("x-post", "case-linked"),
    };
    Interaction {
        org: item.org.clone(),
        interaction_id: ids::interaction(&item.org, item.item_id),
        item_id: item.item_id,
        revision: item.revision,
        op: op.to_owned(),
        channel: channel.to_owned(),
        kind: item.kind,
        post_type: item.post_type.clone(),
        direction: item.direction.clone().unwrap_or_default(),
        person_id: item.person_id.clone(),
        customer_id: item.customer_id,
        case_id: item.case_id,
        reason: reason.to_owned(),
        likes: item.likes,
        posted_at: item.posted_at,
        received_at: item.received_at,
        // The item's own stamp: a second run over the same revision writes the same row.
        recorded_at: item.recorded_at,
        source: item.source.clone(),
        backfill: item.backfill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn item(kind: Kind, case: bool, had_case: bool) -> Item {
        Item {
            org: "acme".into(),
            kind,
            op: "upsert".into(),
            direction: Some("inbound".into()),
            case_id: case.then_some(Uuid::nil()),
            had_case,
            ..Item::default()
        }
    }

    #[test]
    fn a_post_needs_a_case_and_a_message_does_not() {
        let told = |item: &Item| match decide(item) {
            Decision::Record(i) => ("record", i.op.clone(), i.reason.clone()),
            Decision::Replace(i) => ("replace", i.op.clone(), i.reason.clone()),
            Decision::Nothing(why) => ("nothing", why.to_owned(), String::new()),
        };
        let erased = |item: Item| Item {
            op: "erase".into(),
            ..item
        };
        for (item, kind, op) in [
            (item(Kind::Post, false, false), "nothing", "no-case"),
            (item(Kind::Post, true, true), "record", "upsert"),
            (item(Kind::Post, false, true), "replace", "withdraw"),
            (item(Kind::Message, false, false), "record", "upsert"),
            (item(Kind::Message, true, true), "record", "upsert"),
            (erased(item(Kind::Post, true, true)), "replace", "erase"),
            (erased(item(Kind::Post, false, false)), "nothing", "deleted"),
            (
                erased(item(Kind::Message, false, false)),
                "replace",
                "erase",
            ),
            (
                Item {
                    direction: None,
                    ..item(Kind::Message, false, false)
                },
                "nothing",
                "no-content",
            ),
        ] {
            let (told_kind, told_op, _) = told(&item);
            assert_eq!((told_kind, told_op.as_str()), (kind, op), "{item:?}");
        }
    }
}
