//! Deterministic ids: the same item has the same id on every machine, for ever.

use uuid::Uuid;

use crate::Kind;

/// Name space of every id that earshot derives.
const NAMESPACE: Uuid = Uuid::from_u128(0x6561_7273_686f_4074_8000_7820_6974_656d);

/// Id of an item: UUIDv5 of organisation, network, kind and the *first* X id of its edit history.
pub fn item(org: &str, kind: Kind, first_x_id: &str) -> Uuid {
    derive(&[org, "x", kind.as_str(), first_x_id])
}

/// Id of the interaction of an item: one per item.
pub fn interaction(org: &str, item_id: Uuid) -> Uuid {
    derive(&[org, "interaction", &item_id.to_string()])
}

/// Key of a fact about a person that concerns no item (a profile update).
pub fn person(org: &str, x_id: &str) -> Uuid {
    derive(&[org, "x", "person", x_id])
}

/// Id of a picture of an item, by its key at X.
pub fn media(item_id: Uuid, media_key: &str) -> Uuid {
    derive(&["media", &item_id.to_string(), media_key])
}

/// X's id of a conversation of two: smaller user id, dash, larger user id (by number).
pub fn conversation(a: &str, b: &str) -> String {
    let ordered = (a.len(), a) <= (b.len(), b);
    let (low, high) = if ordered { (a, b) } else { (b, a) };
    format!("{low}-{high}")
}

// A NUL between parts: no two lists of parts share a text.
fn derive(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\0").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_keeps_its_id_for_ever() {
        assert_eq!(
            item("exampleOrg-us", Kind::Post, "1900000000000000001").to_string(),
            "4a7420c9-c4b3-5816-b8bf-54e46e179751"
        );
        assert_ne!(item("a", Kind::Post, "1"), item("a", Kind::Message, "1"));
        assert_ne!(item("a", Kind::Post, "1"), item("b", Kind::Post, "1"));
    }

    #[test]
    fn a_conversation_is_the_same_from_both_sides() {
        assert_eq!(conversation("99", "100"), "99-100");
        assert_eq!(conversation("100", "99"), "99-100");
    }
}
