//! Who a request is from: an API key, or the session of a browser.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::auth::{Caller, Role, User};
use super::kinds;
use super::problem::Problem;
use crate::App;
use crate::desk::is_desk;
use crate::pg::{keys, sessions};
use crate::signin::session;

/// Clear keys begin with this.
pub const KEY_PREFIX: &str = "ek_";
/// No key is longer.
const KEY_BYTES_MAX: usize = 128;
/// Where a session counts. Elsewhere a GET may command, or a client sends a key.
const SESSION_PATHS: &str = "/api/v1/";

/// Lets a request through with its [`Caller`], or refuses it.
pub async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if public(request.method(), path) {
        return next.run(request).await;
    }
    let registry = path.starts_with("/registry");
    match identify(&app, request.method(), path, request.headers()).await {
        Ok(caller) => {
            let permit = match app.limits().enter(&app, &caller) {
                Ok(permit) => permit,
                Err(problem) => return problem.into_response(),
            };
            request.extensions_mut().insert(caller);
            let response = next.run(request).await;
            drop(permit);
            response
        }
        Err(problem) => {
            let mut response = problem.into_response();
            if response.status() == kinds::UNAUTHORIZED.status {
                let scheme = if registry {
                    "Basic realm=\"earshot\""
                } else {
                    "Bearer"
                };
                response
                    .headers_mut()
                    .insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
            response
        }
    }
}

fn public(method: &Method, path: &str) -> bool {
    let signs_in =
        *method == Method::POST && matches!(path, "/api/v1/session" | "/api/v1/session/welcome");
    signs_in || is_desk(path) || path == "/openapi.json" || path.starts_with("/problems")
}

/// Whoever sends these headers. A session is used by this.
pub async fn identify(
    app: &App,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    if !headers.contains_key(AUTHORIZATION)
        && path.starts_with(SESSION_PATHS)
        && let Some(token) = session::token(headers)
    {
        let (caller, used_at) = by_session(app, &token).await?;
        use_session(app, &caller, used_at).await?;
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let csrf = caller.user.as_ref().map(|user| user.csrf.as_str());
        if !reads && !csrf.is_some_and(|csrf| session::says_csrf(headers, csrf)) {
            return Err(Problem::new(
                &kinds::CSRF,
                "Send the header X-CSRF-Token with the session's token.",
            ));
        }
        use_session(app, &caller, used_at).await?;
        return Ok(caller);
    }
    by_key(app, headers, path.starts_with("/registry")).await
}

/// Whether these headers still say who the caller is, with the same rights. Asked for streams, which
/// outlive their request: a session is not used by this.
pub async fn still(app: &App, headers: &HeaderMap, caller: &Caller) -> Result<bool, Problem> {
    let now = match session::token(headers) {
        Some(token) if !headers.contains_key(AUTHORIZATION) => {
            by_session(app, &token).await.map(|(caller, _)| caller)
        }
        _ => by_key(app, headers, false).await,
    };
    match now {
        Ok(now) => Ok(now.same_rights(caller)),
        Err(problem) if problem.kind == &kinds::UNAUTHORIZED => Ok(false),
        Err(problem) => Err(problem),
    }
}

async fn use_session(app: &App, caller: &Caller, used_at: DateTime<Utc>) -> Result<(), Problem> {
    let now = app.now();
    let noted = |_: &&User| now - used_at >= session::NOTED;
    let Some(user) = caller.user.as_ref().filter(noted) else {
        return Ok(());
    };
    let mut transaction = app.begin(caller).await?;
    sessions::touch(&mut transaction, &caller.org, &user.session, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// The caller of a session, and when it was used last.
async fn by_session(app: &App, token: &SecretString) -> Result<(Caller, DateTime<Utc>), Problem> {
    let refused = || {
        Problem::new(
            &kinds::UNAUTHORIZED,
            "The session has ended. Sign in again.",
        )
    };
    let hash = hash(token.expose_secret());
    let known = sessions::by_hash(app.pg(), &hash)
        .await?
        .ok_or_else(refused)?;
    let now = app.now();
    if known.disabled_at.is_some() || !session::lasts(now, known.started_at, known.used_at) {
        return Err(refused());
    }
    let caller = Caller {
        actor: format!("user:{}", known.user_id),
        role: Role::parse(&known.role).ok_or_else(refused)?,
        messages: known.messages,
        org: known.org,
        user: Some(User {
            user_id: known.user_id,
            name: known.name,
            session: hash,
            csrf: session::csrf(token),
            ends_at: known.started_at + session::LASTS,
        }),
    };
    Ok((caller, known.used_at))
}

async fn by_key(app: &App, headers: &HeaderMap, registry: bool) -> Result<Caller, Problem> {
    let refused = || {
        Problem::new(
            &kinds::UNAUTHORIZED,
            "Nobody is signed in, or the API key is unknown, expired or revoked.",
        )
    };
    let key = clear_key(headers, registry).ok_or_else(refused)?;
    let known = keys::by_hash(app.pg(), &hash(&key))
        .await?
        .ok_or_else(refused)?;
    let now = app.now();
    let ended = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
    if ended(known.expires_at) || ended(known.revoked_at) {
        return Err(refused());
    }
    Ok(Caller {
        actor: format!("key:{}", known.name),
        role: Role::parse(&known.role).ok_or_else(refused)?,
        messages: known.messages,
        org: known.org,
        user: None,
    })
}

/// What is kept of a key, of a session's cookie, of a one-time link.
pub fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

fn clear_key(headers: &HeaderMap, registry: bool) -> Option<String> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let value = all.next()?.to_str().ok()?;
    if all.next().is_some() {
        return None;
    }
    let (scheme, rest) = value.split_once(' ')?;
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if registry && scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        pair.split(':').next()?.to_owned()
    } else {
        return None;
    };
    (key.starts_with(KEY_PREFIX) && key.len() <= KEY_BYTES_MAX).then_some(key)
}
