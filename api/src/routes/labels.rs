//! Labels of rows.

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
use crate::pg::labels::{self, Label};

const NAME_CHARS_MAX: usize = 40;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelBody {
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
}

impl LabelBody {
    fn label(&self, label_id: Uuid) -> Result<Label, Problem> {
        text("/name", &self.name, NAME_CHARS_MAX)?;
        let digits = self.colour.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Problem::value("/colour", "expected #rrggbb"));
        }
        Ok(Label {
            label_id,
            name: self.name.trim().to_owned(),
            colour: self.colour.to_ascii_lowercase(),
        })
    }
}

/// Labels by name, all of them
#[utoipa::path(get, path = "/api/v1/labels", tag = "lists", responses((status = 200, body = Page<Label>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
) -> Result<Json<Page<Label>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let items = labels::all(&mut transaction, &caller.org).await?;
    transaction.commit().await?;
    Ok(Json(Page { items, next: None }))
}

/// A new label
#[utoipa::path(post, path = "/api/v1/labels", tag = "lists", request_body = LabelBody,
    responses((status = 201, body = Label)))]
pub async fn post(
    State(app): State<App>,
    Lead(caller): Lead,
    sent: Sent<LabelBody>,
) -> Result<Response, Problem> {
    let label = sent.body.label(Uuid::now_v7())?;
    execute(&app, &caller, &sent, &Work::Create(label)).await
}

/// Changes a label
#[utoipa::path(put, path = "/api/v1/labels/{label_id}", tag = "lists", request_body = LabelBody,
    params(("label_id" = Uuid, Path,)), responses((status = 200, body = Label)))]
pub async fn put(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<LabelBody>,
) -> Result<Response, Problem> {
    let label = sent.body.label(id)?;
    execute(&app, &caller, &sent, &Work::Change(label)).await
}

/// Deletes a label, from every row too
#[utoipa::path(delete, path = "/api/v1/labels/{label_id}", tag = "lists",
    params(("label_id" = Uuid, Path,)), responses((status = 200, body = Label)))]
pub async fn delete(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::<Label>::Delete(id)).await
}

impl Entry for Label {
    type Id = Uuid;
    const AUDIT: &'static str = "label";
    const NAME: &'static str = "label";
    const LIST: &'static str = "/api/v1/labels";

    fn audited(&self) -> (String, Value) {
        (self.label_id.to_string(), json!({ "name": self.name }))
    }

    async fn insert(&self, scope: &mut Scope<'_>) -> Result<(), Problem> {
        let org = scope.org().to_owned();
        Ok(labels::insert(scope.connection, &org, self).await?)
    }

    async fn update(&self, scope: &mut Scope<'_>) -> Result<bool, Problem> {
        let org = scope.org().to_owned();
        Ok(labels::update(scope.connection, &org, self).await?)
    }

    async fn delete(scope: &mut Scope<'_>, id: &Uuid) -> Result<Option<Self>, Problem> {
        let org = scope.org().to_owned();
        Ok(labels::delete(scope.connection, &org, *id).await?)
    }
}
