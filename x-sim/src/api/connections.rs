//! `/2/connections`: the open streams of an app, and how stuck ones are freed.

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    hub::Shown,
};
use crate::payload::json::v2_time;

pub(super) fn list(call: &Call) -> Answer {
    call.query.allow(&[
        "status",
        "endpoints",
        "max_results",
        "pagination_token",
        "connection.fields",
    ])?;
    let wanted = call.query.get("status").unwrap_or("active");
    let most = call.query.number("max_results", 1..=100, 10)?;
    let shown: Vec<Value> = call
        .sim
        .platform()
        .hub
        .connections()
        .into_iter()
        .filter(|shown| shown.app == call.caller.app)
        .filter(|shown| match wanted {
            "active" => shown.disconnected_at.is_none(),
            "inactive" => shown.disconnected_at.is_some(),
            _ => true,
        })
        .take(most)
        .map(|shown| show(&shown))
        .collect();
    let count = shown.len();
    Reply::ok(&json!({"data": shown, "meta": {"result_count": count}}))
}

fn show(shown: &Shown) -> Value {
    let mut value = json!({
        "id": shown.id,
        "endpoint_name": shown.kind.endpoint(),
        "connected_at": v2_time(shown.connected_at),
    });
    if let (Some(at), Some(map)) = (shown.disconnected_at, value.as_object_mut()) {
        map.insert("disconnected_at".to_owned(), v2_time(at).into());
        let reason = shown.disconnect_reason.clone();
        map.insert("disconnect_reason".to_owned(), reason.into());
    }
    value
}

pub(super) fn delete_all(call: &Call) -> Answer {
    end(call, None)
}

/// `:id` is the name of a kind of stream.
pub(super) fn delete_endpoint(call: &Call) -> Answer {
    end(call, Some(call.part("id")))
}

fn end(call: &Call, endpoint: Option<&str>) -> Answer {
    let app = call.caller.app;
    let meant = |shown: &Shown| {
        shown.app == app && endpoint.is_none_or(|endpoint| endpoint == shown.kind.endpoint())
    };
    let hub = &call.sim.platform().hub;
    let killed = hub.disconnect(meant, None, "ForceDisconnect", call.now);
    Reply::ok(&json!({"data": {"successful_kills": killed, "failed_kills": 0}}))
}
