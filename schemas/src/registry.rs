//! Schema ids of our own, used where no schema registry is configured: a committed table from
//! 1,000,000 up, so that they cannot be mistaken for a registry's. An id is never given twice.

use apache_avro::Schema;

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

/// Whether a schema, as a registry gives it, is one that this version has for the record: what does
/// not change the datum (comments, blanks) makes no difference.
pub fn is_known(record: &str, schema: &str) -> bool {
    let form = |text: &str| Some(Schema::parse_str(text).ok()?.canonical_form());
    let asked = form(schema);
    let ours = IDS.iter().filter(|(_, name, _)| *name == record);
    asked.is_some() && ours.map(|(.., text)| form(text)).any(|own| own == asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_known_whatever_its_comments() {
        let newest = latest(Item::NAME).unwrap().1;
        let mut changed: serde_json::Value = serde_json::from_str(newest).unwrap();
        changed["doc"] = "another comment".into();
        assert!(is_known(Item::NAME, &changed.to_string()));
        assert!(
            is_known(Item::NAME, schema(1_000_003).unwrap()),
            "an older one"
        );
        assert!(!is_known(Received::NAME, newest), "another record's");
        let field = serde_json::json!({ "name": "later", "type": "long", "default": 0 });
        changed["fields"].as_array_mut().unwrap().push(field);
        assert!(!is_known(Item::NAME, &changed.to_string()));
        assert!(!is_known(Item::NAME, "{ not a schema"));
    }
}
