//! Reason and resolution codes.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::entry::{Entry, Work};
use super::text;
use crate::App;
use crate::http::auth::{Lead, Viewer};
use crate::http::command::{Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::page::{self, Page};
use crate::http::problem::Problem;
use crate::pg::codes::{self, Code};

pub(crate) const CODE_CHARS_MAX: usize = 64;
pub(crate) const LABEL_CHARS_MAX: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CodeKind {
    Reason,
    Resolution,
}

impl CodeKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Resolution => "resolution",
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CodesQuery {
    #[param(inline)]
    kind: Option<CodeKind>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    #[schema(inline)]
    pub kind: CodeKind,
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeChange {
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
    /// May be given to further cases.
    pub active: bool,
}

#[derive(Serialize, Deserialize)]
struct Cursor(String, String);

/// Codes, in order of kind and code
#[utoipa::path(get, path = "/api/v1/codes", tag = "lists", params(CodesQuery),
    responses((status = 200, body = Page<Code>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Query(query): Query<CodesQuery>,
) -> Result<Json<Page<Code>>, Problem> {
    let limit = page::limit(query.limit)?;
    let after: Option<Cursor> = page::decode(query.cursor.as_deref())?;
    let after = after.as_ref().map(|c| (c.0.as_str(), c.1.as_str()));
    let kind = query.kind.map(CodeKind::as_str);
    let mut transaction = app.begin(&caller).await?;
    let found = codes::page(&mut transaction, &caller.org, kind, after, limit + 1).await?;
    transaction.commit().await?;
    Ok(Json(Page::cut(found, limit, |last| {
        page::encode(&Cursor(last.kind.clone(), last.code.clone()))
    })))
}

/// A new code
#[utoipa::path(post, path = "/api/v1/codes", tag = "lists", request_body = NewCode,
    responses((status = 201, body = Code)))]
pub async fn post(
    State(app): State<App>,
    Lead(caller): Lead,
    sent: Sent<NewCode>,
) -> Result<Response, Problem> {
    text("/code", &sent.body.code, CODE_CHARS_MAX)?;
    text("/label", &sent.body.label, LABEL_CHARS_MAX)?;
    let code = Code {
        kind: sent.body.kind.as_str().to_owned(),
        code: sent.body.code.clone(),
        label: sent.body.label.clone(),
        active: true,
    };
    execute(&app, &caller, &sent, &Work::Create(code)).await
}

/// Changes a code
#[utoipa::path(put, path = "/api/v1/codes/{kind}/{code}", tag = "lists", request_body = CodeChange,
    params(("kind" = String, Path, description = "reason or resolution"), ("code" = String, Path,)),
    responses((status = 200, body = Code)))]
pub async fn put(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((kind, code)): Path<(String, String)>,
    sent: Sent<CodeChange>,
) -> Result<Response, Problem> {
    text("/label", &sent.body.label, LABEL_CHARS_MAX)?;
    let code = Code {
        kind,
        code,
        label: sent.body.label.clone(),
        active: sent.body.active,
    };
    execute(&app, &caller, &sent, &Work::Change(code)).await
}

/// Deletes a code; cases that have it keep it
#[utoipa::path(delete, path = "/api/v1/codes/{kind}/{code}", tag = "lists",
    params(("kind" = String, Path, description = "reason or resolution"), ("code" = String, Path,)),
    responses((status = 200, body = Code)))]
pub async fn delete(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((kind, code)): Path<(String, String)>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::<Code>::Delete((kind, code))).await
}

impl Entry for Code {
    type Id = (String, String);
    const AUDIT: &'static str = "code";
    const NAME: &'static str = "code";
    const LIST: &'static str = "/api/v1/codes";

    fn audited(&self) -> (String, Value) {
        let detail = json!({ "label": self.label, "active": self.active });
        (format!("{}/{}", self.kind, self.code), detail)
    }

    async fn insert(&self, scope: &mut Scope<'_>) -> Result<(), Problem> {
        let org = scope.org().to_owned();
        Ok(codes::insert(scope.connection, &org, self).await?)
    }

    async fn update(&self, scope: &mut Scope<'_>) -> Result<bool, Problem> {
        let org = scope.org().to_owned();
        Ok(codes::update(scope.connection, &org, self).await?)
    }

    async fn delete(
        scope: &mut Scope<'_>,
        (kind, code): &Self::Id,
    ) -> Result<Option<Self>, Problem> {
        let org = scope.org().to_owned();
        Ok(codes::delete(scope.connection, &org, kind, code).await?)
    }
}
