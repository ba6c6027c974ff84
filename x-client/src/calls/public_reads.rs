//! Reading posts: by id, mentions, own posts, search.

use chrono::{DateTime, SecondsFormat, Utc};

use super::answer::{Lookup, Page};
use super::model::Post;
use super::users::joined;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Billed, Call};
use crate::ids::{PostId, UserId};

/// Which page of a timeline. Pages are newest first; keep `since_id` while following
/// `pagination_token` to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimelinePage {
    /// Newer than this.
    pub since_id: Option<PostId>,
    /// Older than this.
    pub until_id: Option<PostId>,
    /// From this time on.
    pub start_time: Option<DateTime<Utc>>,
    /// Before this time.
    pub end_time: Option<DateTime<Utc>>,
    /// Posts of a page, 5 to 100; X's default is 10.
    pub max_results: Option<u32>,
    /// [`next_token`](super::Meta::next_token) of the page before.
    pub pagination_token: Option<String>,
}

/// Which page of a search over seven days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// In X's search language; 512 characters on self-serve tiers.
    pub query: String,
    /// Newer than this.
    pub since_id: Option<PostId>,
    /// Older than this.
    pub until_id: Option<PostId>,
    /// From this time on.
    pub start_time: Option<DateTime<Utc>>,
    /// Before this time.
    pub end_time: Option<DateTime<Utc>>,
    /// Posts of a page, 10 to 100; X's default is 10.
    pub max_results: Option<u32>,
    /// [`next_token`](super::Meta::next_token) of the page before.
    pub next_token: Option<String>,
}

impl SearchPage {
    /// The first page.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            since_id: None,
            until_id: None,
            start_time: None,
            end_time: None,
            max_results: None,
            next_token: None,
        }
    }
}

impl Client {
    /// Posts by id, up to 100, in their newest versions. Those that are gone are
    /// [`missing`](Lookup::missing).
    pub async fn posts(&self, ids: &[PostId]) -> Result<Lookup<Post>, Error> {
        let endpoint = Endpoint::PostsLookup;
        let call = Call::plain(endpoint).query("ids", joined(endpoint, ids)?);
        Lookup::read(&self.call(call.post_fields().billed(Billed::Posts)).await?)
    }

    /// A page of posts that mention a user; X keeps the newest 800.
    pub async fn mentions(&self, user: &UserId, page: &TimelinePage) -> Result<Page<Post>, Error> {
        self.timeline(
            Endpoint::UsersMentions,
            format!("/2/users/{user}/mentions"),
            page,
        )
        .await
    }

    /// A page of a user's own posts: where a reply with an unknown outcome is looked for.
    pub async fn posts_of(&self, user: &UserId, page: &TimelinePage) -> Result<Page<Post>, Error> {
        self.timeline(
            Endpoint::UsersPosts,
            format!("/2/users/{user}/tweets"),
            page,
        )
        .await
    }

    /// A page of a search.
    pub async fn search(&self, page: &SearchPage) -> Result<Page<Post>, Error> {
        let call = Call::plain(Endpoint::SearchRecent)
            .query("query", &page.query)
            .query_if("since_id", page.since_id.as_ref())
            .query_if("until_id", page.until_id.as_ref())
            .query_if("start_time", page.start_time.map(time))
            .query_if("end_time", page.end_time.map(time))
            .query_if("max_results", page.max_results.map(|n| n.clamp(10, 100)))
            .query_if("next_token", page.next_token.as_ref());
        Page::read(&self.call(call.post_fields().billed(Billed::Posts)).await?)
    }

    async fn timeline(
        &self,
        endpoint: Endpoint,
        path: String,
        page: &TimelinePage,
    ) -> Result<Page<Post>, Error> {
        let call = Call::new(endpoint, path)
            .query_if("since_id", page.since_id.as_ref())
            .query_if("until_id", page.until_id.as_ref())
            .query_if("start_time", page.start_time.map(time))
            .query_if("end_time", page.end_time.map(time))
            .query_if("max_results", page.max_results.map(|n| n.clamp(5, 100)))
            .query_if("pagination_token", page.pagination_token.as_ref());
        Page::read(&self.call(call.post_fields().billed(Billed::Posts)).await?)
    }
}

/// A time as X takes it: whole seconds.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
