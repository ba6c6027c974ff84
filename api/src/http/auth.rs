//! Who calls, and whether that is enough: a key or a user, its organisation, role and permission.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::kinds;
use super::problem::Problem;

/// What a key or a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
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
    /// How the channels stand.
    Channels,
    /// What an operator does.
    Ops,
    /// Users and keys.
    Admin,
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
            Self::Channels => matches!(role, Viewer | Csr | Lead | Admin | Ops),
            Self::Admin => role == Admin,
        }
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    pub org: String,
    /// `key:<name>` or `user:<id>`, as it stands in rows and audit.
    pub actor: String,
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
    /// Who it is, if it is not a key.
    pub user: Option<User>,
}

/// A user who is signed in.
#[derive(Debug, Clone)]
pub struct User {
    pub user_id: Uuid,
    pub name: String,
    /// Hash of the session's cookie.
    pub session: Vec<u8>,
    /// What a write must say in `X-CSRF-Token`.
    pub csrf: String,
    /// When the session ends, however it is used.
    pub ends_at: DateTime<Utc>,
}

impl Caller {
    /// Whether it is the same caller, who may the same.
    pub fn same_rights(&self, other: &Self) -> bool {
        let rights = |of: &Self| (of.role, of.messages);
        (&self.org, &self.actor) == (&other.org, &other.actor) && rights(self) == rights(other)
    }

    /// For colleagues: the user's name, or the key's.
    pub fn name(&self) -> &str {
        let key = self.actor.strip_prefix("key:").unwrap_or(&self.actor);
        self.user.as_ref().map_or(key, |user| user.name.as_str())
    }
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
    /// Asks for the right to see how the channels stand.
    Channels;
    /// Asks for the right to do what an operator does.
    Ops;
    /// Asks for the right to make users and keys.
    Admin;
}

/// Asks for a user, whatever their role: keys have no session, no settings, no drafts.
pub struct SignedIn(pub Caller, pub User);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = caller(parts)?;
        let user = caller.user.clone().ok_or_else(|| {
            Problem::new(
                &kinds::FORBIDDEN,
                "This is for users who sign in, not for keys.",
            )
        })?;
        Ok(Self(caller.clone(), user))
    }
}

fn caller(parts: &Parts) -> Result<&Caller, Problem> {
    let missing = || Problem::new(&kinds::UNAUTHORIZED, "Nobody is signed in.");
    parts.extensions.get::<Caller>().ok_or_else(missing)
}

fn allowed(parts: &Parts, need: Need) -> Result<Caller, Problem> {
    let caller = caller(parts)?;
    if need.met_by(caller.role) {
        return Ok(caller.clone());
    }
    let detail = format!("The role {} may not do this.", caller.role.as_str());
    Err(Problem::new(&kinds::FORBIDDEN, detail))
}
