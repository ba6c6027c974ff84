//! Every record: documented, shown by an example, read across versions.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::{any, prop, proptest};
use schemas::records::{
    AccountLinked, CaseChanged, Enriched, FeedWorked, Interaction, Item, Quarantined, Received,
    Record, ReplyStepped,
};
use schemas::topics::ALL;
use schemas::wire::{Codec, WireError, schema_id};
use serde_json::{Value as Json, json};

macro_rules! each_record {
    ($call:ident) => {{
        $call::<Received>();
        $call::<Enriched>();
        $call::<Item>();
        $call::<Interaction>();
        $call::<AccountLinked>();
        $call::<CaseChanged>();
        $call::<FeedWorked>();
        $call::<ReplyStepped>();
        $call::<Quarantined>();
        9
    }};
}

fn undocumented(schema: &Json, path: &str, found: &mut Vec<String>) {
    match schema {
        Json::Array(variants) => variants.iter().for_each(|s| undocumented(s, path, found)),
        Json::Object(object) => {
            for field in object
                .get("fields")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
            {
                let path = format!("{path}.{}", field["name"].as_str().unwrap());
                if field["doc"].as_str().is_none_or(str::is_empty) {
                    found.push(path.clone());
                }
                undocumented(&field["type"], &path, found);
            }
            for inner in ["items", "values", "type"] {
                object
                    .get(inner)
                    .into_iter()
                    .for_each(|s| undocumented(s, path, found));
            }
        }
        _ => {}
    }
}

#[test]
fn every_topic_has_a_schema_whose_fields_are_all_documented() {
    let mut names = BTreeSet::new();
    for topic in ALL {
        let (_, text) = schemas::registry::latest(topic.record).unwrap();
        let schema: Json = serde_json::from_str(text).unwrap();
        assert!(
            !schema["doc"].as_str().unwrap().is_empty(),
            "{}",
            topic.record
        );
        let mut found = Vec::new();
        undocumented(&schema, topic.record, &mut found);
        assert_eq!(found, [""; 0]);
        assert!(names.insert(topic.name), "{} twice", topic.name);
    }
}

fn example(name: &str) -> Json {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let path = format!("{dir}/{name}.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn round_trip<T: Record>() {
    let json = example(T::NAME);
    let schema: Json = serde_json::from_str(T::SCHEMA).unwrap();
    let fields: BTreeSet<&str> = schema["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    let shown: BTreeSet<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(shown, fields, "{}: an example shows every field", T::NAME);
    let record: T = serde_json::from_value(json.clone()).unwrap();
    let codec = Codec::own().unwrap();
    let framed = codec.encode(&record).unwrap();
    assert_eq!(schema_id(&framed).unwrap(), T::SCHEMA_ID);
    let back: T = codec.decode(&framed).unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), json, "{}", T::NAME);
}

#[test]
fn every_example_comes_back_as_it_went() {
    let records = each_record!(round_trip);
    let names: BTreeSet<&str> = schemas::registry::IDS.iter().map(|(_, n, _)| *n).collect();
    assert_eq!(records, names.len(), "a record without an example");
}

// What another version of a record's schema wrote, as a frame with an id of its own.
fn written_by(schema: &Json, value: impl Fn(&mut Vec<(String, Value)>), from: &[u8]) -> Vec<u8> {
    let ours = Schema::parse_str(Enriched::SCHEMA).unwrap();
    let reader = GenericDatumReader::builder(&ours).build().unwrap();
    let Value::Record(mut fields) = reader.read_value(&mut &from[5..]).unwrap() else {
        panic!("a record");
    };
    value(&mut fields);
    let theirs = Schema::parse_str(&schema.to_string()).unwrap();
    let writer = GenericDatumWriter::builder(&theirs).build().unwrap();
    let mut framed = vec![0, 0, 0, 0, 7];
    writer
        .write_value(&mut framed, Value::Record(fields))
        .unwrap();
    framed
}

fn enriched() -> (Codec, Enriched, Vec<u8>, Json) {
    let codec = Codec::own().unwrap();
    let record: Enriched = serde_json::from_value(example("Enriched")).unwrap();
    let framed = codec.encode(&record).unwrap();
    (
        codec,
        record,
        framed,
        serde_json::from_str(Enriched::SCHEMA).unwrap(),
    )
}

#[test]
fn what_an_older_version_wrote_is_read_with_defaults() {
    let (codec, mut expected, framed, mut schema) = enriched();
    let missing = ["profiles", "counts", "deleted_at", "backfill", "account"];
    let keep = |name: &str| !missing.contains(&name);
    schema["fields"]
        .as_array_mut()
        .unwrap()
        .retain(|f| keep(f["name"].as_str().unwrap()));
    let older = written_by(
        &schema,
        |fields| fields.retain(|(name, _)| keep(name)),
        &framed,
    );
    codec.learn(7, &schema.to_string()).unwrap();
    expected.profiles.clear();
    expected.counts = None;
    expected.account.clear();
    assert_eq!(codec.decode::<Enriched>(&older).unwrap(), expected);
}

#[test]
fn what_a_newer_version_wrote_is_read_without_what_is_new() {
    let (codec, expected, framed, mut schema) = enriched();
    let later = json!({ "name": "later", "type": ["null", { "type": "array", "items": "string" }],
                        "default": null, "doc": "New." });
    schema["fields"].as_array_mut().unwrap().insert(3, later);
    let newer = written_by(
        &schema,
        |fields| {
            let words = Value::Array(vec![Value::String("new".into())]);
            fields.insert(3, ("later".to_owned(), Value::Union(1, Box::new(words))));
        },
        &framed,
    );
    codec.learn(7, &schema.to_string()).unwrap();
    assert_eq!(codec.decode::<Enriched>(&newer).unwrap(), expected);
}

#[test]
fn another_record_is_not_taken_for_an_empty_one_of_ours() {
    let codec = Codec::own().unwrap();
    let other = codec.encode(&Interaction::default()).unwrap();
    let refused = codec.decode::<Received>(&other).unwrap_err();
    assert!(
        matches!(
            refused,
            WireError::WrongRecord {
                want: "Received",
                ..
            }
        ),
        "{refused}"
    );
    codec.learn(8, "\"string\"").unwrap();
    codec.decode::<Received>(&[0, 0, 0, 0, 8, 0]).unwrap_err();
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        id in 1_000_001_u32..=1_000_010,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cut in 0_usize..600,
    ) {
        let (codec, _, good, _) = enriched();
        let framed = [&[0], id.to_be_bytes().as_slice(), &bytes].concat();
        drop(codec.decode::<Received>(&framed));
        drop(codec.decode::<Enriched>(&framed));
        drop(codec.decode::<Item>(&framed));
        drop(codec.decode::<Quarantined>(&framed));
        let mut broken = good[..cut.min(good.len())].to_vec();
        broken.extend_from_slice(&bytes);
        drop(codec.decode::<Enriched>(&broken));
    }
}
