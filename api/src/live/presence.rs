//! Who looks at which row: tabs told as people.

use std::collections::BTreeMap;

use super::frame::Present;
use crate::pg::presence::Shown;
use crate::view::event::{Looking, Who};

/// Before the id of a user, in an actor; a key is told as the actor that it is.
const USER: &str = "user:";

/// People of each row, by organisation. What somebody does in several tabs is the most of it.
pub fn people(shown: Vec<Shown>) -> BTreeMap<String, Present> {
    let mut all: BTreeMap<String, Present> = BTreeMap::new();
    for tab in shown {
        let Some(state) = Looking::parse(&tab.state) else {
            continue;
        };
        let row = all.entry(tab.org).or_default().entry(tab.row).or_default();
        let user_id = tab.actor.strip_prefix(USER).unwrap_or(&tab.actor);
        match row.iter_mut().find(|who| who.user_id == user_id) {
            Some(who) => who.state = who.state.max(state),
            None => row.push(Who {
                user_id: user_id.to_owned(),
                name: tab.name,
                state,
            }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tabs_of_a_user_are_one_person() {
        let tab = |row: &str, actor: &str, state: &str| Shown {
            org: "acme".into(),
            row: row.into(),
            actor: actor.into(),
            name: actor.to_uppercase(),
            state: state.into(),
        };
        let told = people(vec![
            tab("p.1.2", "ana", "viewing"),
            tab("p.1.2", "user:7", "idle"),
            tab("p.1.2", "user:7", "replying"),
            tab("p.1.2", "user:7", "viewing"),
            tab("m.1-2", "key:ci", "idle"),
        ]);
        let states = |row: &str| -> Vec<(&str, &str)> {
            let who = told["acme"][row].iter();
            who.map(|w| (w.user_id.as_str(), w.state.as_str()))
                .collect()
        };
        assert_eq!(states("p.1.2"), [("ana", "viewing"), ("7", "replying")]);
        assert_eq!(states("m.1-2"), [("key:ci", "idle")]);
    }
}
