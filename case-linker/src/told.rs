//! What open desks are told of a transaction: the rows of the list in which an item changed, and
//! the people of whom something else did.

use std::collections::{BTreeMap, BTreeSet};

use runtime::pg::changes::Change;
use schemas::changes::{PERSON, THREAD, row};
use schemas::records::Item;

use crate::pg::items::Stored;
use crate::world::PersonKey;

/// Rows and people, by organisation.
#[derive(Debug, Default)]
pub struct Told {
    rows: BTreeMap<String, BTreeSet<String>>,
    people: BTreeMap<String, BTreeSet<String>>,
}

impl Told {
    /// An item is in this row now, or was until now.
    pub fn item(&mut self, stored: &Stored) {
        self.moved(&stored.item, &stored.place.thread.id);
    }

    /// An item is, or was, in the row of this thread.
    pub fn moved(&mut self, item: &Item, thread: &str) {
        // Of whom nobody knows who wrote it is in no row.
        if item.person_id.is_empty() || item.direction.is_none() {
            return;
        }
        let key = row(
            item.kind,
            &item.person_id,
            thread,
            item.repost_of_x_id.as_deref(),
        );
        self.rows.entry(item.org.clone()).or_default().insert(key);
        // The head of the row shows its person.
        if let Some(people) = self.people.get_mut(&item.org) {
            people.remove(&item.person_id);
        }
    }

    /// A person's profile changed. To be said before the items.
    pub fn person(&mut self, (org, person): &PersonKey) {
        let people = self.people.entry(org.clone()).or_default();
        people.insert(person.clone());
    }

    /// As the feed takes it.
    pub fn changes(self) -> Vec<Change> {
        let of = |kind: &'static str, all: BTreeMap<String, BTreeSet<String>>| {
            let some = all.into_iter().filter(|(_, ids)| !ids.is_empty());
            some.map(move |(org, ids)| Change::of(&org, kind, ids.into_iter().collect()))
        };
        of(THREAD, self.rows)
            .chain(of(PERSON, self.people))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::Kind;

    fn item(kind: Kind, person: &str) -> Item {
        Item {
            org: "acme".into(),
            kind,
            person_id: person.into(),
            direction: Some("inbound".into()),
            ..Item::default()
        }
    }

    #[test]
    fn rows_are_told_once_and_their_people_with_them() {
        let mut told = Told::default();
        for person in ["30", "31"] {
            told.person(&("acme".into(), person.into()));
        }
        told.moved(&item(Kind::Post, "30"), "7");
        told.moved(&item(Kind::Post, "30"), "7");
        told.moved(&item(Kind::Message, "32"), "32-900");
        told.moved(&item(Kind::Post, ""), "8");
        let rows = vec!["m.32-900".to_owned(), "p.30.7".to_owned()];
        let expected = vec![
            Change::of("acme", THREAD, rows),
            Change::of("acme", PERSON, vec!["31".to_owned()]),
        ];
        assert_eq!(told.changes(), expected);
    }
}
