//! The endpoints: who may call each, how often, and what answers it.

use std::{future::Future, pin::Pin};

use axum::http::Method;

use super::{
    call::{Answer, Call},
    caller::{Caller, Mode},
    knobs::{Knobs, Permission},
    limits::{Charge, DAY, Holder, QUARTER},
};
use crate::payload::Dialect;

pub(crate) type Later = Pin<Box<dyn Future<Output = Answer> + Send>>;

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Now(fn(&Call) -> Answer),
    Later(fn(Call) -> Later),
}

/// Requests in 15 minutes and in a day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Budget {
    pub quarter: Option<u64>,
    pub day: Option<u64>,
}

pub(crate) struct Endpoint {
    /// `POST /2/tweets`, with `:id` where the path has one.
    pub name: &'static str,
    pub modes: &'static [Mode],
    pub scopes: &'static [&'static str],
    pub permission: Permission,
    pub app: Budget,
    pub user: Budget,
    /// Endpoints of one bucket are counted together.
    pub bucket: &'static str,
    pub handler: Handler,
}

pub(crate) const APP: &[Mode] = &[Mode::AppOnly];
pub(crate) const USER: &[Mode] = &[Mode::OAuth1, Mode::OAuth2];
pub(crate) const APP_OR_OAUTH1: &[Mode] = &[Mode::AppOnly, Mode::OAuth1];
pub(crate) const ANY: &[Mode] = &[Mode::AppOnly, Mode::OAuth1, Mode::OAuth2];

impl Endpoint {
    const fn new(name: &'static str, modes: &'static [Mode], handler: Handler) -> Self {
        let none = Budget {
            quarter: None,
            day: None,
        };
        Self {
            name,
            modes,
            scopes: &[],
            permission: Permission::Read,
            app: none,
            user: none,
            bucket: name,
            handler,
        }
    }

    pub(crate) const fn now(
        name: &'static str,
        modes: &'static [Mode],
        handler: fn(&Call) -> Answer,
    ) -> Self {
        Self::new(name, modes, Handler::Now(handler))
    }

    pub(crate) const fn later(
        name: &'static str,
        modes: &'static [Mode],
        handler: fn(Call) -> Later,
    ) -> Self {
        Self::new(name, modes, Handler::Later(handler))
    }

    pub(crate) const fn needs(
        mut self,
        scopes: &'static [&'static str],
        permission: Permission,
    ) -> Self {
        self.scopes = scopes;
        self.permission = permission;
        self
    }

    /// Budgets in 15 minutes, of an app and of a user; 0 is none.
    pub(crate) const fn quarter(mut self, app: u64, user: u64) -> Self {
        self.app.quarter = some(app);
        self.user.quarter = some(user);
        self
    }

    pub(crate) const fn day(mut self, app: u64, user: u64) -> Self {
        self.app.day = some(app);
        self.user.day = some(user);
        self
    }

    pub(crate) const fn bucket(mut self, bucket: &'static str) -> Self {
        self.bucket = bucket;
        self
    }

    pub(crate) fn method(&self) -> Method {
        let method = self.name.split(' ').next().unwrap_or_default();
        method.parse().unwrap_or(Method::GET)
    }

    /// The path as the router writes it: `:id` becomes `{id}`.
    pub(crate) fn path(&self) -> String {
        let path = self.name.split(' ').nth(1).unwrap_or_default();
        let parts = path.split('/').map(|part| match part.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The windows that a request of this caller is counted in. The 15 minutes are the app's or
    /// the user's, by the kind of authentication; the days are both's.
    pub(crate) fn charges(&self, caller: &Caller, knobs: &Knobs, dialect: &Dialect) -> Vec<Charge> {
        if !knobs.rate_limits {
            return Vec::new();
        }
        let app = Holder::App(caller.app);
        let user = caller.user.map(|user| Holder::User {
            app: caller.app,
            user,
        });
        let written = if user.is_some() { self.user } else { self.app };
        let limit = match knobs.budgets.get(self.name) {
            Some(limit) => Some(*limit),
            None => self.other_side(dialect).or(written.quarter),
        };
        let charge = |holder: Option<Holder>, seconds, limit: Option<u64>| {
            Some(Charge {
                holder: holder?,
                bucket: self.bucket,
                seconds,
                limit: limit?,
            })
        };
        let three_hours = dialect.post_limit_200 && self.name == "POST /2/tweets";
        [
            charge(user.or(Some(app)), QUARTER, limit),
            charge(Some(app), DAY, self.app.day),
            charge(user, DAY, self.user.day),
            charge(user, 3 * 60 * 60, three_hours.then_some(300)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Budgets for which X has published a second figure.
    fn other_side(&self, dialect: &Dialect) -> Option<u64> {
        let dm_lookup = self.bucket.starts_with("dm-lookup");
        match self.name {
            "POST /2/tweets" if dialect.post_limit_200 => Some(200),
            _ if dialect.dm_lookup_limit_300 && dm_lookup => Some(300),
            _ => None,
        }
    }
}

const fn some(limit: u64) -> Option<u64> {
    if limit == 0 { None } else { Some(limit) }
}
