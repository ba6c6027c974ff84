//! The authenticated caller, and whether an endpoint takes them.

use axum::http::StatusCode;

use super::{
    endpoint::Endpoint,
    errors::ApiError,
    knobs::{Permission, Tier},
};
use crate::id::XId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    AppOnly,
    OAuth1,
    OAuth2,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::AppOnly => "OAuth 2.0 Application-Only",
            Self::OAuth1 => "OAuth 1.0a User Context",
            Self::OAuth2 => "OAuth 2.0 User Context",
        }
    }
}

/// The authenticated caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub app: XId,
    pub tier: Tier,
    pub mode: Mode,
    /// Set in both user contexts.
    pub user: Option<XId>,
    pub(super) permission: Permission,
    pub(super) scopes: Vec<String>,
}

impl Caller {
    /// The user; endpoints that need one have refused everybody else.
    pub(crate) fn me(&self) -> Result<XId, ApiError> {
        self.user.ok_or_else(ApiError::unauthorized)
    }

    pub(crate) fn has(&self, scope: &str, permission: Permission) -> bool {
        match self.mode {
            Mode::AppOnly => false,
            Mode::OAuth1 => self.permission >= permission,
            Mode::OAuth2 => self.scopes.iter().any(|held| held == scope),
        }
    }
}

/// Whether the endpoint takes this kind of authentication, and the token allows it.
pub(crate) fn authorise(caller: &Caller, endpoint: &Endpoint) -> Result<(), ApiError> {
    if !endpoint.modes.contains(&caller.mode) {
        let taken: Vec<&str> = endpoint.modes.iter().map(|mode| mode.name()).collect();
        let detail = format!(
            "Authenticating with {} is forbidden for this endpoint. \
             Supported authentication types are [{}].",
            caller.mode.name(),
            taken.join(", ")
        );
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "Unsupported Authentication",
            Some("unsupported-authentication"),
            detail,
        ));
    }
    let lacking = |scope: &&&str| !caller.has(scope, Permission::Read);
    match caller.mode {
        Mode::OAuth1 if caller.permission < endpoint.permission => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
            Some("oauth1-permissions"),
            "Your client app is not configured with the appropriate oauth1 app permissions for \
             this endpoint.",
        )),
        Mode::AppOnly | Mode::OAuth1 => Ok(()),
        Mode::OAuth2 => match endpoint.scopes.iter().find(lacking) {
            Some(scope) => Err(ApiError::forbidden(format!(
                "The token lacks the scope {scope}, which this endpoint needs."
            ))),
            None => Ok(()),
        },
    }
}
