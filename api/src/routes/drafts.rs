//! Drafts: each user's own. No commands: the last word counts, and nothing of it is audited.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use runtime::pg::changes::{self, Change};
use runtime::pictures::of_id;
use schemas::changes::THREAD;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::items;
use crate::App;
use crate::http::auth::{Caller, Csr, SignedIn};
use crate::http::extract::{Body, Path};
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::drafts::{self, NewDraft};
use crate::pg::threads;
use crate::row_id::RowId;
use crate::view::draft::Draft;

const TEXT_CHARS_MAX: usize = 10_000;
/// People who can be left out of a reply.
const EXCLUDE_MAX: usize = 50;
/// Characters of an X id.
const X_ID_CHARS_MAX: usize = 20;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    #[schema(max_length = 10000)]
    pub text: String,
    /// Picture that was uploaded for it.
    pub media_id: Option<String>,
    /// X ids of who is not to be addressed.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub exclude: Vec<String>,
}

/// One's own draft for a target
#[utoipa::path(get, path = "/api/v1/drafts/{target}", tag = "desk",
    params(("target" = String, Path, description = "item:<item_id>, thread:<thread_id> or note:<thread_id>")),
    responses((status = 200, body = Draft)))]
pub async fn get(
    State(app): State<App>,
    Csr(_): Csr,
    SignedIn(caller, user): SignedIn,
    Path(target): Path<String>,
) -> Result<Json<Draft>, Problem> {
    let who = (caller.org.as_str(), user.user_id);
    let mut transaction = app.begin(&caller).await?;
    row(&mut transaction, &caller, &target).await?;
    let found = drafts::load(&mut transaction, who, &target).await?;
    transaction.commit().await?;
    found.map(Json).ok_or_else(|| Problem::not_found("draft"))
}

/// Keeps one's own draft; an empty one is forgotten
#[utoipa::path(put, path = "/api/v1/drafts/{target}", tag = "desk", request_body = DraftBody,
    params(("target" = String, Path, description = "item:<item_id>, thread:<thread_id> or note:<thread_id>")),
    responses((status = 200, body = Draft), (status = 204)))]
pub async fn put(
    State(app): State<App>,
    Csr(_): Csr,
    SignedIn(caller, user): SignedIn,
    Path(target): Path<String>,
    Body(body): Body<DraftBody>,
) -> Result<Response, Problem> {
    if body.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Problem::value("/text", "expected 10000 characters at most"));
    }
    let long = |id: &String| id.len() > X_ID_CHARS_MAX;
    if body.exclude.len() > EXCLUDE_MAX || body.exclude.iter().any(long) {
        return Err(Problem::value("/exclude", "expected 50 X ids at most"));
    }
    if body
        .media_id
        .as_deref()
        .is_some_and(|id| of_id(id).is_none())
    {
        return Err(Problem::value("/media_id", "expected the id of an upload"));
    }
    let who = (caller.org.as_str(), user.user_id);
    let mut transaction = app.begin(&caller).await?;
    let row = row(&mut transaction, &caller, &target).await?;
    let before = drafts::load(&mut transaction, who, &target).await?;
    let draft = NewDraft {
        target: &target,
        thread_key: &row.key(),
        text: &body.text,
        media_id: body.media_id.as_deref(),
        exclude: &body.exclude,
    };
    if body.text.trim().is_empty() && body.media_id.is_none() {
        drafts::delete(&mut transaction, who, &target).await?;
    } else {
        drafts::put(&mut transaction, who, &draft, app.now()).await?;
    }
    let kept = drafts::load(&mut transaction, who, &target).await?;
    if before.is_some() != kept.is_some() {
        tell(&mut transaction, &caller.org, &row).await?;
    }
    transaction.commit().await?;
    Ok(kept.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        |draft| Json(draft).into_response(),
    ))
}

/// Forgets one's own draft
#[utoipa::path(delete, path = "/api/v1/drafts/{target}", tag = "desk",
    params(("target" = String, Path, description = "item:<item_id>, thread:<thread_id> or note:<thread_id>")),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    Csr(_): Csr,
    SignedIn(caller, user): SignedIn,
    Path(target): Path<String>,
) -> Result<StatusCode, Problem> {
    let who = (caller.org.as_str(), user.user_id);
    let mut transaction = app.begin(&caller).await?;
    let row = row(&mut transaction, &caller, &target).await?;
    drafts::delete(&mut transaction, who, &target).await?;
    tell(&mut transaction, &caller.org, &row).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

// Colleagues see who has a draft.
async fn tell(connection: &mut PgConnection, org: &str, row: &RowId) -> Result<(), Problem> {
    let told = Change::of(org, THREAD, vec![row.key()]);
    Ok(changes::push(connection, &[told]).await?)
}

/// The row that a target belongs to, if the caller may write there.
async fn row(
    connection: &mut PgConnection,
    caller: &Caller,
    target: &str,
) -> Result<RowId, Problem> {
    let missing = || Problem::not_found("target");
    let (sort, id) = target.split_once(':').ok_or_else(missing)?;
    let row = match sort {
        "item" => {
            let id = Uuid::try_parse(id).map_err(|_| missing())?;
            let item = items::load(connection, caller, id).await?;
            item.row()
        }
        "thread" | "note" => {
            let row = RowId::decode(id).ok_or_else(missing)?;
            let head = threads::head(connection, &caller.org, &row, true).await?;
            (head.items > 0).then_some(row).ok_or_else(missing)?
        }
        _ => return Err(missing()),
    };
    // What belongs to private messages is theirs who may read them; a note is the team's.
    if row.kind() == "message" && !caller.messages && sort != "note" {
        let detail = "You may not read private messages.";
        return Err(Problem::new(&kinds::FORBIDDEN, detail));
    }
    Ok(row)
}
