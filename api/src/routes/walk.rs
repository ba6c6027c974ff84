//! The Done tab: rows with closed items and no active one, newest closing first. Closed items
//! are walked in steps; a row stands where its newest closed item does.

use std::collections::HashSet;

use super::threads::{Narrowed, ThreadsQuery, dress, shown, worked};
use crate::App;
use crate::http::auth::Caller;
use crate::http::page::{self, Page, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::done::{self, Closed};
use crate::pg::rows::{self, Folded, Source};
use crate::row_id::RowId;
use crate::view::filter::View;
use crate::view::row::ThreadRow;
use crate::view::text::Sight;

/// Closed items of one step.
const STEP: i64 = 256;
/// Steps of one request: a page may come back short, with a cursor to go on.
const STEPS_MAX: usize = 8;

/// One page of the Done tab.
pub async fn done(
    app: &App,
    caller: &Caller,
    query: &ThreadsQuery,
    limit: i64,
) -> Result<Page<ThreadRow>, Problem> {
    if !matches!(
        query.view,
        None | Some(View::All | View::Mine | View::Unassigned)
    ) {
        return Err(Problem::parameter(
            "view",
            "the Done tab knows all, mine and unassigned only",
        ));
    }
    let limit = usize::try_from(limit).unwrap_or(0);
    let org = app.org(&caller.org);
    let reposts_active = org.settings().reposts_active;
    let narrow = Narrowed::read(&org, caller, query)?;
    let filter = done::Filter {
        org: &caller.org,
        messages: caller.messages,
        person: query.person.as_deref(),
        narrow: narrow.of(query),
    };
    let mut place = page::place(query.cursor.as_deref())?;
    let mut found: Vec<Folded> = Vec::new();
    let mut met = HashSet::new();
    let mut more = true;
    let mut transaction = app.begin(caller).await?;
    for _ in 0..STEPS_MAX {
        let step = done::step(&mut transaction, filter, place, STEP).await?;
        more = i64::try_from(step.len()) == Ok(STEP);
        let candidates = candidates(&step, &mut met);
        let rows = stands(&mut transaction, &candidates, (reposts_active, filter)).await?;
        let mut full = false;
        for (at, row) in rows {
            if found.len() == limit {
                full = true;
                break;
            }
            let closed = candidates[at];
            place = (Some(closed.closed_at), Some(closed.item_id));
            found.push(row);
        }
        if full {
            more = true;
            break;
        }
        match step.last() {
            Some(last) if more => place = (Some(last.closed_at), Some(last.item_id)),
            _ => break,
        }
    }
    let shown = shown(&found);
    let words = rows::words(&mut transaction, &caller.org, &shown, reposts_active).await?;
    let mut dressed = dress(found, words, Sight::of(caller), Source::Posted);
    worked(&mut transaction, caller, &mut dressed, app.now()).await?;
    transaction.commit().await?;
    let next = match place {
        (Some(at), Some(id)) if more => page::encode(&TimeCursor::at(at, id)),
        _ => None,
    };
    Ok(Page {
        items: dressed.into_iter().map(|(row, _)| row).collect(),
        next,
    })
}

/// The newest closed item of each row that the walk has not met before: a row that does not stand there
/// stands at none that comes later, and a row of thousands of reposts is read once.
fn candidates<'a>(step: &'a [Closed], met: &mut HashSet<String>) -> Vec<&'a Closed> {
    step.iter()
        .filter(|closed| closed.matched)
        .filter(|closed| met.insert(closed.row().key()))
        .collect()
}

/// Those rows that stand at the given item: it is their newest closed one, and none is active.
async fn stands(
    connection: &mut sqlx::PgConnection,
    candidates: &[&Closed],
    (reposts_active, filter): (bool, done::Filter<'_>),
) -> Result<Vec<(usize, Folded)>, Problem> {
    let wanted: Vec<RowId> = candidates.iter().map(|closed| closed.row()).collect();
    let rows = done::rows(connection, filter.org, &wanted, (reposts_active, filter)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(at, row)| {
            let closed = candidates.get(at)?;
            let here = !row.active && row.newest_closed == Some(closed.item_id);
            here.then(|| {
                let folded = Folded {
                    row: closed.row().key(),
                    count: row.n,
                    since: row.since,
                    newest_at: row.newest_at,
                    newest_item: row.newest_item,
                    cases: row.cases,
                    closed_at: Some(closed.closed_at),
                    score: None,
                    received_at: row.received_at,
                    key: 0,
                };
                (at, folded)
            })
        })
        .collect())
}
