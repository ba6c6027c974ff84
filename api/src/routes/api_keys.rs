//! API keys, for administrators.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::http::auth::{Admin, Role};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::page::{self, Page, PageQuery};
use crate::http::problem::Problem;
use crate::keys::{self, KeyError, Wanted};
use crate::pg::keys as rows;

/// Days of a key that ends.
const DAYS_MAX: u32 = 3_650;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for: letters, digits, dots, dashes, underscores. Not used twice.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    #[schema(inline)]
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
    /// Days until it expires; never if absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub days: Option<u32>,
}

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKey {
    pub key_id: Uuid,
    pub name: String,
    #[schema(inline)]
    pub role: Option<Role>,
    pub messages: bool,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeApiKey {
    pub api_key: ApiKey,
    /// The key itself. Told once: null where the command is repeated.
    pub key: Option<String>,
}

impl From<rows::Key> for ApiKey {
    fn from(key: rows::Key) -> Self {
        Self {
            key_id: key.key_id,
            name: key.name,
            role: Role::parse(&key.role),
            messages: key.messages,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let said = format!("{error}.");
        match error {
            KeyError::NameTaken => Self::new(&crate::http::kinds::EXISTS, said),
            KeyError::Unknown => Self::not_found("key"),
            KeyError::Name => Self::value("/name", said),
            KeyError::Database(error) => error.into(),
        }
    }
}

/// API keys by name, ended ones too
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<ApiKey>)))]
pub async fn list(
    State(app): State<App>,
    Admin(caller): Admin,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ApiKey>>, Problem> {
    let limit = page::limit(query.limit)?;
    let after: Option<String> = page::decode(query.cursor.as_deref())?;
    let mut transaction = app.begin(&caller).await?;
    let org = caller.org.as_str();
    let found = rows::page(&mut transaction, org, None, after.as_deref(), limit + 1).await?;
    transaction.commit().await?;
    let page = Page::cut(found, limit, |last| page::encode(&last.name));
    Ok(Json(Page {
        items: page.items.into_iter().map(ApiKey::from).collect(),
        next: page.next,
    }))
}

/// A new API key
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "administration", request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey)))]
pub async fn post(
    State(app): State<App>,
    Admin(caller): Admin,
    sent: Sent<NewApiKey>,
) -> Result<Response, Problem> {
    if sent
        .body
        .days
        .is_some_and(|days| !(1..=DAYS_MAX).contains(&days))
    {
        return Err(Problem::value("/days", "expected 1 to 3650"));
    }
    let work = Work::Make(sent.body.clone(), keys::mint(&mut rand::rng()));
    execute(&app, &caller, &sent, &work).await
}

/// Ends an API key at once
#[utoipa::path(delete, path = "/api/v1/api-keys/{key_id}", tag = "administration",
    params(("key_id" = Uuid, Path,)), responses((status = 200, body = ApiKey)))]
pub async fn delete(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::Revoke(id)).await
}

enum Work {
    Make(NewApiKey, SecretString),
    Revoke(Uuid),
}

impl Command for Work {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        match self {
            Self::Make(new, minted) => make(scope, new, minted).await,
            Self::Revoke(id) => {
                let key = load(scope, *id).await?;
                let org = scope.org().to_owned();
                if !rows::revoke(scope.connection, &org, &key.name, scope.now).await? {
                    let detail = "The key has ended already.";
                    return Err(Problem::transition("revoked", "revoked", detail));
                }
                let detail = serde_json::json!({});
                scope
                    .audit("key.revoke", &format!("key:{}", key.name), detail)
                    .await?;
                Answer::ok(&load(scope, *id).await?)
            }
        }
    }
}

async fn make(
    scope: &mut Scope<'_>,
    new: &NewApiKey,
    minted: &SecretString,
) -> Result<Answer, Problem> {
    let org = scope.org().to_owned();
    let wanted = Wanted {
        org: &org,
        name: &new.name,
        role: new.role,
        messages: new.messages,
        expires_at: new
            .days
            .map(|days| scope.now + TimeDelta::days(days.into())),
    };
    let id = keys::insert(scope.connection, minted, wanted, scope.now).await?;
    let detail = serde_json::json!({ "role": new.role, "messages": new.messages });
    scope
        .audit("key.create", &format!("key:{}", new.name), detail)
        .await?;
    let kept = MadeApiKey {
        api_key: load(scope, id).await?,
        key: None,
    };
    let answer = MadeApiKey {
        api_key: kept.api_key.clone(),
        key: Some(minted.expose_secret().to_owned()),
    };
    Answer::created_once(&answer, &kept, format!("/api/v1/api-keys/{id}"))
}

async fn load(scope: &mut Scope<'_>, id: Uuid) -> Result<ApiKey, Problem> {
    let org = scope.org().to_owned();
    let found = rows::page(scope.connection, &org, Some(id), None, 1).await?;
    let key = found.into_iter().next();
    key.map(ApiKey::from)
        .ok_or_else(|| Problem::not_found("key"))
}
