//! `GET /threads/{id}` and its items.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::holes;
use super::items::view;
use crate::App;
use crate::http::auth::{Caller, Viewer};
use crate::http::extract::{Path, Query};
use crate::http::page;
use crate::http::problem::Problem;
use crate::live::frame::Present;
use crate::live::presence::people;
use crate::pg::threads::{self, Place};
use crate::pg::{audit, items, news, notes, presence, replies, rows, work};
use crate::row_id::RowId;
use crate::version::Version;
use crate::view::Panel;
use crate::view::event::Who;
use crate::view::item::{Item, Window};
use crate::view::person::PersonBrief;
use crate::view::row::{RowWork, ThreadHead};
use crate::view::text::Sight;

/// Digits of an X id.
const X_ID_DIGITS_MAX: usize = 20;

/// The row of a path.
pub fn row(id: &str) -> Result<RowId, Problem> {
    RowId::decode(id).ok_or_else(|| Problem::not_found("thread"))
}

/// One row opened
#[utoipa::path(get, path = "/api/v1/threads/{id}", tag = "desk",
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = ThreadHead, headers(("ETag" = String, description = "The version and how many entries there are, for If-Match: \"v7.3.1.0.2\"")))))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = row(&id)?;
    let mut transaction = app.begin(&caller).await?;
    let head = load(&mut transaction, &app, &caller, &row).await?;
    let version = Version {
        number: head.version,
        entries: Some(news::entries(&mut transaction, &caller.org, &row).await?),
    };
    transaction.commit().await?;
    let tag = version.to_string();
    let mut response = Json(head).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// The head of a row, as it is now.
pub async fn load(
    connection: &mut sqlx::PgConnection,
    app: &App,
    caller: &Caller,
    row: &RowId,
) -> Result<ThreadHead, Problem> {
    let reposts = app.org(&caller.org).settings().reposts_active;
    let head = threads::head(connection, &caller.org, row, reposts).await?;
    let (Some(shown), true) = (head.newest_inbound.or(head.newest), head.items > 0) else {
        return Err(Problem::not_found("thread"));
    };
    let cases = threads::cases(connection, &caller.org, row).await?;
    let notes = notes::of_row(connection, &caller.org, &row.key()).await?;
    let written = replies::count(connection, &caller.org, &row.key()).await?;
    let words = rows::words(connection, &caller.org, &[(row.clone(), shown)], reposts).await?;
    let words = words
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("thread"))?;
    let states = work::states(connection, &caller.org, &[row.key()]).await?;
    let state = states.into_iter().next();
    let received = head.received_at;
    Ok(ThreadHead {
        id: row.encode(),
        kind: Panel::of(row.kind()),
        conversation_id: threads::conversation(connection, &caller.org, row).await?,
        repost_of: row.repost_of().map(ToOwned::to_owned),
        version: head.revisions + written + i64::try_from(notes.len()).unwrap_or(0),
        person: PersonBrief {
            x_id: words.person_id,
            handle: words.handle,
            name: words.name,
            avatar_id: words.avatar_id,
            followers: words.followers,
            verified: words.verified,
        },
        open: head.open,
        draft: head.draft,
        closed: head.closed,
        target: head.target.filter(|_| row.repost_of().is_none()),
        newest: head.newest,
        customer_id: words.customer_id,
        cases,
        notes,
        presence: present(connection, app, row).await?,
        work: state.map_or_else(RowWork::default, |state| {
            RowWork::of(state, received, app.now())
        }),
    })
}

async fn present(
    connection: &mut sqlx::PgConnection,
    app: &App,
    row: &RowId,
) -> Result<Vec<Who>, Problem> {
    let shown = presence::shown(connection, Some(&row.key()), app.now()).await?;
    let rows = people(shown).into_values().flat_map(Present::into_values);
    Ok(rows.flatten().collect())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WindowQuery {
    /// X id: items before it.
    before: Option<String>,
    /// X id: items after it.
    after: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The conversation of a row, a window at a time, the newest if no place is given
#[utoipa::path(get, path = "/api/v1/threads/{id}/items", tag = "desk",
    params(("id" = String, Path, description = "Id of a row of the list"), WindowQuery),
    responses((status = 200, body = Window)))]
pub async fn window(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<String>,
    Query(query): Query<WindowQuery>,
) -> Result<Json<Window>, Problem> {
    let row = row(&id)?;
    let limit = page::limit(query.limit)?;
    let place = match (&query.before, &query.after) {
        (None, None) => Place::End,
        (Some(x_id), None) => Place::Before(x_id_of("before", x_id)?),
        (None, Some(x_id)) => Place::After(x_id_of("after", x_id)?),
        (Some(_), Some(_)) => return Err(Problem::parameter("after", "not together with before")),
    };
    let reposts = app.org(&caller.org).settings().reposts_active;
    let mut transaction = app.begin(&caller).await?;
    let head = threads::head(&mut transaction, &caller.org, &row, reposts).await?;
    if head.items == 0 {
        return Err(Problem::not_found("thread"));
    }
    let conversation = threads::conversation(&mut transaction, &caller.org, &row).await?;
    let mut found = match conversation {
        Some(thread) => {
            let of = (row.kind(), thread.as_str());
            threads::window(&mut transaction, &caller.org, of, place, limit + 1).await?
        }
        // The original is not here: its newest repost repeats what it said.
        None => head.newest.into_iter().collect(),
    };
    let cut = i64::try_from(found.len()).is_ok_and(|n| n > limit);
    if cut {
        match place {
            Place::After(_) => drop(found.pop()),
            _ => drop(found.remove(0)),
        }
    }
    let after = matches!(place, Place::After(_));
    let loaded = items::load(&mut transaction, &caller.org, &found).await?;
    let who = caller.org.as_str();
    let holes = holes::of_window(&mut transaction, who, row.kind(), &loaded, app.now()).await?;
    let quoted = quoted(&mut transaction, who, &loaded).await?;
    if row.kind() == "message" && caller.messages {
        let who = (caller.org.as_str(), caller.actor.as_str());
        let what = ("messages.read", row.key());
        let none = serde_json::json!({});
        audit::write(&mut transaction, who, (what.0, &what.1), &none, app.now()).await?;
    }
    transaction.commit().await?;
    let sight = Sight::of(&caller);
    let shown = |item: items::Item| {
        let quoted = item.quoted_x_id.as_ref().and_then(|x_id| quoted.get(x_id));
        let quoted = quoted.map(|item| Box::new(view(item.clone(), Some(&row), sight)));
        Item {
            quoted,
            ..view(item, Some(&row), sight)
        }
    };
    Ok(Json(Window {
        items: loaded.into_iter().map(shown).collect(),
        holes,
        more_before: if after { true } else { cut },
        more_after: if after { cut } else { query.before.is_some() },
    }))
}

/// Posts of other conversations that these quote, by the X id that they are quoted by.
async fn quoted(
    connection: &mut sqlx::PgConnection,
    org: &str,
    items: &[items::Item],
) -> Result<HashMap<String, items::Item>, Problem> {
    let wanted = items.iter().filter_map(|item| item.quoted_x_id.clone());
    let wanted: Vec<String> = wanted
        .filter(|x_id| !items.iter().any(|item| item.x_id == *x_id))
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let stored = threads::originals(&mut *connection, org, &wanted).await?;
    let ids: Vec<_> = stored.values().map(|post| post.item_id).collect();
    let posts = items::load(connection, org, &ids).await?;
    let quoted = stored.into_iter().filter_map(|(x_id, post)| {
        let item = posts.iter().find(|item| item.item_id == post.item_id)?;
        Some((x_id, item.clone()))
    });
    Ok(quoted.collect())
}

fn x_id_of<'a>(name: &str, text: &'a str) -> Result<&'a str, Problem> {
    if is_x_id(text) {
        Ok(text)
    } else {
        Err(Problem::parameter(name, "expected an X id: digits"))
    }
}

/// Whether a text can be an id of X.
pub fn is_x_id(text: &str) -> bool {
    let fits = (1..=X_ID_DIGITS_MAX).contains(&text.len());
    fits && text.bytes().all(|b| b.is_ascii_digit())
}
