//! Texts that are often answered.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entry::{Entry, Work};
use super::text;
use crate::App;
use crate::http::auth::{Lead, Viewer};
use crate::http::command::{Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::pg::labels::{self, SavedReply};

const TITLE_CHARS_MAX: usize = 80;
const TEXT_CHARS_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReplyKind {
    Public,
    Private,
    Any,
}

impl ReplyKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Any => "any",
        }
    }
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedReplyBody {
    #[schema(min_length = 1, max_length = 80)]
    pub title: String,
    /// May have the variables {{name}}, {{handle}}, {{case_no}}.
    #[schema(min_length = 1, max_length = 10000)]
    pub text: String,
    #[schema(inline)]
    pub kind: ReplyKind,
}

impl SavedReplyBody {
    fn reply(&self, reply_id: Uuid) -> Result<SavedReply, Problem> {
        text("/title", &self.title, TITLE_CHARS_MAX)?;
        text("/text", &self.text, TEXT_CHARS_MAX)?;
        Ok(SavedReply {
            reply_id,
            title: self.title.trim().to_owned(),
            text: self.text.clone(),
            kind: self.kind.as_str().to_owned(),
        })
    }
}

/// Saved replies by title, all of them
#[utoipa::path(get, path = "/api/v1/saved-replies", tag = "lists",
    responses((status = 200, body = Page<SavedReply>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
) -> Result<Json<Page<SavedReply>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let items = labels::replies(&mut transaction, &caller.org).await?;
    transaction.commit().await?;
    Ok(Json(Page { items, next: None }))
}

/// A new saved reply
#[utoipa::path(post, path = "/api/v1/saved-replies", tag = "lists", request_body = SavedReplyBody,
    responses((status = 201, body = SavedReply)))]
pub async fn post(
    State(app): State<App>,
    Lead(caller): Lead,
    sent: Sent<SavedReplyBody>,
) -> Result<Response, Problem> {
    let reply = sent.body.reply(Uuid::now_v7())?;
    execute(&app, &caller, &sent, &Work::Create(reply)).await
}

/// Changes a saved reply
#[utoipa::path(put, path = "/api/v1/saved-replies/{saved_id}", tag = "lists", request_body = SavedReplyBody,
    params(("saved_id" = Uuid, Path,)), responses((status = 200, body = SavedReply)))]
pub async fn put(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<SavedReplyBody>,
) -> Result<Response, Problem> {
    let reply = sent.body.reply(id)?;
    execute(&app, &caller, &sent, &Work::Change(reply)).await
}

/// Deletes a saved reply
#[utoipa::path(delete, path = "/api/v1/saved-replies/{saved_id}", tag = "lists",
    params(("saved_id" = Uuid, Path,)), responses((status = 200, body = SavedReply)))]
pub async fn delete(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::<SavedReply>::Delete(id)).await
}

impl Entry for SavedReply {
    type Id = Uuid;
    const AUDIT: &'static str = "saved-reply";
    const NAME: &'static str = "saved reply";
    const LIST: &'static str = "/api/v1/saved-replies";

    fn audited(&self) -> (String, Value) {
        (self.reply_id.to_string(), json!({ "title": self.title }))
    }

    async fn insert(&self, scope: &mut Scope<'_>) -> Result<(), Problem> {
        let org = scope.org().to_owned();
        Ok(labels::insert_reply(scope.connection, &org, self).await?)
    }

    async fn update(&self, scope: &mut Scope<'_>) -> Result<bool, Problem> {
        let org = scope.org().to_owned();
        Ok(labels::update_reply(scope.connection, &org, self).await?)
    }

    async fn delete(scope: &mut Scope<'_>, id: &Uuid) -> Result<Option<Self>, Problem> {
        let org = scope.org().to_owned();
        Ok(labels::delete_reply(scope.connection, &org, *id).await?)
    }
}
