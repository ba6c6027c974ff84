//! Items again from their topics: the same rows, threads derived anew.

use runtime::newest::newest;
use runtime::pg::changes::{self, Change};
use runtime::{Exit, Program};
use schemas::changes::THREAD;
use schemas::records::Item;
use schemas::topics::{LINKED_MESSAGES, LINKED_POSTS};
use tokio::runtime::Handle;

use crate::pg::{aliases, items, threads};
use crate::thread::Place;

const ROWS: usize = 1_000;

/// Replaces items and aliases by what the topics say; the number of items. Blocks; the stages
/// must stand.
pub fn run(program: &Program, handle: &Handle) -> Result<usize, Exit> {
    let topics = [&LINKED_POSTS, &LINKED_MESSAGES];
    let mut rows = newest(program, &topics, |item: &Item| {
        (item.item_id, item.revision)
    })?;
    rows.sort_by(|a, b| (&a.org, a.item_id).cmp(&(&b.org, b.item_id)));
    handle
        .block_on(store(program, &rows))
        .map_err(|e| Exit::Dependency(format!("postgres: {e}")))
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
    let told: Vec<Change> = orgs.iter().map(|org| Change::all(org, THREAD)).collect();
    changes::push(&mut scope, &told).await?;
    scope.commit().await?;
    for org in orgs {
        threads::complete(&program.pg, org, None).await?;
    }
    Ok(standing.len())
}
