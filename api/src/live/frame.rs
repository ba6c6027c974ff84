//! What an organisation's clients are told together: changes merged, each named once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use runtime::pg::changes::Seen;
use schemas::changes::{CASE, CHANNEL, PERSON, PRESENCE, REPLY, RIGHTS, THREAD, VIEW};
use serde_json::Value;

use crate::row_id::RowId;
use crate::view::event::{
    CaseEvent, ChannelEvent, EmptyEvent, Event, PersonEvent, PresenceEvent, ReplyEvent,
    ThreadEvent, ViewEvent, Who,
};

/// Changes of one frame; of more it is told to look at everything again.
pub const EVENTS_MAX: usize = 500;

/// Who looks at which row, by key.
pub type Present = BTreeMap<String, Vec<Who>>;

/// Actors whose rights are not what they were.
#[derive(Debug, Default)]
pub struct Ended {
    actors: Vec<String>,
    everybody: bool,
}

impl Ended {
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty() && !self.everybody
    }

    pub fn has(&self, actor: &str) -> bool {
        self.everybody || self.actors.iter().any(|ended| ended == actor)
    }
}

/// Changes of an organisation that wait for its next frame.
#[derive(Debug, Default)]
pub struct Pending {
    named: BTreeMap<(&'static str, String), Option<Value>>,
    too_many: bool,
    /// Whose rights changed.
    pub ended: Ended,
    /// Somebody came, went or began to write.
    pub presence: bool,
}

impl Pending {
    /// Takes a row of the feed in.
    pub fn add(&mut self, seen: Seen) {
        let kind = match seen.kind.as_str() {
            PRESENCE => {
                self.presence = true;
                return;
            }
            RIGHTS => {
                self.ended.everybody |= seen.ids.is_empty();
                self.ended.actors.extend(seen.ids);
                return;
            }
            kind => [THREAD, PERSON, CASE, REPLY, CHANNEL, VIEW]
                .into_iter()
                .find(|known| *known == kind),
        };
        // Of a kind that a newer version writes nothing is told.
        let Some(kind) = kind else { return };
        self.too_many |= seen.ids.is_empty();
        for id in seen.ids {
            let data = self.named.entry((kind, id)).or_default();
            // Transactions have their ids before they wait for each other's rows.
            if version(data.as_ref()) <= version(seen.data.as_ref()) {
                data.clone_from(&seen.data);
            }
        }
        if self.named.len() > EVENTS_MAX {
            self.overflow();
        }
    }

    /// More changed than is told one by one.
    pub fn overflow(&mut self) {
        self.too_many = true;
        self.named.clear();
    }

    /// True if its frame says `reset`.
    pub fn is_reset(&self) -> bool {
        self.too_many
    }

    /// Keys of the rows of the list that are told; their versions are needed.
    pub fn threads(&self) -> impl Iterator<Item = &str> {
        let named = self.named.keys();
        named.filter_map(|(kind, id)| (!self.too_many && *kind == THREAD).then_some(id.as_str()))
    }

    /// The events, with the version of each row.
    pub fn events(&self, versions: &BTreeMap<String, i64>) -> Vec<(&'static str, Event)> {
        if self.too_many {
            return vec![("reset", Event::Empty(EmptyEvent {}))];
        }
        let mut events: Vec<_> = self
            .named
            .iter()
            .filter_map(|((kind, id), data)| {
                Some((*kind, event(kind, id, data.as_ref(), versions)?))
            })
            .collect();
        if events.iter().any(|(kind, _)| *kind == THREAD) {
            events.push(("tiles", Event::Empty(EmptyEvent {})));
        }
        events
    }
}

fn version(data: Option<&Value>) -> Option<i64> {
    data?["version"].as_i64()
}

fn event(
    kind: &str,
    id: &str,
    data: Option<&Value>,
    versions: &BTreeMap<String, i64>,
) -> Option<Event> {
    let number = version(data).unwrap_or_default();
    let text = |name: &str| Some(data?[name].as_str()?.to_owned());
    Some(match kind {
        THREAD => {
            let row = RowId::from_key(id)?;
            Event::Thread(ThreadEvent {
                id: row.encode(),
                version: versions.get(id).copied().unwrap_or_default(),
                conversation_id: row.thread().map(ToOwned::to_owned),
            })
        }
        PERSON => Event::Person(PersonEvent {
            x_id: id.to_owned(),
        }),
        CASE => Event::Case(CaseEvent {
            case_id: id.to_owned(),
            version: number,
        }),
        REPLY => Event::Reply(ReplyEvent {
            reply_id: id.to_owned(),
            thread: RowId::from_key(&text("thread")?)?.encode(),
            state: text("state")?,
            version: number,
        }),
        VIEW => Event::View(ViewEvent {
            view_id: id.to_owned(),
        }),
        _ => Event::Channel(ChannelEvent {
            account: id.to_owned(),
        }),
    })
}

/// What is told of who looks where: the rows in which `now` differs from `before`.
pub fn presence(before: &Present, now: &Present) -> Vec<(&'static str, Event)> {
    let gone = before.keys().filter(|key| !now.contains_key(*key));
    let changed = now
        .iter()
        .filter(|(key, who)| before.get(*key) != Some(*who));
    changed
        .map(|(key, who)| (key, who.clone()))
        .chain(gone.map(|key| (key, Vec::new())))
        .filter_map(|(key, who)| {
            let thread = RowId::from_key(key)?.encode();
            Some((PRESENCE, Event::Presence(PresenceEvent { thread, who })))
        })
        .collect()
}

/// Events as they go over the wire. The last one has the id, if there is one: what is cut within a
/// frame is told again.
pub fn write(events: &[(&'static str, Event)], id: Option<&str>) -> String {
    let mut text = String::new();
    for (nth, (name, event)) in events.iter().enumerate() {
        let data = serde_json::to_string(event).unwrap_or_default();
        let last = nth + 1 == events.len();
        let id = id.filter(|_| last).map(id_line).unwrap_or_default();
        let _written = write!(text, "event: {name}\n{id}data: {data}\n\n");
    }
    text
}

/// The id alone.
pub fn id_line(id: &str) -> String {
    format!("id: {id}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::event::Looking;
    use serde_json::json;

    fn seen(kind: &str, ids: &[&str], data: Option<Value>) -> Seen {
        Seen {
            org: "acme".into(),
            kind: kind.into(),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            data,
        }
    }

    fn told(pending: &Pending) -> String {
        let versions = BTreeMap::from([("p.30.7".to_owned(), 4)]);
        write(&pending.events(&versions), Some("ID"))
    }

    #[test]
    fn changes_are_merged_and_the_newest_version_is_told() {
        let mut pending = Pending::default();
        assert_eq!(told(&pending), "");
        for row in [
            seen(THREAD, &["p.30.7", "p.31.7"], None),
            seen(THREAD, &["p.30.7", "rubbish"], None),
            seen(
                REPLY,
                &["r1"],
                Some(json!({"thread": "m.30-900", "state": "posted", "version": 3})),
            ),
            seen(
                REPLY,
                &["r1"],
                Some(json!({"thread": "m.30-900", "state": "sending", "version": 2})),
            ),
            seen(CASE, &["c1"], Some(json!({"version": 1}))),
            seen("of-tomorrow", &["x"], None),
        ] {
            pending.add(row);
        }
        insta::assert_snapshot!(told(&pending), @r#"
        event: case
        data: {"case_id":"c1","version":1}

        event: reply
        data: {"reply_id":"r1","thread":"bS4zMC05MDA","state":"posted","version":3}

        event: thread
        data: {"id":"cC4zMC43","version":4,"conversation_id":"7"}

        event: thread
        data: {"id":"cC4zMS43","version":0,"conversation_id":"7"}

        event: tiles
        id: ID
        data: {}

        "#);
    }

    #[test]
    fn too_many_changes_are_told_as_one() {
        let mut unnamed = Pending::default();
        unnamed.add(seen(THREAD, &["p.30.7"], None));
        unnamed.add(seen(PERSON, &[], None));
        let mut many = Pending::default();
        for n in 0..=EVENTS_MAX {
            many.add(seen(THREAD, &[&format!("p.{n}.7")], None));
        }
        for pending in [unnamed, many] {
            assert_eq!(told(&pending), "event: reset\nid: ID\ndata: {}\n\n");
            assert_eq!(pending.threads().count(), 0);
        }
    }

    #[test]
    fn presence_is_told_where_it_differs() {
        let who = |state| {
            vec![Who {
                user_id: "key:dana".into(),
                name: "dana".into(),
                state,
            }]
        };
        let of = |rows: &[(&str, Looking)]| -> Present {
            let rows = rows.iter();
            rows.map(|(key, state)| ((*key).to_owned(), who(*state)))
                .collect()
        };
        let before = of(&[
            ("p.30.7", Looking::Viewing),
            ("p.31.7", Looking::Idle),
            ("m.1-2", Looking::Idle),
        ]);
        let now = of(&[("p.30.7", Looking::Replying), ("m.1-2", Looking::Idle)]);
        insta::assert_snapshot!(write(&presence(&before, &now), Some("ID")), @r#"
        event: presence
        data: {"thread":"cC4zMC43","who":[{"user_id":"key:dana","name":"dana","state":"replying"}]}

        event: presence
        id: ID
        data: {"thread":"cC4zMS43","who":[]}

        "#);
    }
}
