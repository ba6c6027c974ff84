//! Who looks at a row: for their colleagues, and for less than a minute.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use chrono::TimeDelta;
use runtime::pg::changes::{self, Change};
use schemas::changes::PRESENCE;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::thread::row;
use crate::App;
use crate::http::auth::Csr;
use crate::http::extract::{Path, json};
use crate::http::problem::Problem;
use crate::pg::{presence, threads};
use crate::view::event::Looking;

/// What a tab said holds for so long.
const HOLDS: TimeDelta = TimeDelta::seconds(45);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Doing {
    Viewing,
    Replying,
    Idle,
    /// The tab does not show the row any more.
    Gone,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceBody {
    #[schema(inline)]
    pub state: Doing,
    /// Made up by the tab: a user may have several.
    pub tab: Uuid,
}

/// Says what the caller does with a row; holds for 45 s
#[utoipa::path(put, path = "/api/v1/threads/{id}/presence", tag = "desk", request_body = PresenceBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 204)))]
pub async fn put(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let row = row(&id)?;
    let (body, _) = json::<PresenceBody>(request).await?;
    let mut scope = app.begin(&caller).await?;
    let (org, now) = (caller.org.as_str(), app.now());
    if !threads::stands(&mut scope, org, &row).await? {
        return Err(Problem::not_found("thread"));
    }
    let key = row.key();
    let state = match body.state {
        Doing::Viewing => Some(Looking::Viewing),
        Doing::Replying => Some(Looking::Replying),
        Doing::Idle => Some(Looking::Idle),
        Doing::Gone => None,
    };
    let told = match state {
        None => {
            let left = presence::leave(&mut scope, org, (&caller.actor, body.tab)).await?;
            left.into_iter().collect()
        }
        Some(state) => {
            let tab = presence::Tab {
                actor: &caller.actor,
                tab: body.tab,
                name: caller.name(),
                row: &key,
                state: state.as_str(),
            };
            match presence::put(&mut scope, org, &tab, (now, now + HOLDS)).await? {
                Some((row, before)) if row == key && before == state.as_str() => Vec::new(),
                Some((row, _)) if row != key => vec![row, key],
                _ => vec![key],
            }
        }
    };
    if !told.is_empty() {
        changes::push(&mut scope, &[Change::of(org, PRESENCE, told)]).await?;
    }
    scope.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
