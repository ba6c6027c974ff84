//! Users and their sessions.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Org;
use crate::http::auth::Role;
use crate::pg::users;

/// Who used the desk within this time is at it.
const ONLINE: TimeDelta = TimeDelta::minutes(5);

/// Who is signed in, where, and until when.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub user: Me,
    pub org: SessionOrg,
    /// Sent as `X-CSRF-Token` with each write.
    pub csrf: String,
    /// The session ends then, or 60 minutes after its last use.
    pub expires_at: DateTime<Utc>,
}

/// The user who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    pub user_id: Uuid,
    pub name: String,
    pub email: String,
    #[schema(inline)]
    pub role: Option<Role>,
    /// May read private messages.
    pub messages: bool,
    /// IANA name; the organisation's if null.
    pub time_zone: Option<String>,
    /// What the desk keeps for the user.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
}

impl From<users::User> for Me {
    fn from(user: users::User) -> Self {
        Self {
            user_id: user.user_id,
            name: user.name,
            email: user.email.unwrap_or_default(),
            role: Role::parse(&user.role),
            messages: user.messages,
            time_zone: user.time_zone,
            settings: user.settings,
        }
    }
}

/// What the desk must know of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionOrg {
    pub org: String,
    pub time_zone: String,
    /// A reply can be taken back this long, seconds.
    pub undo_send_s: u32,
    /// An item should be answered within, minutes.
    pub wait_target_min: u32,
    /// A gap in a thread longer than this draws a divider, days.
    pub reopen_days: u32,
    /// A case needs a reason code.
    pub require_reason: bool,
    /// A CSR may create a customer.
    pub customer_create: bool,
    /// Reposts need an answer too.
    pub reposts_active: bool,
    pub handles: Vec<SessionHandle>,
}

/// An X account of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionHandle {
    /// X user id, if it is known.
    pub account: Option<String>,
    pub handle: String,
}

impl SessionOrg {
    pub fn of(name: &str, org: &Org) -> Self {
        let settings = org.settings();
        let accounts = org.config().map(|config| config.accounts.as_slice());
        Self {
            org: name.to_owned(),
            time_zone: settings.time_zone.name().to_owned(),
            undo_send_s: settings.undo_send_s,
            wait_target_min: settings.wait_target_min,
            reopen_days: settings.reopen_days,
            require_reason: settings.require_reason,
            customer_create: settings.customer_create,
            reposts_active: settings.reposts_active,
            handles: accounts
                .unwrap_or_default()
                .iter()
                .map(|account| SessionHandle {
                    account: account.x_id.clone(),
                    handle: account.page_id.clone(),
                })
                .collect(),
        }
    }
}

/// A user, as colleagues see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    pub user_id: Uuid,
    pub name: String,
    /// Used the desk within the last 5 minutes.
    pub online: bool,
    /// For administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<UserAccount>,
}

/// A user, as administrators see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAccount {
    pub email: String,
    #[schema(inline)]
    pub role: Option<Role>,
    /// May read private messages.
    pub messages: bool,
    pub disabled: bool,
    /// There is a password: the one-time link was followed.
    pub ready: bool,
    /// A one-time link works until then.
    pub link_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Newest use of a session that has not ended.
    pub used_at: Option<DateTime<Utc>>,
}

impl User {
    /// As colleagues see it, or with everything.
    pub fn of(user: users::User, whole: bool, now: DateTime<Utc>) -> Self {
        let enabled = user.disabled_at.is_none();
        Self {
            user_id: user.user_id,
            online: enabled && user.used_at.is_some_and(|at| now < at + ONLINE),
            account: whole.then(|| UserAccount {
                email: user.email.unwrap_or_default(),
                role: Role::parse(&user.role),
                messages: user.messages,
                disabled: !enabled,
                ready: user.password.is_some(),
                link_until: user.welcome_until.filter(|until| now < *until),
                created_at: user.created_at,
                used_at: user.used_at,
            }),
            name: user.name,
        }
    }
}
