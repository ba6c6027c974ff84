//! Filtered-stream webhooks (Enterprise): matching posts are posted to a webhook.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::ApiError,
    filtered::projection,
    knobs::Tier,
    projection::PARAMETERS,
    webhooks::own,
};
use crate::sim::lock;

fn enrolled(call: &Call) -> Result<(), ApiError> {
    match call.caller.tier {
        Tier::Enterprise => Ok(()),
        Tier::SelfServe => Err(ApiError::not_enrolled("filtered stream webhooks")),
    }
}

pub(super) fn create(call: &Call) -> Answer {
    enrolled(call)?;
    call.query.allow(PARAMETERS)?;
    let id = call.part("id");
    own(call, id)?;
    let projection = Arc::new(projection(call)?);
    let key = (call.caller.app, id.to_owned());
    lock(&call.sim.platform().links).insert(key, projection);
    Reply::ok(&json!({"data": {"provisioned": true}}))
}

pub(super) fn delete(call: &Call) -> Answer {
    enrolled(call)?;
    let key = (call.caller.app, call.part("id").to_owned());
    let deleted = lock(&call.sim.platform().links).remove(&key).is_some();
    Reply::ok(&json!({"data": {"deleted": deleted}}))
}

pub(super) fn list(call: &Call) -> Answer {
    listed(call, !call.dialect.links_under_stream)
}

pub(super) fn list_under_stream(call: &Call) -> Answer {
    listed(call, call.dialect.links_under_stream)
}

fn listed(call: &Call, here: bool) -> Answer {
    if !here {
        return Err(ApiError::not_found("resource", "path", "webhooks"));
    }
    enrolled(call)?;
    let links = lock(&call.sim.platform().links);
    let own = links.keys().filter(|(app, _)| *app == call.caller.app);
    let shown: Vec<Value> = own
        .map(|(app, webhook)| json!({"application_id": app, "webhook_id": webhook}))
        .collect();
    Reply::ok(&json!({"data": {"links": shown}}))
}
