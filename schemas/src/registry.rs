//! Schema ids of our own, used where no schema registry is configured: a committed table from
//! 1,000,000 up, so that they cannot be mistaken for a registry's. An id is never given twice.

use crate::records::{
    AccountLinked, CaseChanged, Enriched, FeedWorked, Interaction, Item, Quarantined, Received,
    Record, ReplyStepped,
};

/// Id, record name and schema of everything that was ever written.
pub static IDS: &[(u32, &str, &str)] = &[
    entry::<Received>(),
    entry::<Enriched>(),
    (
        1_000_003,
        Item::NAME,
        include_str!("../avro/released/Item.1000003.avsc"),
    ),
    entry::<Item>(),
    entry::<Interaction>(),
    entry::<AccountLinked>(),
    entry::<CaseChanged>(),
    entry::<FeedWorked>(),
    entry::<ReplyStepped>(),
    entry::<Quarantined>(),
];

const fn entry<T: Record>() -> (u32, &'static str, &'static str) {
    (T::SCHEMA_ID, T::NAME, T::SCHEMA)
}

/// The schema with that id of our own.
pub fn schema(id: u32) -> Option<&'static str> {
    IDS.iter()
        .find(|(known, ..)| *known == id)
        .map(|(.., schema)| *schema)
}

/// Id and schema of a record, newest version.
pub fn latest(record: &str) -> Option<(u32, &'static str)> {
    IDS.iter()
        .rev()
        .find(|(_, name, _)| *name == record)
        .map(|(id, _, schema)| (*id, *schema))
}
