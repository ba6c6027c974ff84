//! Sending once: duplicates are found and the ledger is written in one step with the world.

use chrono::TimeDelta;

use super::{call::Call, calls::Sent, errors::ApiError};
use crate::{
    sim::lock,
    world::{Command, Event},
};

/// Does it unless the same stands already, and writes down what was sent.
pub(super) fn send(
    call: &Call,
    mut sent: Sent,
    refuse_duplicate: bool,
    command: Command,
) -> Result<Vec<Event>, ApiError> {
    let platform = call.sim.platform();
    let hours = i64::try_from(platform.knobs().duplicate_hours).unwrap_or(i64::MAX);
    let window = TimeDelta::try_hours(hours).unwrap_or(TimeDelta::MAX);
    // Held while the world changes: of two at once the second must see the first.
    let mut calls = lock(&platform.calls);
    if let Some(known) = calls.find(&sent).filter(|_| refuse_duplicate) {
        let latest = known.ids.last().zip(known.at.last());
        let stands = latest.is_some_and(|(id, at)| {
            call.now - *at < window && call.sim.read(|world| world.find_post(*id).is_some())
        });
        if stands {
            return Err(ApiError::forbidden(
                "You are not allowed to create a Tweet with duplicate content.",
            ));
        }
    }
    let events = call.sim.apply(command)?;
    if let Some(event) = events.first() {
        sent.ids.push(event.fact.subject());
        sent.at.push(call.now);
        calls.send(sent);
    }
    Ok(events)
}
