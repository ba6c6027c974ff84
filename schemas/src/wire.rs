//! The Confluent wire format: a zero byte, the schema id (big endian, four bytes), the Avro datum.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use crate::records::Record;
use crate::registry;

/// Bytes before the datum.
pub const FRAME_BYTES: usize = 5;
/// No datum of ours allocates more in one piece: a corrupt length must not take the memory.
const ALLOCATION_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Why a value could not be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Too short, or it does not begin with the zero byte.
    #[error("not a confluent frame")]
    NotFramed,
    /// No schema is known for the id: ask the registry, then [`Codec::learn`].
    #[error("unknown schema id {0}")]
    UnknownSchema(u32),
    /// The record has no id yet.
    #[error("no schema id for record {0}")]
    NoId(&'static str),
    /// A schema that does not parse.
    #[error("schema does not parse")]
    Schema(#[source] Box<apache_avro::Error>),
    /// A record of another name: defaults would make an empty record of ours from it.
    #[error("a {have} where a {want} belongs")]
    WrongRecord {
        /// Name of ours.
        want: &'static str,
        /// Name in the writer's schema; empty if it is no record.
        have: String,
    },
    /// The datum does not fit its schema or the type.
    #[error("datum does not decode")]
    Datum(#[source] Box<apache_avro::Error>),
}

/// The schema id of a framed value.
pub fn schema_id(framed: &[u8]) -> Result<u32, WireError> {
    match framed {
        [0, a, b, c, d, ..] => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => Err(WireError::NotFramed),
    }
}

struct Reader {
    record: String,
    datum: GenericDatumReader<'static>,
}

struct Writer {
    id: u32,
    datum: GenericDatumWriter<'static>,
}

/// Encodes our records and decodes what any version of them wrote.
pub struct Codec {
    writers: HashMap<&'static str, Writer>,
    readers: RwLock<HashMap<u32, Arc<Reader>>>,
}

impl Codec {
    /// With our own ids (no schema registry).
    pub fn own() -> Result<Self, WireError> {
        Self::with_ids(|_, own| own)
    }

    /// With ids of a registry: `id_of(record, own id)` gives the id to write. Our own ids stay
    /// readable, so records from before the registry do too.
    pub fn with_ids(id_of: impl Fn(&str, u32) -> u32) -> Result<Self, WireError> {
        apache_avro::util::max_allocation_bytes(ALLOCATION_BYTES_MAX);
        let mut codec = Self {
            writers: HashMap::new(),
            readers: RwLock::default(),
        };
        for (own, name, text) in registry::IDS {
            let id = id_of(name, *own);
            codec.learn(*own, text)?;
            codec.learn(id, text)?;
            let datum = GenericDatumWriter::builder(parse(text)?)
                .human_readable(true)
                .build()
                .map_err(|e| WireError::Schema(Box::new(e)))?;
            codec.writers.insert(name, Writer { id, datum });
        }
        Ok(codec)
    }

    /// Makes the schema of an id known.
    pub fn learn(&self, id: u32, schema: &str) -> Result<(), WireError> {
        let schema = parse(schema)?;
        let record = match schema {
            Schema::Record(record) => record.name.name().to_owned(),
            _ => String::new(),
        };
        let datum = GenericDatumReader::builder(schema)
            .human_readable(true)
            .build()
            .map_err(|e| WireError::Schema(Box::new(e)))?;
        if let Ok(mut readers) = self.readers.write() {
            readers.insert(id, Arc::new(Reader { record, datum }));
        }
        Ok(())
    }

    /// The framed value of a record.
    pub fn encode<T: Record>(&self, record: &T) -> Result<Vec<u8>, WireError> {
        let writer = self.writers.get(T::NAME).ok_or(WireError::NoId(T::NAME))?;
        let mut framed = Vec::with_capacity(512);
        framed.push(0);
        framed.extend_from_slice(&writer.id.to_be_bytes());
        writer
            .datum
            .write_ser(&mut framed, record)
            .map_err(|e| WireError::Datum(Box::new(e)))?;
        Ok(framed)
    }

    /// The record in a framed value, whichever version of its schema wrote it.
    pub fn decode<T: Record>(&self, framed: &[u8]) -> Result<T, WireError> {
        let id = schema_id(framed)?;
        let reader = self
            .readers
            .read()
            .ok()
            .and_then(|readers| readers.get(&id).cloned())
            .ok_or(WireError::UnknownSchema(id))?;
        if reader.record != T::NAME {
            let have = reader.record.clone();
            let want = T::NAME;
            return Err(WireError::WrongRecord { want, have });
        }
        let mut datum = framed.get(FRAME_BYTES..).unwrap_or_default();
        reader
            .datum
            .read_deser(&mut datum)
            .map_err(|e| WireError::Datum(Box::new(e)))
    }
}

// Readers and writers borrow their schema for as long as the process lives; the ids are few.
fn parse(text: &str) -> Result<&'static Schema, WireError> {
    let schema = Schema::parse_str(text).map_err(|e| WireError::Schema(Box::new(e)))?;
    Ok(Box::leak(Box::new(schema)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::records::{Content, Enriched, Item, Profile, Received, Sentiment};
    use chrono::DateTime;

    #[test]
    fn records_come_back_as_they_went() {
        let codec = Codec::own().unwrap();
        let received = Received {
            org: "acme".into(),
            payload: vec![0, 255, 7],
            context: Some(vec![1]),
            received_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            ..Received::default()
        };
        assert_eq!(
            codec
                .decode::<Received>(&codec.encode(&received).unwrap())
                .unwrap(),
            received
        );
        let enriched = Enriched {
            kind: Kind::Message,
            item_id: crate::ids::item("acme", Kind::Message, "1"),
            posted_at: Some(received.received_at),
            content: Some(Content {
                text: "naïve 🙂".into(),
                sentiment: Some(Sentiment {
                    score: -0.5,
                    ..Sentiment::default()
                }),
                ..Content::default()
            }),
            profiles: vec![Profile {
                followers: Some(3),
                ..Profile::default()
            }],
            ..Enriched::default()
        };
        assert_eq!(
            codec
                .decode::<Enriched>(&codec.encode(&enriched).unwrap())
                .unwrap(),
            enriched
        );
        let item = Item {
            case_id: Some(enriched.item_id),
            ..Item::default()
        };
        assert_eq!(
            codec.decode::<Item>(&codec.encode(&item).unwrap()).unwrap(),
            item
        );
    }

    #[test]
    fn rubbish_is_an_error_and_no_panic() {
        let codec = Codec::own().unwrap();
        assert!(matches!(
            codec.decode::<Item>(b"x"),
            Err(WireError::NotFramed)
        ));
        assert!(matches!(
            codec.decode::<Item>(&[0, 0, 0, 0, 9]),
            Err(WireError::UnknownSchema(9))
        ));
        let cut = codec.encode(&Item::default()).unwrap();
        assert!(matches!(
            codec.decode::<Item>(&cut[..9]),
            Err(WireError::Datum(_))
        ));
    }
}
