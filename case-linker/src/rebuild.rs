//! Items again from their topics: the same rows, threads derived anew.

use std::collections::HashMap;

use runtime::kafka::reader::read_all;
use runtime::{Exit, Program};
use schemas::records::Item;
use schemas::topics::{LINKED_MESSAGES, LINKED_POSTS};
use tokio::runtime::Handle;

use crate::pg::items::{self, Stored};
use crate::pg::{aliases, threads};
use crate::thread;
use crate::world::ItemKey;

const ROWS: usize = 1_000;

/// Replaces items and aliases by what the topics say; the number of items. Blocks; the stages
/// must stand.
pub fn run(program: &Program, handle: &Handle) -> Result<usize, Exit> {
    let mut newest: HashMap<ItemKey, Item> = HashMap::new();
    let codec = program.encoder.codec();
    for topic in [&LINKED_POSTS, &LINKED_MESSAGES] {
        read_all(&program.cluster, topic, |record| {
            let value = record.value.as_deref().unwrap_or_default();
            if let Ok(item) = codec.decode::<Item>(value) {
                let known = newest.entry((item.org.clone(), item.item_id)).or_default();
                if known.revision < item.revision {
                    *known = item;
                }
            }
        })
        .map_err(|e| Exit::Dependency(e.to_string()))?;
    }
    let mut rows: Vec<Stored> = newest
        .into_values()
        .map(|item| Stored { thread: thread::of(&item, None), item })
        .collect();
    rows.sort_by(|a, b| (&a.item.org, a.item.item_id).cmp(&(&b.item.org, b.item.item_id)));
    handle
        .block_on(store(program, &rows))
        .map_err(|e| Exit::Dependency(format!("postgres: {e}")))?;
    Ok(rows.len())
}

async fn store(program: &Program, rows: &[Stored]) -> Result<(), sqlx::Error> {
    let mut orgs: Vec<&str> = rows.iter().map(|row| row.item.org.as_str()).collect();
    orgs.dedup();
    let mut scope = runtime::pg::begin(&program.pg, &orgs).await?;
    items::clear(&mut scope).await?;
    for page in rows.chunks(ROWS) {
        items::save(&mut scope, page).await?;
        items::restore_work(&mut scope, page).await?;
        let versions: Vec<_> = page
            .iter()
            .flat_map(|row| {
                let item = &row.item;
                let later = item.version_ids.iter().filter(|version| **version != item.x_id);
                later.map(|v| (item.org.clone(), item.kind, v.clone(), item.item_id))
            })
            .collect();
        aliases::remember(&mut scope, &versions).await?;
    }
    scope.commit().await?;
    for org in orgs {
        threads::complete(&program.pg, org, None).await?;
    }
    Ok(())
}
