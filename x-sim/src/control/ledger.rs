//! `/ledger`: what was delivered, to whom, and how it was answered.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LIST_MAX, problem::Params};
use crate::{id::XId, ledger::Entry, ledger::Outcome, sim::Sim};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Filter {
    webhook: Option<String>,
    subject: Option<XId>,
    outcome: Option<Outcome>,
    /// Entries from this number on.
    from: u64,
    limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            webhook: None,
            subject: None,
            outcome: None,
            from: 0,
            limit: LIST_MAX,
        }
    }
}

/// Totals since the start, and entries in order; `next` continues the list.
pub(crate) async fn show(State(sim): State<Sim>, Params(filter): Params<Filter>) -> Json<Value> {
    let wanted = |entry: &&Entry| {
        entry.seq >= filter.from
            && filter
                .webhook
                .as_ref()
                .is_none_or(|id| *id == entry.webhook)
            && filter
                .subject
                .is_none_or(|subject| subject == entry.subject)
            && filter
                .outcome
                .is_none_or(|outcome| outcome == entry.outcome)
    };
    let limit = filter.limit.min(LIST_MAX);
    Json(sim.ledger(|ledger| {
        let entries: Vec<&Entry> = ledger.entries().filter(wanted).take(limit).collect();
        let next = entries.last().map(|entry| entry.seq + 1);
        json!({"totals": ledger.totals(), "entries": entries, "next": next})
    }))
}
