//! Who calls: an API key, its organisation, role and permission. Sessions of browsers will give
//! the same [`Caller`].

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::kinds;
use super::problem::Problem;
use crate::App;
use crate::pg::keys;

/// Clear keys begin with this.
pub const KEY_PREFIX: &str = "ek_";
/// No key is longer.
const KEY_BYTES_MAX: usize = 128;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Viewer,
    Csr,
    Lead,
    Admin,
    Analyst,
    Ops,
}

impl Role {
    pub const ALL: [Self; 6] = [
        Self::Viewer,
        Self::Csr,
        Self::Lead,
        Self::Admin,
        Self::Analyst,
        Self::Ops,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Csr => "csr",
            Self::Lead => "lead",
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Ops => "ops",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Read the desk.
    Viewer,
    /// Do the desk's work.
    Csr,
    /// Shared lists.
    Lead,
    /// Reports.
    Reports,
    /// Schemas of the topics.
    Schemas,
    /// What was done by whom.
    Audit,
    /// Run the sources.
    Ops,
}

impl Need {
    pub fn met_by(self, role: Role) -> bool {
        use Role::{Admin, Analyst, Csr, Lead, Ops, Viewer};
        match self {
            Self::Viewer => matches!(role, Viewer | Csr | Lead | Admin),
            Self::Csr => matches!(role, Csr | Lead | Admin),
            Self::Lead => matches!(role, Lead | Admin),
            Self::Reports => matches!(role, Lead | Admin | Analyst),
            Self::Schemas => matches!(role, Analyst | Ops | Admin),
            Self::Audit | Self::Ops => matches!(role, Ops | Admin),
        }
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    pub org: String,
    /// `key:<name>`, as it stands in rows and audit.
    pub actor: String,
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
}

impl Caller {
    fn same_rights(&self, other: &Self) -> bool {
        let rights = |of: &Self| (of.role, of.messages);
        (&self.org, &self.actor) == (&other.org, &other.actor) && rights(self) == rights(other)
    }

    /// For colleagues: the actor without what sort it is.
    pub fn name(&self) -> &str {
        let named = self.actor.split_once(':');
        named.map_or(self.actor.as_str(), |(_, name)| name)
    }
}

/// Lets a request through with its [`Caller`], or refuses it.
pub async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if public(request.uri().path()) {
        return next.run(request).await;
    }
    let registry = request.uri().path().starts_with("/registry");
    match identify(&app, request.headers(), registry).await {
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

fn public(path: &str) -> bool {
    path == "/openapi.json" || path == "/problems" || path.starts_with("/problems/")
}

async fn identify(app: &App, headers: &HeaderMap, registry: bool) -> Result<Caller, Problem> {
    let refused = || {
        Problem::new(
            &kinds::UNAUTHORIZED,
            "The API key is missing, unknown, expired or revoked.",
        )
    };
    let key = clear_key(headers, registry).ok_or_else(refused)?;
    let known = keys::by_hash(app.pg(), &hash(&key))
        .await?
        .ok_or_else(refused)?;
    let now = app.now();
    let ended = |at: Option<chrono::DateTime<chrono::Utc>>| at.is_some_and(|at| at <= now);
    if ended(known.expires_at) || ended(known.revoked_at) {
        return Err(refused());
    }
    Ok(Caller {
        actor: format!("key:{}", known.name),
        role: Role::parse(&known.role).ok_or_else(refused)?,
        messages: known.messages,
        org: known.org,
    })
}

/// Whether these headers still say who the caller is, with the same rights. Asked for streams, which
/// outlive their request; it must not lengthen a session.
pub async fn still(app: &App, headers: &HeaderMap, caller: &Caller) -> Result<bool, Problem> {
    match identify(app, headers, false).await {
        Ok(now) => Ok(now.same_rights(caller)),
        Err(problem) if problem.kind == &kinds::UNAUTHORIZED => Ok(false),
        Err(problem) => Err(problem),
    }
}

/// What is kept of a key.
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

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        pub struct $name(pub Caller);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                allowed(parts, Need::$name).map(Self)
            }
        }
    )+};
}

needs! {
    /// Asks for the right to read the desk.
    Viewer;
    /// Asks for the right to do the desk's work.
    Csr;
    /// Asks for the right to change shared lists.
    Lead;
    /// Asks for the right to read reports.
    Reports;
    /// Asks for the right to read schemas.
    Schemas;
    /// Asks for the right to read the audit.
    Audit;
    /// Asks for the right to run the sources.
    Ops;
}

fn allowed(parts: &Parts, need: Need) -> Result<Caller, Problem> {
    let caller = parts
        .extensions
        .get::<Caller>()
        .ok_or_else(|| Problem::new(&kinds::UNAUTHORIZED, "The API key is missing."))?;
    if need.met_by(caller.role) {
        return Ok(caller.clone());
    }
    let detail = format!("The role {} may not do this.", caller.role.as_str());
    Err(Problem::new(&kinds::FORBIDDEN, detail))
}
