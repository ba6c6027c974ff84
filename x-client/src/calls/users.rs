//! Users: the account itself, others by id or handle.

use super::answer::{Lookup, Page, Raw};
use super::model::User;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Billed, Call};
use crate::ids::{Handle, UserId};

/// Ids or names of one look-up.
pub(super) const LOOKUP_MAX: usize = 100;

impl Client {
    /// Who the account is: checks the keys, and tells its numeric id and handle.
    pub async fn me(&self) -> Result<Raw<User>, Error> {
        let call = Call::plain(Endpoint::UsersMe)
            .user_fields()
            .billed(Billed::Users);
        let answer = self.call(call).await?;
        let page: Page<User> = Page::read(&answer)?;
        page.items
            .into_iter()
            .next()
            .ok_or_else(|| answer.nothing())
    }

    /// Users by id, up to 100.
    pub async fn users(&self, ids: &[UserId]) -> Result<Lookup<User>, Error> {
        self.look_up_users(Endpoint::UsersLookup, "ids", ids, false)
            .await
    }

    /// Users by id, up to 100, with whether the account may send them private messages: asked of
    /// the account, so not for the app alone.
    pub async fn users_with_dm(&self, ids: &[UserId]) -> Result<Lookup<User>, Error> {
        self.look_up_users(Endpoint::UsersLookup, "ids", ids, true)
            .await
    }

    /// Users by handle, up to 100.
    pub async fn users_by(&self, handles: &[Handle]) -> Result<Lookup<User>, Error> {
        self.look_up_users(Endpoint::UsersBy, "usernames", handles, false)
            .await
    }

    async fn look_up_users<T: ToString>(
        &self,
        endpoint: Endpoint,
        name: &str,
        keys: &[T],
        dm: bool,
    ) -> Result<Lookup<User>, Error> {
        let call = Call::plain(endpoint).query(name, joined(endpoint, keys)?);
        let call = if dm {
            call.user_fields_with_dm()
        } else {
            call.user_fields()
        };
        Lookup::read(&self.call(call.billed(Billed::Users)).await?)
    }
}

/// A list as a parameter; X takes 1 to 100.
pub(super) fn joined<T: ToString>(endpoint: Endpoint, keys: &[T]) -> Result<String, Error> {
    if !(1..=LOOKUP_MAX).contains(&keys.len()) {
        return Err(Error::invalid(
            endpoint,
            format!("{} asked for, 1 to {LOOKUP_MAX} at once", keys.len()),
        ));
    }
    Ok(keys
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(","))
}
