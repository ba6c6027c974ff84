//! The newest record of each key, read from compacted topics: what a rebuild starts from.

use std::collections::HashMap;

use schemas::records::Record;
use schemas::topics::Topic;
use uuid::Uuid;

use crate::kafka::reader::read_all;
use crate::stage::{RawRecord, chain};
use crate::{Exit, Program};

/// The records of the highest revision, by id; `place` gives id and revision of one. A null is a
/// purge; what cannot be decoded is left out and logged. Blocks, so call it outside the async pool.
pub fn newest<T: Record + Default>(
    program: &Program,
    topics: &[&'static Topic],
    place: impl Fn(&T) -> (Uuid, i64),
) -> Result<Vec<T>, Exit> {
    let mut found: HashMap<Uuid, T> = HashMap::new();
    let mut away = None;
    for topic in topics {
        read_all(&program.cluster, topic, |record| {
            if away.is_none() {
                away = take(program, &mut found, &place, &record).err();
            }
        })
        .map_err(|e| Exit::Dependency(e.to_string()))?;
    }
    match away {
        Some(exit) => Err(exit),
        None => Ok(found.into_values().collect()),
    }
}

fn take<T: Record + Default>(
    program: &Program,
    found: &mut HashMap<Uuid, T>,
    place: &impl Fn(&T) -> (Uuid, i64),
    record: &RawRecord,
) -> Result<(), Exit> {
    let Some(value) = record.value.as_deref() else {
        let key = record.key.as_deref().map(std::str::from_utf8);
        if let Some(id) = key.and_then(|key| Uuid::parse_str(key.ok()?).ok()) {
            found.remove(&id);
        }
        return Ok(());
    };
    match program.resolve(|codec| codec.decode::<T>(value))? {
        Ok(new) => {
            let (id, revision) = place(&new);
            let known = found.entry(id).or_default();
            if place(known).1 < revision {
                *known = new;
            }
        }
        Err(error) => {
            let (error, at) = (chain(&error), &record.position);
            let (topic, partition, offset) = (at.topic.name, at.partition, at.offset);
            tracing::warn!(error, topic, partition, offset, "left out");
        }
    }
    Ok(())
}
