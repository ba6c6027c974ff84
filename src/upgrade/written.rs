//! Which version wrote the newest records of a topic, by the schema ids that they carry.

use std::collections::BTreeSet;

use runtime::health::Line;
use schemas::wire::schema_id;

/// Records that are named.
const NAMED_MAX: usize = 3;
const OF: &str = "records";

/// Whose schema a record was written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrote {
    /// One that this version has.
    Known(u32),
    /// One that only the registry has: this version reads it by that, without what is new in it.
    Fetched(u32),
    /// Nobody's that is known here.
    Unknown(u32),
    /// No record of this topic.
    Strange,
}

impl Wrote {
    const fn id(self) -> Option<u32> {
        match self {
            Self::Known(id) | Self::Fetched(id) | Self::Unknown(id) => Some(id),
            Self::Strange => None,
        }
    }
}

/// The newest record of a partition.
#[derive(Debug, Clone, Copy)]
pub struct Newest {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// By which schema.
    pub wrote: Wrote,
}

/// By our own ids.
pub fn own(record: &str, value: &[u8]) -> Wrote {
    let Ok(id) = schema_id(value) else {
        return Wrote::Strange;
    };
    let known = schemas::registry::IDS.iter().find(|(own, ..)| *own == id);
    match known {
        Some((_, name, _)) if *name == record => Wrote::Known(id),
        Some(_) => Wrote::Strange,
        None => Wrote::Unknown(id),
    }
}

/// By an id of a registry, which says this of it.
pub fn registered(record: &str, id: u32, schema: Option<&str>) -> Wrote {
    match schema {
        Some(schema) if schemas::registry::is_known(record, schema) => Wrote::Known(id),
        Some(_) => Wrote::Fetched(id),
        None => Wrote::Unknown(id),
    }
}

/// What the newest records of a topic say.
pub fn line(topic: &str, newest: &[Newest]) -> Line {
    if let Some(all) = named(newest, |wrote| matches!(wrote, Wrote::Unknown(_))) {
        let what = format!("written by a newer version: {all} is not known to this one");
        return Line::fail(
            OF,
            topic,
            what,
            "run the version that wrote it, or a later one",
        );
    }
    if let Some(all) = named(newest, |wrote| wrote == Wrote::Strange) {
        let what = format!("no record of this topic: {all}");
        let cure = format!("is kafka.topic_prefix right? `earshot tail {topic}` shows it");
        return Line::fail(OF, topic, what, &cure);
    }
    if let Some(all) = named(newest, |wrote| matches!(wrote, Wrote::Fetched(_))) {
        let what = format!("written by a newer version: {all} is read by the registry's schema");
        return Line::warn(OF, topic, what, "run the newer version of earshot");
    }
    let ids: BTreeSet<u32> = newest.iter().filter_map(|one| one.wrote.id()).collect();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Line::ok(
        OF,
        topic,
        match ids.as_slice() {
            [] => "empty".to_owned(),
            ids => format!("newest records by schema {}", ids.join(", ")),
        },
    )
}

// Those of which that is so, the first few by their places; none if it is so of none.
fn named(newest: &[Newest], is_so: impl Fn(Wrote) -> bool) -> Option<String> {
    let mut all = newest.iter().filter(|one| is_so(one.wrote));
    let first = all.by_ref().take(NAMED_MAX).map(|one| {
        let id = one
            .wrote
            .id()
            .map_or_else(String::new, |id| format!("schema id {id} of "));
        format!("{id}partition {} offset {}", one.partition, one.offset)
    });
    let first: Vec<String> = first.collect();
    let first = (!first.is_empty()).then(|| first.join(", "))?;
    Some(match all.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    })
}

#[cfg(test)]
mod tests {
    use runtime::health::State;
    use schemas::records::{CaseChanged, Item, Record as _};
    use schemas::wire::Codec;

    use super::*;

    fn framed(id: u32) -> Vec<u8> {
        [&[0][..], &id.to_be_bytes(), b"datum"].concat()
    }

    #[test]
    fn a_value_is_told_by_its_id() {
        let own_value = Codec::own().unwrap().encode(&Item::default()).unwrap();
        for (value, wrote) in [
            (own_value, Wrote::Known(Item::SCHEMA_ID)),
            (framed(1_000_003), Wrote::Known(1_000_003)),
            (framed(1_000_999), Wrote::Unknown(1_000_999)),
            (framed(7), Wrote::Unknown(7)),
            (framed(CaseChanged::SCHEMA_ID), Wrote::Strange),
            (b"{}".to_vec(), Wrote::Strange),
        ] {
            assert_eq!(own(Item::NAME, &value), wrote, "{value:?}");
        }
        let later = Item::SCHEMA.replacen(
            "\"fields\": [",
            "\"fields\": [{\"name\":\"later\",\"type\":\"long\"},",
            1,
        );
        assert_ne!(later, Item::SCHEMA);
        for (schema, wrote) in [
            (Some(Item::SCHEMA), Wrote::Known(7)),
            (Some(later.as_str()), Wrote::Fetched(7)),
            (None, Wrote::Unknown(7)),
        ] {
            assert_eq!(registered(Item::NAME, 7, schema), wrote, "{schema:?}");
        }
    }

    #[test]
    fn the_worst_record_of_a_topic_is_its_line() {
        let line = |wrote: &[Wrote]| {
            let places = wrote.iter().zip(0..);
            let newest: Vec<Newest> = places
                .map(|(wrote, partition)| Newest {
                    partition,
                    offset: 40,
                    wrote: *wrote,
                })
                .collect();
            super::line("t", &newest)
        };
        let (known, newer) = (Wrote::Known(5), Wrote::Unknown(9));
        for (wrote, state, what) in [
            (vec![], State::Ok, "empty"),
            (
                vec![known, Wrote::Known(3), known],
                State::Ok,
                "newest records by schema 3, 5",
            ),
            (
                vec![known, newer, Wrote::Strange, Wrote::Fetched(8)],
                State::Fail,
                "written by a newer version: schema id 9 of partition 1 offset 40 is not known to this one",
            ),
            (
                vec![Wrote::Fetched(8), Wrote::Strange],
                State::Fail,
                "no record of this topic: partition 1 offset 40",
            ),
            (
                vec![known, Wrote::Fetched(8)],
                State::Warn,
                "written by a newer version: schema id 8 of partition 1 offset 40 is read by the registry's schema",
            ),
        ] {
            let found = line(&wrote);
            assert_eq!(
                (found.state, found.what.as_str()),
                (state, what),
                "{wrote:?}"
            );
        }
        assert!(
            line(&[newer; 5]).what.contains("offset 40 and 2 more is"),
            "{:?}",
            line(&[newer; 5])
        );
    }
}
