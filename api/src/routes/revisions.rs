//! `GET /items/{id}/revisions`: what happened to an item, and when.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::items::load;
use crate::App;
use crate::http::auth::Viewer;
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::items::Item;
use crate::pg::revisions;

/// Acts told at most: the first.
const ACTS_MAX: i64 = 500;

/// What happened to an item, as far as it is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revisions {
    pub item_id: Uuid,
    /// Rises with every change of the item.
    pub revision: i64,
    /// X ids of its versions, oldest first; X edits by a new post.
    pub version_ids: Vec<String>,
    /// In order of time.
    pub events: Vec<ItemEvent>,
}

/// Something that happened to an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemEvent {
    pub at: DateTime<Utc>,
    /// posted, received, deleted, linked, closed, or the action of a command.
    pub what: String,
    /// Who did it, if it was not X.
    pub by: Option<String>,
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// What happened to an item
#[utoipa::path(get, path = "/api/v1/items/{id}/revisions", tag = "desk",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Revisions)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Revisions>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let item = load(&mut transaction, &caller, id).await?;
    let row = item.row().key();
    let place = (id, row.as_str());
    let acts = revisions::acts(&mut transaction, &caller.org, place, ACTS_MAX).await?;
    transaction.commit().await?;
    let mut events = facts(&item);
    events.extend(acts.into_iter().map(|act| ItemEvent {
        at: act.at,
        what: act.action,
        by: Some(act.by),
        detail: act.detail,
    }));
    events.sort_by_key(|event| event.at);
    Ok(Json(Revisions {
        item_id: item.item_id,
        revision: item.revision,
        version_ids: item.version_ids,
        events,
    }))
}

/// What the item itself tells. What a command did is told by the audit.
fn facts(item: &Item) -> Vec<ItemEvent> {
    let event = |at, what: &str, by: Option<&str>, detail| ItemEvent {
        at,
        what: what.to_owned(),
        by: by.map(str::to_owned),
        detail,
    };
    let none = || json!({});
    let mut events = vec![event(item.received_at, "received", None, none())];
    events.extend(item.posted_at.map(|at| event(at, "posted", None, none())));
    events.extend(item.deleted_at.map(|at| event(at, "deleted", None, none())));
    if let (Some(at), Some(rule)) = (item.linked_at, &item.link_rule) {
        let detail =
            json!({ "rule": rule, "case_id": item.case_id, "customer_id": item.customer_id });
        events.push(event(at, "linked", item.link_by.as_deref(), detail));
    }
    if let (Some(at), Some(rule)) = (item.closed_at, &item.closed_rule) {
        events.push(event(at, "closed", None, json!({ "rule": rule })));
    }
    events
}
