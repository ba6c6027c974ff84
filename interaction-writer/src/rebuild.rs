//! Interactions again from their topic.

use runtime::newest::newest;
use runtime::{Exit, Program};
use schemas::records::Interaction;
use schemas::topics::INTERACTIONS;
use tokio::runtime::Handle;

use crate::pg;

const ROWS: usize = 1_000;

/// Replaces the table by what the topic says; the number of rows. Blocks; the stages must stand.
pub fn run(program: &Program, handle: &Handle) -> Result<usize, Exit> {
    let mut rows = newest(program, &[&INTERACTIONS], |i: &Interaction| {
        (i.interaction_id, i.revision)
    })?;
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
