//! Interactions again from their topic.

use std::collections::HashMap;

use runtime::kafka::reader::read_all;
use runtime::{Exit, Program, RawRecord};
use schemas::records::Interaction;
use schemas::topics::INTERACTIONS;
use schemas::wire::Codec;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::pg;

const ROWS: usize = 1_000;

/// Replaces the table by what the topic says; the number of rows. Blocks; the stages must stand.
pub fn run(program: &Program, handle: &Handle) -> Result<usize, Exit> {
    let mut newest: HashMap<Uuid, Interaction> = HashMap::new();
    let codec = program.encoder.codec();
    read_all(&program.cluster, &INTERACTIONS, |record| {
        take(&mut newest, codec, &record);
    })
    .map_err(|e| Exit::Dependency(e.to_string()))?;
    let mut rows: Vec<Interaction> = newest.into_values().collect();
    rows.sort_by(|a, b| (&a.org, a.interaction_id).cmp(&(&b.org, b.interaction_id)));
    let mut orgs: Vec<&str> = rows.iter().map(|row| row.org.as_str()).collect();
    orgs.dedup();
    let store = async {
        let mut scope = runtime::pg::begin(&program.pg, &orgs).await?;
        pg::clear(&mut scope).await?;
        for page in rows.chunks(ROWS) {
            pg::record(&mut scope, page).await?;
        }
        scope.commit().await
    };
    handle
        .block_on(store)
        .map_err(|e| Exit::Dependency(format!("postgres: {e}")))?;
    Ok(rows.len())
}

// The highest revision of a key is the truth; a null is a purge.
fn take(newest: &mut HashMap<Uuid, Interaction>, codec: &Codec, record: &RawRecord) {
    let Some(value) = record.value.as_deref() else {
        let key = record
            .key
            .as_deref()
            .and_then(|k| std::str::from_utf8(k).ok());
        if let Some(id) = key.and_then(|key| Uuid::parse_str(key).ok()) {
            newest.remove(&id);
        }
        return;
    };
    match codec.decode::<Interaction>(value) {
        Ok(interaction) => {
            let known = newest.entry(interaction.interaction_id).or_default();
            if known.revision < interaction.revision {
                *known = interaction;
            }
        }
        Err(error) => {
            let (error, at) = (runtime::stage::chain(&error), &record.position);
            tracing::warn!(
                error,
                topic = at.topic.name,
                at.partition,
                at.offset,
                "left out"
            );
        }
    }
}
