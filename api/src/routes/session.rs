//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::http::auth::SignedIn;
use crate::http::extract::Body;
use crate::http::identity::hash;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::{audit, sessions, users as rows};
use crate::signin::throttle::Address;
use crate::signin::{passwords, session};
use crate::users;
use crate::view::user::{Session, SessionOrg};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub email: String,
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// What follows the # of the one-time link.
    #[schema(value_type = String, format = Password)]
    pub token: SecretString,
    /// As the user wants to be called; as the administrator wrote it if absent.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200)]
    pub password: SecretString,
}

/// Signs in: sets the cookie of a session
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session)))]
pub async fn post(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    let refused = || {
        Problem::new(
            &kinds::SIGN_IN,
            "The mail address or the password is wrong.",
        )
    };
    let email = users::email(&body.email).map_err(|_| refused())?;
    let account = hash(&email);
    app.throttle().enter(address, account.clone(), app.now())?;
    let known = rows::by_email(app.pg(), &email).await?;
    let known = known.filter(|known| known.disabled_at.is_none());
    let kept = known.as_ref().and_then(|known| known.password.clone());
    let right = app.passwords().verify(body.password, kept).await?;
    let known = known.filter(|_| right).ok_or_else(refused)?;
    app.throttle().passed(&account);
    let mut transaction = runtime::pg::begin(app.pg(), &[&known.org]).await?;
    let who = (known.org.as_str(), known.user_id);
    let answer = begin(&mut transaction, &app, who, &headers).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// Follows a one-time link: sets name and password, and signs in
#[utoipa::path(post, path = "/api/v1/session/welcome", tag = "session", request_body = Welcome,
    responses((status = 200, body = Session)))]
pub async fn welcome(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Body(body): Body<Welcome>,
) -> Result<Response, Problem> {
    let ended = || Problem::new(&kinds::LINK_ENDED, "The link was used, or is too old.");
    passwords::check("/password", &body.password)?;
    let name = body.name.as_deref().map(users::name).transpose()?;
    app.throttle().enter_from(address, app.now())?;
    let token = hash(body.token.expose_secret());
    let known = rows::by_welcome(app.pg(), &token).await?;
    let known = known
        .filter(|known| known.disabled_at.is_none() && app.now() < known.welcome_until)
        .ok_or_else(ended)?;
    let password = app.passwords().hash(body.password).await?;
    let who = (known.org.as_str(), known.user_id);
    let actor = format!("user:{}", known.user_id);
    let mut transaction = runtime::pg::begin(app.pg(), &[&known.org]).await?;
    if !rows::take_welcome(&mut transaction, who, &token).await? {
        return Err(ended());
    }
    let own = rows::Own {
        name,
        ..rows::Own::default()
    };
    rows::change_own(&mut transaction, who, own).await?;
    let (by, whom) = ((who.0, actor.as_str()), (who.1, None));
    users::keep_password(&mut transaction, by, whom, &password, app.now()).await?;
    let answer = begin(&mut transaction, &app, who, &headers).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// Begins a session, and answers with it.
async fn begin(
    connection: &mut sqlx::PgConnection,
    app: &App,
    (org, user): (&str, Uuid),
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let now = app.now();
    let token = session::mint(&mut rand::rng());
    let hash = hash(token.expose_secret());
    sessions::insert(connection, (org, user), &hash, now).await?;
    let actor = format!("user:{user}");
    let what = ("session.begin", actor.as_str());
    audit::write(connection, (org, &actor), what, &serde_json::json!({}), now).await?;
    let known = rows::load(connection, org, user).await?;
    let known = known.ok_or_else(|| Problem::not_found("user"))?;
    let answer = Session {
        user: known.into(),
        org: SessionOrg::of(org, &app.org(org)),
        csrf: session::csrf(&token),
        expires_at: now + session::LASTS,
    };
    let secure = session::secure(app.base_url(), headers);
    let cookie = session::cookie(&token, secure);
    let cookie =
        cookie.ok_or_else(|| Problem::new(&kinds::INTERNAL, "A cookie could not be written."))?;
    Ok(([(SET_COOKIE, cookie)], Json(answer)).into_response())
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = Session)))]
pub async fn get(
    State(app): State<App>,
    SignedIn(caller, user): SignedIn,
) -> Result<Json<Session>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let known = rows::load(&mut transaction, &caller.org, user.user_id).await?;
    transaction.commit().await?;
    let known = known.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(Session {
        user: known.into(),
        org: SessionOrg::of(&caller.org, &app.org(&caller.org)),
        csrf: user.csrf,
        expires_at: user.ends_at,
    }))
}

/// Signs out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    SignedIn(caller, user): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut transaction = app.begin(&caller).await?;
    sessions::end(&mut transaction, &caller.org, &user.session).await?;
    let who = (caller.org.as_str(), caller.actor.as_str());
    let what = ("session.end", caller.actor.as_str());
    let none = serde_json::json!({});
    audit::write(&mut transaction, who, what, &none, app.now()).await?;
    transaction.commit().await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = session::no_cookie(session::secure(app.base_url(), &headers)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
