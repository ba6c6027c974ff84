//! Which interaction an item has: a pure function of its latest revision.

use schemas::partition::concerns;
use schemas::records::{Interaction, Item};
use schemas::{Kind, ids};

/// What becomes of the interaction of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is this: recorded, withdrawn or erased.
    Record(Box<Interaction>),
    /// There is none and there never was.
    Nothing(&'static str),
}

/// Decides for one revision of an item. What an item once had a reason to have is kept as
/// withdrawn or erased, also where the revisions between were never seen: so the rows follow from
/// the latest revisions alone, and reading the compacted topics anew gives the same ones.
///
/// A post has an interaction while a case is linked; what the brand posted on x.com only if it
/// was linked by hand. A message has one always.
pub fn decide(item: &Item) -> Decision {
    let record = |op| Decision::Record(Box::new(interaction(item, op)));
    let message = item.kind == Kind::Message;
    if item.direction.is_none() {
        return Decision::Nothing(if item.op == "upsert" {
            "no-content"
        } else {
            "deleted"
        });
    }
    let had = message || item.had_case;
    match (item.op.as_str(), had) {
        ("erase", true) => record("erase"),
        ("withdraw", true) => record("withdraw"),
        ("erase" | "withdraw", false) => Decision::Nothing("deleted"),
        _ if message || item.case_id.is_some() => record("upsert"),
        _ if item.had_case => record("withdraw"),
        _ => Decision::Nothing("no-case"),
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
        // What we post is an interaction with whom it answers, as a message is with its recipient.
        person_id: concerns(item).to_owned(),
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
        let as_op = |op: &str, item: Item| Item {
            op: op.into(),
            ..item
        };
        let unseen = |item: Item| Item {
            direction: None,
            ..item
        };
        let (post, message) = (Kind::Post, Kind::Message);
        for (item, expected) in vec![
            (item(post, false, false), Err("no-case")),
            (item(post, true, true), Ok(("upsert", "case-linked"))),
            (item(post, false, true), Ok(("withdraw", "case-linked"))),
            (item(message, false, false), Ok(("upsert", "message"))),
            (item(message, true, true), Ok(("upsert", "case-linked"))),
            (item(message, false, true), Ok(("upsert", "message"))),
            (
                as_op("erase", item(post, true, true)),
                Ok(("erase", "case-linked")),
            ),
            (
                as_op("erase", item(post, false, true)),
                Ok(("erase", "case-linked")),
            ),
            (as_op("erase", item(post, false, false)), Err("deleted")),
            (
                as_op("erase", item(message, false, false)),
                Ok(("erase", "message")),
            ),
            (
                as_op("withdraw", item(post, false, true)),
                Ok(("withdraw", "case-linked")),
            ),
            (as_op("withdraw", item(post, false, false)), Err("deleted")),
            (unseen(item(message, false, false)), Err("no-content")),
            (unseen(item(post, false, false)), Err("no-content")),
            (
                as_op("erase", unseen(item(message, false, false))),
                Err("deleted"),
            ),
        ] {
            let told = match decide(&item) {
                Decision::Record(i) => Ok((i.op, i.reason)),
                Decision::Nothing(why) => Err(why),
            };
            let expected = expected.map(|(op, reason)| (op.to_owned(), reason.to_owned()));
            assert_eq!(told, expected, "{item:?}");
        }
    }

    #[test]
    fn what_we_post_is_an_interaction_with_whom_it_answers() {
        let ours = |direction: &str, kind| Item {
            direction: Some(direction.into()),
            person_id: "11".into(),
            in_reply_to_x_id: Some("21".into()),
            ..item(kind, true, true)
        };
        let person = |item: &Item| match decide(item) {
            Decision::Record(made) => made.person_id,
            Decision::Nothing(why) => why.to_owned(),
        };
        assert_eq!(person(&ours("outbound", Kind::Post)), "21");
        assert_eq!(person(&ours("inbound", Kind::Post)), "11");
        assert_eq!(person(&ours("outbound", Kind::Message)), "11");
    }
}
