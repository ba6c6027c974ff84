//! Users: what `earshot users` and the routes of administrators do alike.

use chrono::{DateTime, TimeDelta, Utc};
use runtime::clock::Clock;
use runtime::stage::StageError;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::http::auth::Role;
use crate::http::identity::hash;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::users::{Change, NewUser};
use crate::pg::{audit, sessions, users, work};
use crate::signin::passwords::{self, Passwords};
pub use crate::signin::session::mint;

/// A one-time link works so long.
const LINK_LASTS: TimeDelta = TimeDelta::days(3);
/// Bytes of a mail address.
const EMAIL_BYTES_MAX: usize = 254;
/// Characters of a name.
pub(crate) const NAME_CHARS_MAX: usize = 100;

/// Why a user was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("`{0}` is not a mail address")]
    Email(String),
    #[error("a name has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    #[error(
        "a password has {} to {} characters",
        passwords::CHARS_MIN,
        passwords::CHARS_MAX
    )]
    Password,
    #[error("somebody has that mail address already")]
    Taken,
    #[error("there is no such user")]
    Unknown,
    #[error("the organisation would be left without an administrator")]
    LastAdmin,
    #[error("database")]
    Database(#[from] StageError),
}

impl From<sqlx::Error> for UserError {
    fn from(error: sqlx::Error) -> Self {
        let error_of_database = error.as_database_error();
        if error_of_database.is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
            return Self::Taken;
        }
        Self::Database(runtime::pg::classify(error))
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        let said = format!("{error}.");
        match error {
            UserError::Email(_) => Self::value("/email", said),
            UserError::Name => Self::value("/name", said),
            UserError::Password => Self::value("/password", said),
            UserError::Taken => Self::new(&kinds::EXISTS, said).at("/email", "taken", "taken"),
            UserError::Unknown => Self::not_found("user"),
            UserError::LastAdmin => Self::new(&kinds::LAST_ADMIN, said),
            UserError::Database(error) => error.into(),
        }
    }
}

/// A user to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    /// May read private messages.
    pub messages: bool,
}

/// What is to change of a user's rights; what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rights {
    pub role: Option<Role>,
    pub messages: Option<bool>,
    pub disabled: Option<bool>,
}

/// A mail address as it is kept and compared.
pub(crate) fn email(text: &str) -> Result<String, UserError> {
    let kept = text.trim().to_lowercase();
    let parts = kept.split_once('@');
    let whole = parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && host.is_ascii()
    });
    let clear = !kept.chars().any(|c| c.is_whitespace() || c.is_control());
    if whole && clear && kept.len() <= EMAIL_BYTES_MAX {
        return Ok(kept);
    }
    Err(UserError::Email(
        text.chars().take(EMAIL_BYTES_MAX).collect(),
    ))
}

pub(crate) fn name(text: &str) -> Result<&str, UserError> {
    let name = text.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    let clear = !name.chars().any(char::is_control);
    (fits && clear).then_some(name).ok_or(UserError::Name)
}

/// Where the desk takes a one-time link, below its address.
pub fn link(token: &SecretString) -> String {
    format!("/welcome#{}", token.expose_secret())
}

/// Adds a user, who is let in by the one-time link of a minted token.
pub(crate) async fn add(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    wanted: Wanted<'_>,
    token: &SecretString,
    now: DateTime<Utc>,
) -> Result<Uuid, UserError> {
    let user = NewUser {
        user_id: Uuid::now_v7(),
        email: &email(wanted.email)?,
        name: name(wanted.name)?,
        role: wanted.role.as_str(),
        messages: wanted.messages,
    };
    users::insert(connection, (org, by), &user, now).await?;
    let until = now + LINK_LASTS;
    let link = (hash(token.expose_secret()), until);
    users::set_welcome(connection, (org, user.user_id), (&link.0, link.1)).await?;
    let detail = json!({ "role": user.role, "messages": user.messages });
    note(
        connection,
        (org, by),
        ("user.create", user.user_id),
        detail,
        now,
    )
    .await?;
    Ok(user.user_id)
}

/// Gives a user a new one-time link; when it ends.
pub(crate) async fn invite(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    user: Uuid,
    token: &SecretString,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, UserError> {
    let known = users::load(connection, org, user).await?;
    known.ok_or(UserError::Unknown)?;
    let until = now + LINK_LASTS;
    let hash = hash(token.expose_secret());
    users::set_welcome(connection, (org, user), (&hash, until)).await?;
    note(connection, (org, by), ("user.link", user), json!({}), now).await?;
    Ok(until)
}

/// Changes a user. Sessions end where rights do.
pub(crate) async fn change(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    user: Uuid,
    mut change: Change<'_>,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    let admins = users::lock_admins(connection, org).await?;
    let known = users::load(connection, org, user).await?;
    let known = known.ok_or(UserError::Unknown)?;
    let kept = change.email.map(email).transpose()?;
    change.email = kept.as_deref();
    change.name = change.name.map(name).transpose()?;
    let leaves = change.disabled == Some(true) || change.role.is_some_and(|role| role != "admin");
    if leaves && admins == [user] {
        return Err(UserError::LastAdmin);
    }
    users::change(connection, (org, user), change, now).await?;
    let differs = change.role.is_some_and(|role| role != known.role)
        || change
            .messages
            .is_some_and(|messages| messages != known.messages)
        || change.disabled == Some(true);
    if differs {
        sessions::end_all(connection, (org, user), None).await?;
    }
    if change.disabled == Some(true) {
        work::unassign(connection, (org, by), user, now).await?;
    }
    let detail = json!({
        "name": change.name, "role": change.role, "messages": change.messages,
        "disabled": change.disabled, "email": change.email.map(|_| "changed"),
    });
    note(connection, (org, by), ("user.change", user), detail, now).await
}

/// Deletes a user; the name stays where they worked.
pub(crate) async fn remove(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    let admins = users::lock_admins(connection, org).await?;
    let known = users::load(connection, org, user).await?;
    known.ok_or(UserError::Unknown)?;
    if admins == [user] {
        return Err(UserError::LastAdmin);
    }
    users::forget(connection, (org, user), now).await?;
    work::unassign(connection, (org, by), user, now).await?;
    sessions::end_all(connection, (org, user), None).await?;
    note(connection, (org, by), ("user.delete", user), json!({}), now).await
}

/// Keeps a new password; ends the user's sessions but the one to be kept.
pub(crate) async fn keep_password(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    (user, kept): (Uuid, Option<&[u8]>),
    password: &str,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    users::set_password(connection, (org, user), password).await?;
    sessions::end_all(connection, (org, user), kept).await?;
    note(
        connection,
        (org, by),
        ("user.password", user),
        json!({}),
        now,
    )
    .await
}

async fn note(
    connection: &mut PgConnection,
    who: (&str, &str),
    (action, user): (&str, Uuid),
    detail: serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    let subject = format!("user:{user}");
    audit::write(connection, who, (action, &subject), &detail, now).await?;
    Ok(())
}

/// The users of an installation, for its operator.
pub struct Directory<'a> {
    pub pool: &'a PgPool,
    pub clock: &'a Clock,
    /// Who works, for the audit.
    pub by: &'a str,
}

/// A user, as an operator sees them.
#[derive(Debug)]
pub struct Listed {
    pub email: String,
    pub name: String,
    pub role: String,
    pub messages: bool,
    pub disabled: bool,
    /// There is a password.
    pub ready: bool,
}

impl Directory<'_> {
    /// Adds a user, let in by the one-time link of a minted token; its path.
    pub async fn add(
        &self,
        org: &str,
        wanted: Wanted<'_>,
        token: &SecretString,
    ) -> Result<String, UserError> {
        let mut scope = runtime::pg::begin(self.pool, &[org]).await?;
        add(&mut scope, (org, self.by), wanted, token, self.clock.now()).await?;
        scope.commit().await?;
        Ok(link(token))
    }

    /// A new one-time link for a user, of a minted token; its path.
    pub async fn invite(&self, email: &str, token: &SecretString) -> Result<String, UserError> {
        let (org, user) = self.find(email).await?;
        let mut scope = runtime::pg::begin(self.pool, &[&org]).await?;
        invite(&mut scope, (&org, self.by), user, token, self.clock.now()).await?;
        scope.commit().await?;
        Ok(link(token))
    }

    /// Gives a user a password.
    pub async fn set_password(&self, email: &str, password: SecretString) -> Result<(), UserError> {
        passwords::check("", &password).map_err(|_| UserError::Password)?;
        let (org, user) = self.find(email).await?;
        let kept = Passwords::default().hash(password).await;
        let kept = kept.map_err(|_| UserError::Password)?;
        let mut scope = runtime::pg::begin(self.pool, &[&org]).await?;
        let (who, whom) = ((org.as_str(), self.by), (user, None));
        keep_password(&mut scope, who, whom, &kept, self.clock.now()).await?;
        scope.commit().await?;
        Ok(())
    }

    /// Changes a user's rights.
    pub async fn set_rights(&self, email: &str, rights: Rights) -> Result<(), UserError> {
        let (org, user) = self.find(email).await?;
        let wanted = Change {
            role: rights.role.map(Role::as_str),
            messages: rights.messages,
            disabled: rights.disabled,
            ..Change::default()
        };
        let mut scope = runtime::pg::begin(self.pool, &[&org]).await?;
        change(&mut scope, (&org, self.by), user, wanted, self.clock.now()).await?;
        scope.commit().await?;
        Ok(())
    }

    /// The users of an organisation, by name.
    pub async fn list(&self, org: &str) -> Result<Vec<Listed>, UserError> {
        let mut scope = runtime::pg::begin(self.pool, &[org]).await?;
        let filter = users::Filter {
            disabled: true,
            ..users::Filter::default()
        };
        let found = users::page(&mut scope, org, filter, i64::MAX).await?;
        scope.commit().await?;
        let listed = found.into_iter().map(|user| Listed {
            email: user.email.unwrap_or_default(),
            name: user.name,
            role: user.role,
            messages: user.messages,
            disabled: user.disabled_at.is_some(),
            ready: user.password.is_some(),
        });
        Ok(listed.collect())
    }

    async fn find(&self, text: &str) -> Result<(String, Uuid), UserError> {
        let known = users::by_email(self.pool, &email(text)?).await?;
        let known = known.ok_or(UserError::Unknown)?;
        Ok((known.org, known.user_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(
            email(" Dana@Northwind.Example ").unwrap(),
            "dana@northwind.example"
        );
        for wrong in [
            "",
            "dana",
            "@x.example",
            "dana@",
            "a@b@c",
            "d ana@x.example",
        ] {
            email(wrong).unwrap_err();
        }
        assert_eq!(name("  Dana Ortiz ").unwrap(), "Dana Ortiz");
        name(" ").unwrap_err();
        name("a\nb").unwrap_err();
    }
}
