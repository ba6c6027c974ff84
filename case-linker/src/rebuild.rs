//! Items again from their topics: the same rows, threads derived anew.

use std::collections::HashMap;

use runtime::kafka::reader::read_all;
use runtime::{Exit, Program, RawRecord};
use schemas::records::Item;
use schemas::topics::{LINKED_MESSAGES, LINKED_POSTS};
use schemas::wire::Codec;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::pg::{aliases, items, threads};
use crate::thread::Place;

const ROWS: usize = 1_000;

/// Replaces items and aliases by what the topics say; the number of items. Blocks; the stages
/// must stand.
pub fn run(program: &Program, handle: &Handle) -> Result<usize, Exit> {
    let mut newest: HashMap<Uuid, Item> = HashMap::new();
    let codec = program.encoder.codec();
    for topic in [&LINKED_POSTS, &LINKED_MESSAGES] {
        read_all(&program.cluster, topic, |record| {
            take(&mut newest, codec, &record);
        })
        .map_err(|e| Exit::Dependency(e.to_string()))?;
    }
    let mut rows: Vec<Item> = newest.into_values().collect();
    rows.sort_by(|a, b| (&a.org, a.item_id).cmp(&(&b.org, b.item_id)));
    handle
        .block_on(store(program, &rows))
        .map_err(|e| Exit::Dependency(format!("postgres: {e}")))
}

// The highest revision of a key is the truth; a null is a purge.
fn take(newest: &mut HashMap<Uuid, Item>, codec: &Codec, record: &RawRecord) {
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
    match codec.decode::<Item>(value) {
        Ok(item) => {
            let known = newest.entry(item.item_id).or_default();
            if known.revision < item.revision {
                *known = item;
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

async fn store(program: &Program, rows: &[Item]) -> Result<usize, sqlx::Error> {
    let mut orgs: Vec<&str> = rows.iter().map(|item| item.org.as_str()).collect();
    orgs.dedup();
    // A row that went into another one is not a row any more.
    let standing: Vec<Item> = rows
        .iter()
        .filter(|i| i.op != "withdraw")
        .cloned()
        .collect();
    let mut scope = runtime::pg::begin(&program.pg, &orgs).await?;
    items::clear(&mut scope).await?;
    for page in standing.chunks(ROWS) {
        let places: Vec<Place> = page.iter().map(Place::of).collect();
        items::save(&mut scope, page, &places).await?;
        items::restore_work(&mut scope, page).await?;
        aliases::remember(&mut scope, &aliases::of(page)).await?;
    }
    scope.commit().await?;
    for org in orgs {
        threads::complete(&program.pg, org, None).await?;
    }
    Ok(standing.len())
}
