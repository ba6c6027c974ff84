//! The gate: what was released stays readable, in both directions, for ever (FULL_TRANSITIVE).
//! `avro/released/<Record>.<id>.avsc` are the schemas under which records were written; they are
//! never changed.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use apache_avro::Schema;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use schemas::registry::IDS;
use serde_json::{Value as Json, json};

/// Record, id, text.
type Released = BTreeMap<(String, u32), String>;

fn released() -> Released {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("avro/released");
    let files = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let parts: Vec<&str> = name.split('.').collect();
            let [record, id, "avsc"] = parts[..] else {
                panic!("{name}: expected <Record>.<id>.avsc");
            };
            let text = std::fs::read_to_string(&path).unwrap();
            ((record.to_owned(), id.parse().unwrap()), text)
        })
        .collect()
}

/// Why a record of one of the two could not be read under the other.
fn incompatible(old: &str, new: &str) -> Option<String> {
    let [old, new] = [old, new].map(|text| Schema::parse_str(text).unwrap());
    let whole = |writer, reader| match SchemaCompatibility::can_read(writer, reader) {
        Ok(Compatibility::Full) => None,
        Ok(Compatibility::Partial) => Some("only some of them".to_owned()),
        Err(why) => Some(why.to_string()),
    };
    let old_records = whole(&old, &new).map(|why| format!("old records under the new: {why}"));
    old_records.or_else(|| whole(&new, &old).map(|why| format!("new records under the old: {why}")))
}

#[test]
fn no_schema_changes_incompatibly_with_any_released_one() {
    for ((record, id), old) in &released() {
        for (new_id, _, new) in IDS.iter().filter(|(_, name, _)| name == record) {
            if let Some(why) = incompatible(old, new) {
                panic!(
                    "{record}: id {new_id} is incompatible with the released id {id}: {why}.\n\
                     Give a new field a default, remove only fields that have one, change no \
                     type. Where that cannot be, make a new version of the topic."
                );
            }
        }
    }
}

#[test]
fn every_schema_in_use_is_released_under_its_own_id() {
    let released = released();
    let ids: BTreeSet<u32> = IDS.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids.len(), IDS.len(), "an id is given twice");
    for (id, record, text) in IDS {
        assert!(*id >= 1_000_000, "{record}: {id} could be a registry's");
        let kept = released.get(&((*record).to_owned(), *id));
        assert!(
            kept.is_some_and(|kept| kept == text),
            "avro/{record}.avsc is not what is released under id {id}. A changed schema gets the \
             next free id in its record!(…) line; the old text stays in registry::IDS under its \
             old id, before the new; then copy avro/{record}.avsc to \
             avro/released/{record}.<new id>.avsc."
        );
    }
    for (record, id) in released.keys() {
        assert!(
            ids.contains(id),
            "{record}.{id} was released: registry::IDS must still know it"
        );
    }
}

#[test]
fn the_gate_stops_what_it_must_and_lets_the_rest_pass() {
    let (_, _, old) = IDS
        .iter()
        .find(|(_, name, _)| *name == "Interaction")
        .unwrap();
    let changed = |change: &dyn Fn(&mut Vec<Json>)| {
        let mut schema: Json = serde_json::from_str(old).unwrap();
        change(schema["fields"].as_array_mut().unwrap());
        incompatible(old, &schema.to_string())
    };
    let with_default = json!({ "name": "new", "type": ["null", "string"], "default": null });
    let without = json!({ "name": "new", "type": "string" });
    assert_eq!(changed(&|_| {}), None);
    assert_eq!(changed(&|fields| fields.push(with_default.clone())), None);
    assert_eq!(
        changed(&|fields| fields.retain(|f| f["name"] != "case_id")),
        None
    );
    for (what, refused) in [
        (
            "no default",
            changed(&|fields| fields.push(without.clone())),
        ),
        (
            "removed",
            changed(&|fields| fields.retain(|f| f["name"] != "person_id")),
        ),
        (
            "narrower",
            changed(&|fields| fields[3]["type"] = json!("int")),
        ),
        (
            "wider",
            changed(&|fields| fields[9]["type"] = json!(["null", "string"])),
        ),
        (
            "other type",
            changed(&|fields| fields[0]["type"] = json!("long")),
        ),
    ] {
        assert!(refused.is_some(), "{what}");
    }
}
