//! Users: for colleagues whom work is given to, for administrators everything.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::http::auth::{Admin, Csr, Need, Role};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::page::{self, Page, PageQuery};
use crate::http::problem::Problem;
use crate::pg::users as rows;
use crate::signin::session;
use crate::users::{self, Wanted};
use crate::view::user::User;

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    pub email: String,
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(inline)]
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
}

/// What is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    pub email: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[schema(inline)]
    pub role: Option<Role>,
    /// May read private messages.
    pub messages: Option<bool>,
    /// May not sign in.
    pub disabled: Option<bool>,
}

/// A user who is let in by a one-time link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invited {
    pub user: User,
    /// Path below the desk's address. Told once: null where the command is repeated.
    pub link: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Cursor(String, Uuid);

/// Users by name; for administrators disabled ones too, with their rights
#[utoipa::path(get, path = "/api/v1/users", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<User>)))]
pub async fn list(
    State(app): State<App>,
    Csr(caller): Csr,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<User>>, Problem> {
    let limit = page::limit(query.limit)?;
    let after: Option<Cursor> = page::decode(query.cursor.as_deref())?;
    let whole = Need::Admin.met_by(caller.role);
    let filter = rows::Filter {
        disabled: whole,
        after: after.as_ref().map(|c| (c.0.as_str(), c.1)),
        ..rows::Filter::default()
    };
    let mut transaction = app.begin(&caller).await?;
    let found = rows::page(&mut transaction, &caller.org, filter, limit + 1).await?;
    transaction.commit().await?;
    let page = Page::cut(found, limit, |last| {
        page::encode(&Cursor(last.name.clone(), last.user_id))
    });
    let now = app.now();
    let items = page.items.into_iter();
    Ok(Json(Page {
        items: items.map(|user| User::of(user, whole, now)).collect(),
        next: page.next,
    }))
}

/// A new user, with a one-time link that lets them in
#[utoipa::path(post, path = "/api/v1/users", tag = "administration", request_body = NewUser,
    responses((status = 201, body = Invited)))]
pub async fn post(
    State(app): State<App>,
    Admin(caller): Admin,
    sent: Sent<NewUser>,
) -> Result<Response, Problem> {
    let work = Work::Add(sent.body.clone(), session::mint(&mut rand::rng()));
    execute(&app, &caller, &sent, &work).await
}

/// Changes a user; their sessions end where their rights change
#[utoipa::path(patch, path = "/api/v1/users/{user_id}", tag = "administration",
    params(("user_id" = Uuid, Path,)), request_body = UserChange,
    responses((status = 200, body = User)))]
pub async fn patch(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
    sent: Sent<UserChange>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::Change(id, sent.body.clone())).await
}

/// Deletes a user; the name stays where they worked
#[utoipa::path(delete, path = "/api/v1/users/{user_id}", tag = "administration",
    params(("user_id" = Uuid, Path,)), responses((status = 200, body = User)))]
pub async fn delete(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::Remove(id)).await
}

/// A new one-time link for a user, who has none or has lost the password
#[utoipa::path(post, path = "/api/v1/users/{user_id}/link", tag = "administration",
    params(("user_id" = Uuid, Path,)), responses((status = 201, body = Invited)))]
pub async fn link(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    let work = Work::Invite(id, session::mint(&mut rand::rng()));
    execute(&app, &caller, &sent, &work).await
}

enum Work {
    Add(NewUser, SecretString),
    Change(Uuid, UserChange),
    Remove(Uuid),
    Invite(Uuid, SecretString),
}

impl Command for Work {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let (org, by, now) = (
            scope.org().to_owned(),
            scope.caller.actor.clone(),
            scope.now,
        );
        let who = (org.as_str(), by.as_str());
        match self {
            Self::Add(new, token) => {
                let wanted = Wanted {
                    email: &new.email,
                    name: &new.name,
                    role: new.role,
                    messages: new.messages,
                };
                let id = users::add(scope.connection, who, wanted, token, now).await?;
                invited(scope, id, token).await
            }
            Self::Change(id, change) => {
                let wanted = rows::Change {
                    email: change.email.as_deref(),
                    name: change.name.as_deref(),
                    role: change.role.map(Role::as_str),
                    messages: change.messages,
                    disabled: change.disabled,
                };
                users::change(scope.connection, who, *id, wanted, now).await?;
                Answer::ok(&load(scope, *id, now).await?)
            }
            Self::Remove(id) => {
                let user = load(scope, *id, now).await?;
                users::remove(scope.connection, who, *id, now).await?;
                Answer::ok(&user)
            }
            Self::Invite(id, token) => {
                users::invite(scope.connection, who, *id, token, now).await?;
                invited(scope, *id, token).await
            }
        }
    }
}

async fn load(scope: &mut Scope<'_>, id: Uuid, now: DateTime<Utc>) -> Result<User, Problem> {
    let org = scope.org().to_owned();
    let user = rows::load(scope.connection, &org, id).await?;
    let user = user.ok_or_else(|| Problem::not_found("user"))?;
    Ok(User::of(user, true, now))
}

async fn invited(scope: &mut Scope<'_>, id: Uuid, token: &SecretString) -> Result<Answer, Problem> {
    let now = scope.now;
    let answer = Invited {
        user: load(scope, id, now).await?,
        link: Some(users::link(token)),
    };
    let kept = Invited {
        user: load(scope, id, now).await?,
        link: None,
    };
    Answer::created_once(&answer, &kept, format!("/api/v1/users/{id}"))
}
