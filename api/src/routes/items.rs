//! `GET /items/{id}`: one item, why it ranks, why it has its case.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use schemas::org_config::Settings;
use serde::Deserialize;
use uuid::Uuid;

use crate::App;
use crate::http::auth::{Caller, Viewer};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::{audit, items};
use crate::row_id::RowId;
use crate::view::Panel;
use crate::view::item::{Author, Item, Links, Priority, Term};
use crate::view::row::CaseBrief;
use crate::view::text::Sight;

/// Points of a term of full strength and weight 1.
const POINTS: f64 = 25.0;

/// One item
#[utoipa::path(get, path = "/api/v1/items/{id}", tag = "desk",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Item)))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Item>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let item = load(&mut transaction, &caller, id).await?;
    if item.kind == "message" && caller.messages {
        let who = (caller.org.as_str(), caller.actor.as_str());
        let subject = item.item_id.to_string();
        let what = ("messages.read", subject.as_str());
        audit::write(
            &mut transaction,
            who,
            what,
            &serde_json::json!({}),
            app.now(),
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(Json(view(item, None, Sight::of(&caller))))
}

/// An item of the caller's organisation.
pub async fn load(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<items::Item, Problem> {
    let found = items::load(connection, &caller.org, &[id]).await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("item"))
}

/// An item as a caller may see it, within a row that was opened.
pub fn view(item: items::Item, row: Option<&RowId>, sight: Sight) -> Item {
    let own = item.row();
    let sees = sight.sees(&item.kind) && item.deleted_at.is_none();
    let deleted = item.deleted_at.is_some();
    let (text, text_state) = sight.text(&item.kind, item.text, deleted, item.text_complete);
    Item {
        item_id: item.item_id,
        own: row.is_none_or(|row| *row == own),
        thread: own.encode(),
        permalink: (item.kind == "post").then(|| format!("https://x.com/i/status/{}", item.x_id)),
        kind: Panel::of(&item.kind),
        x_id: item.x_id,
        version_ids: item.version_ids,
        direction: item.direction,
        sent_by: item.sent_by,
        reply_id: item.reply_id,
        post_type: item.post_type,
        person_id: item.person_id,
        author: Author {
            x_id: item.author_id,
            handle: item.handle,
            name: item.author_name,
            avatar_id: item.avatar_id,
            followers_then: item.followers_then,
        },
        parent_x_id: item.parent_x_id,
        quoted_x_id: item.quoted_x_id,
        quoted: None,
        repost_of_x_id: item.repost_of_x_id,
        in_reply_to_x_id: item.in_reply_to_x_id,
        text,
        text_state,
        entities: sees.then_some(item.entities),
        media: sees.then(|| pictures(item.item_id, item.media)),
        lang: item.lang,
        sentiment: item.sentiment.filter(|_| sees),
        likes: item.likes,
        reposts: item.reposts,
        replies: item.replies,
        quotes: item.quotes,
        posted_at: item.posted_at,
        received_at: item.received_at,
        deleted_at: item.deleted_at,
        status: item.status,
        closed_at: item.closed_at,
        closed_by: item.closed_by,
        closed_rule: item.closed_rule,
        case_id: item.case_id,
        case_no: item.case_no,
        customer_id: item.customer_id,
        revision: item.revision,
    }
}

/// The media with their ids for `GET /media/{id}`.
fn pictures(item_id: Uuid, mut media: serde_json::Value) -> serde_json::Value {
    for one in media.as_array_mut().into_iter().flatten() {
        let key = one["media_key"].as_str().unwrap_or_default();
        let id = schemas::ids::media(item_id, key).to_string();
        if let Some(one) = one.as_object_mut() {
            one.insert("media_id".to_owned(), id.into());
        }
    }
    media
}

/// Why an item ranks where it does
#[utoipa::path(get, path = "/api/v1/items/{id}/priority", tag = "desk",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Priority)))]
pub async fn priority(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Priority>, Problem> {
    let now = app.now();
    let mut transaction = app.begin(&caller).await?;
    let item = load(&mut transaction, &caller, id).await?;
    transaction.commit().await?;
    Ok(Json(explain(&item, app.org(&caller.org).settings(), now)))
}

#[derive(Deserialize)]
struct Stored {
    name: String,
    value: f64,
}

/// The terms that the list adds up, one by one.
fn explain(item: &items::Item, settings: &Settings, now: DateTime<Utc>) -> Priority {
    let stored: Vec<Stored> =
        serde_json::from_value(item.priority_terms.clone()).unwrap_or_default();
    let mut terms: Vec<(String, f64)> = stored.into_iter().map(|t| (t.name, t.value)).collect();
    let waited = now - item.posted_at.unwrap_or(item.received_at);
    let waited = waited.as_seconds_f64() / 60.0 / f64::from(settings.wait_target_min);
    terms.push(("waiting".to_owned(), waited.clamp(0.0, 1.0)));
    let open = item.case_status.as_deref() == Some("open");
    terms.push(("open_case".to_owned(), f64::from(u8::from(open))));
    terms.push(("sla".to_owned(), f64::from(u8::from(waited >= 1.0))));
    let known = schemas::org_config::Weights::TERMS;
    let terms: Vec<Term> = terms
        .into_iter()
        .filter(|(name, value)| *value != 0.0 && known.contains(&name.as_str()))
        .map(|(name, value)| {
            let weight = settings.priority.of(&name);
            Term {
                points: POINTS * weight * value,
                name,
                value,
                weight,
            }
        })
        .collect();
    Priority {
        score: terms.iter().map(|term| term.points).sum(),
        as_of: now,
        terms,
    }
}

/// Why an item has the case that it has
#[utoipa::path(get, path = "/api/v1/items/{id}/links", tag = "desk",
    params(("id" = Uuid, Path,)), responses((status = 200, body = Links)))]
pub async fn links(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Links>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let item = load(&mut transaction, &caller, id).await?;
    transaction.commit().await?;
    Ok(Json(links_of(&item)))
}

/// The links of an item.
pub fn links_of(item: &items::Item) -> Links {
    let case = match (item.case_id, item.case_no, &item.case_status) {
        (Some(case_id), Some(case_no), Some(status)) => Some(CaseBrief {
            case_id,
            case_no,
            status: status.clone(),
        }),
        _ => None,
    };
    let inputs = item.link_inputs.as_deref();
    Links {
        case,
        customer_id: item.customer_id,
        rule: item.link_rule.clone(),
        version: item.link_version,
        inputs: inputs.and_then(|text| serde_json::from_str(text).ok()),
        by: item.link_by.clone(),
        at: item.linked_at,
        had_case: item.had_case,
    }
}
