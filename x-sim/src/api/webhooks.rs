//! `/2/webhooks`: registration with CRC, listing, validation, removal.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::ApiError,
    knobs::Tier,
};
use crate::{
    config::Secret,
    payload::json::v2_time,
    sim::{WebhookError, WebhookView, lock},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    url: String,
}

fn show(view: &WebhookView) -> Value {
    json!({
        "id": view.id, "url": view.url, "valid": view.valid,
        "created_at": v2_time(view.created_at),
    })
}

fn refused(error: WebhookError) -> ApiError {
    ApiError::invalid("url", "", format!("{error:?}: {error}"))
}

/// The consumer secret of the calling app.
fn secret(call: &Call) -> Result<Secret, ApiError> {
    let apps = lock(&call.sim.platform().apps);
    let app = apps.all.get(&call.caller.app);
    app.map(|app| app.secret.clone())
        .ok_or_else(ApiError::unauthorized)
}

/// The webhook, if it is the calling app's.
pub(super) fn own(call: &Call, id: &str) -> Result<WebhookView, ApiError> {
    let found = call.sim.webhooks_of(&secret(call)?);
    let found = found.into_iter().find(|view| view.id == id);
    found.ok_or_else(|| {
        ApiError::invalid(
            "webhook_id",
            id,
            "WebhookIdInvalid: no such webhook".to_owned(),
        )
    })
}

pub(super) async fn create(call: Call) -> Answer {
    let New { url } = call.json()?;
    let most = match call.caller.tier {
        Tier::SelfServe => 1,
        Tier::Enterprise => 5,
    };
    let secret = secret(&call)?;
    let made = call.sim.register_for_app(url, secret, most).await;
    Reply::ok(&json!({"data": show(&made.map_err(refused)?)}))
}

pub(super) fn list(call: &Call) -> Answer {
    call.query.allow(&["webhook_config.fields"])?;
    let own = call.sim.webhooks_of(&secret(call)?);
    let shown: Vec<Value> = own.iter().map(show).collect();
    let count = shown.len();
    Reply::ok(&json!({"data": shown, "meta": {"result_count": count}}))
}

pub(super) async fn validate(call: Call) -> Answer {
    let id = own(&call, call.part("id"))?.id;
    let valid = call.sim.validate(&id).await.map_err(refused)?;
    Reply::ok(&json!({"data": {"valid": valid}}))
}

pub(super) fn delete(call: &Call) -> Answer {
    let id = own(call, call.part("id"))?.id;
    call.sim.unregister(&id).map_err(refused)?;
    let platform = call.sim.platform();
    lock(&platform.subscriptions).forget_webhook(&id);
    lock(&platform.links).retain(|(_, webhook), _| *webhook != id);
    Reply::ok(&json!({"data": {"deleted": true}}))
}
