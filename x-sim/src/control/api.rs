//! Faults and budgets of X's API; what was asked of it, and what it was made to send.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    LIST_MAX,
    problem::{Body, Params, Problem},
};
use crate::{
    api::{CallRecord, Sent, faults::ApiFault, knobs::Knobs, table_names},
    sim::{Sim, lock},
};

fn unprocessable(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

pub(crate) async fn faults(State(sim): State<Sim>) -> Json<Vec<ApiFault>> {
    Json(lock(&sim.platform().faults).clone())
}

fn check(fault: &ApiFault) -> Result<(), Problem> {
    if fault.endpoint != "*" && !table_names().any(|name| name == fault.endpoint) {
        return Err(unprocessable("there is no such endpoint"));
    }
    fault
        .problem()
        .map_or(Ok(()), |problem| Err(unprocessable(problem)))
}

/// Replaces all.
pub(crate) async fn set_faults(
    State(sim): State<Sim>,
    Body(faults): Body<Vec<ApiFault>>,
) -> Result<Json<Vec<ApiFault>>, Problem> {
    faults.iter().try_for_each(check)?;
    sim.set_api_faults(faults.clone());
    Ok(Json(faults))
}

/// Puts one behind the others.
pub(crate) async fn add_fault(
    State(sim): State<Sim>,
    Body(fault): Body<ApiFault>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    check(&fault)?;
    let shown = json!(fault);
    lock(&sim.platform().faults).push(fault);
    Ok((StatusCode::CREATED, Json(shown)))
}

pub(crate) async fn endpoints() -> Json<Vec<&'static str>> {
    Json(table_names().collect())
}

pub(crate) async fn knobs(State(sim): State<Sim>) -> Json<Knobs> {
    Json(sim.knobs())
}

pub(crate) async fn set_knobs(
    State(sim): State<Sim>,
    Body(knobs): Body<Knobs>,
) -> Result<Json<Knobs>, Problem> {
    sim.set_knobs(knobs)?;
    Ok(Json(sim.knobs()))
}

/// Every window begins anew.
pub(crate) async fn forget_limits(State(sim): State<Sim>) -> Json<Value> {
    lock(&sim.platform().limits).forget();
    Json(json!({"forgotten": true}))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CallFilter {
    endpoint: Option<String>,
    from: u64,
    limit: usize,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self {
            endpoint: None,
            from: 0,
            limit: LIST_MAX,
        }
    }
}

/// Requests in order; `next` continues the list.
pub(crate) async fn calls(
    State(sim): State<Sim>,
    Params(filter): Params<CallFilter>,
) -> Json<Value> {
    let held = lock(&sim.platform().calls);
    let wanted = |call: &&CallRecord| {
        call.seq >= filter.from
            && filter
                .endpoint
                .as_ref()
                .is_none_or(|name| name == call.endpoint)
    };
    let limit = filter.limit.min(LIST_MAX);
    let calls: Vec<&CallRecord> = held.calls().filter(wanted).take(limit).collect();
    let next = calls.last().map(|call| call.seq + 1);
    Json(json!({"calls": calls, "next": next}))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SentFilter {
    text: Option<String>,
    /// Only what was sent more than once.
    twice: bool,
    from: usize,
}

/// What was posted and messaged, how often, when; and how much of it more than once.
pub(crate) async fn sends(
    State(sim): State<Sim>,
    Params(filter): Params<SentFilter>,
) -> Json<Value> {
    let held = lock(&sim.platform().calls);
    let wanted = |sent: &&Sent| {
        filter.text.as_ref().is_none_or(|text| *text == sent.text)
            && (!filter.twice || sent.ids.len() > 1)
    };
    let all = held.sent();
    let twice = all.iter().filter(|sent| sent.ids.len() > 1).count();
    let total: usize = all.iter().map(|sent| sent.ids.len()).sum();
    let shown: Vec<&Sent> = all
        .iter()
        .filter(wanted)
        .skip(filter.from)
        .take(LIST_MAX)
        .collect();
    Json(json!({"distinct": all.len(), "total": total, "twice": twice, "sends": shown}))
}

pub(crate) async fn forget_calls(State(sim): State<Sim>) -> Json<Value> {
    lock(&sim.platform().calls).forget();
    Json(json!({"forgotten": true}))
}
