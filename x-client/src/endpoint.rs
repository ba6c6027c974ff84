//! The endpoints that are called: name, method, how a call is authorised by default, and whether
//! it may be repeated. One row for each; configuration, budgets, usage and metrics share the names.

use std::fmt;
use std::str::FromStr;

use reqwest::Method;

use crate::auth::AuthMode::{self, AppOnly, OAuth1User, OAuth2User};

/// What an endpoint is.
#[derive(Debug, Clone, Copy)]
struct Row {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    auth: AuthMode,
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident: $name:literal, $method:literal $path:literal, $auth:ident;)*) => {
        /// An endpoint of X API v2.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* $variant,)*
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row { name: $name, method: $method, path: $path, auth: $auth },)*
                }
            }
        }
    };
}

endpoints! {
    /// Who the account is.
    UsersMe: "users.me", "GET" "/2/users/me", OAuth1User;
    /// Users by id, up to 100.
    UsersLookup: "users.lookup", "GET" "/2/users", OAuth1User;
    /// Users by handle, up to 100.
    UsersBy: "users.by", "GET" "/2/users/by", OAuth1User;
    /// Posts by id, up to 100; says which are gone.
    PostsLookup: "posts.lookup", "GET" "/2/tweets", OAuth1User;
    /// A user's own posts.
    UsersPosts: "users.posts", "GET" "/2/users/:id/tweets", OAuth1User;
    /// Posts that mention a user.
    UsersMentions: "users.mentions", "GET" "/2/users/:id/mentions", OAuth1User;
    /// Search over seven days.
    SearchRecent: "search.recent", "GET" "/2/tweets/search/recent", OAuth1User;
    /// All private events of the account.
    DmEvents: "dm_events.list", "GET" "/2/dm_events", OAuth1User;
    /// Private events with one user.
    DmEventsWith: "dm_events.with", "GET" "/2/dm_conversations/with/:participant_id/dm_events", OAuth1User;
    /// Private events of one conversation.
    DmEventsConversation: "dm_events.conversation", "GET" "/2/dm_conversations/:id/dm_events", OAuth1User;
    /// One private event.
    DmEventsGet: "dm_events.get", "GET" "/2/dm_events/:event_id", OAuth1User;
    /// Bytes of a picture of a private message.
    DmMediaGet: "dm_media.get", "GET" "/2/dm_conversations/media/:dm_id/:media_id/:resource_id", OAuth2User;
    /// Publishes a post.
    PostsCreate: "posts.create", "POST" "/2/tweets", OAuth1User;
    /// Deletes an own post.
    PostsDelete: "posts.delete", "DELETE" "/2/tweets/:id", OAuth1User;
    /// Sends a private message, to a user or into a conversation: X counts all forms together.
    DmSend: "dm.send", "POST" "/2/dm_conversations/with/:participant_id/messages", OAuth1User;
    /// Deletes a private event, for the caller alone.
    DmDelete: "dm.delete", "DELETE" "/2/dm_events/:event_id", OAuth1User;
    /// Likes a post.
    LikesCreate: "likes.create", "POST" "/2/users/:id/likes", OAuth1User;
    /// Takes a like back.
    LikesDelete: "likes.delete", "DELETE" "/2/users/:id/likes/:tweet_id", OAuth1User;
    /// Uploads media in one request.
    MediaUpload: "media.upload", "POST" "/2/media/upload", OAuth1User;
    /// Begins an upload in parts.
    MediaInitialize: "media.initialize", "POST" "/2/media/upload/initialize", OAuth1User;
    /// Uploads a part.
    MediaAppend: "media.append", "POST" "/2/media/upload/:id/append", OAuth1User;
    /// Ends an upload in parts.
    MediaFinalize: "media.finalize", "POST" "/2/media/upload/:id/finalize", OAuth1User;
    /// How far X is with processing.
    MediaStatus: "media.status", "GET" "/2/media/upload", OAuth1User;
    /// Sets alternative text.
    MediaMetadata: "media.metadata", "POST" "/2/media/metadata", OAuth1User;
    /// Registers a webhook; X sends a challenge at once.
    WebhooksCreate: "webhooks.create", "POST" "/2/webhooks", AppOnly;
    /// Registered webhooks.
    WebhooksList: "webhooks.list", "GET" "/2/webhooks", AppOnly;
    /// Removes a webhook.
    WebhooksDelete: "webhooks.delete", "DELETE" "/2/webhooks/:id", AppOnly;
    /// Has X challenge a webhook again.
    WebhooksValidate: "webhooks.validate", "PUT" "/2/webhooks/:id", AppOnly;
    /// Has X deliver again what it delivered within a day.
    WebhooksReplay: "webhooks.replay", "POST" "/2/webhooks/replay", AppOnly;
    /// Subscribes to an event of the X Activity API.
    ActivityCreate: "activity.create", "POST" "/2/activity/subscriptions", OAuth1User;
    /// Subscriptions of the X Activity API.
    ActivityList: "activity.list", "GET" "/2/activity/subscriptions", AppOnly;
    /// Changes tag or webhook of a subscription.
    ActivityUpdate: "activity.update", "PUT" "/2/activity/subscriptions/:id", AppOnly;
    /// Ends a subscription.
    ActivityDelete: "activity.delete", "DELETE" "/2/activity/subscriptions/:id", AppOnly;
    /// Subscribes the account to a webhook by the Account Activity API.
    AccountActivityCreate: "account_activity.create", "POST" "/2/account_activity/webhooks/:webhook_id/subscriptions/all", OAuth1User;
    /// Whether the account is subscribed.
    AccountActivityGet: "account_activity.get", "GET" "/2/account_activity/webhooks/:webhook_id/subscriptions/all", OAuth1User;
    /// Accounts subscribed to a webhook.
    AccountActivityList: "account_activity.list", "GET" "/2/account_activity/webhooks/:webhook_id/subscriptions/all/list", AppOnly;
    /// Ends an account's subscription.
    AccountActivityDelete: "account_activity.delete", "DELETE" "/2/account_activity/webhooks/:webhook_id/subscriptions/:user_id/all", AppOnly;
    /// How many subscriptions there are and may be.
    AccountActivityCount: "account_activity.count", "GET" "/2/account_activity/subscriptions/count", AppOnly;
    /// Rules of the filtered stream.
    RulesList: "rules.list", "GET" "/2/tweets/search/stream/rules", AppOnly;
    /// Adds or deletes rules.
    RulesUpdate: "rules.update", "POST" "/2/tweets/search/stream/rules", AppOnly;
    /// Streams that are open.
    ConnectionsList: "connections.list", "GET" "/2/connections", AppOnly;
    /// Closes streams.
    ConnectionsDelete: "connections.delete", "DELETE" "/2/connections", AppOnly;
    /// Closes all streams.
    ConnectionsDeleteAll: "connections.delete_all", "DELETE" "/2/connections/all", AppOnly;
    /// Opens the filtered stream.
    FilteredStream: "stream.filtered", "GET" "/2/tweets/search/stream", AppOnly;
    /// Opens the stream of the X Activity API.
    ActivityStream: "stream.activity", "GET" "/2/activity/stream", AppOnly;
    /// Obtains the app's bearer token. Authorised by the app's key and secret, whatever the table says.
    BearerToken: "oauth2.bearer", "POST" "/oauth2/token", AppOnly;
    /// Renews a user's OAuth 2.0 token. Authorised by the client's id and secret, whatever the table says.
    RefreshToken: "oauth2.refresh", "POST" "/2/oauth2/token", OAuth2User;
}

impl Endpoint {
    /// The name: in configuration, metrics and the price table.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The path as X documents it, with `:` before what a call fills in.
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// How a call is authorised where configuration says nothing.
    pub const fn default_auth(self) -> AuthMode {
        self.row().auth
    }

    /// The HTTP method.
    pub fn method(self) -> Method {
        match self.row().method {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "DELETE" => Method::DELETE,
            _ => Method::GET,
        }
    }

    /// Whether the call only reads, so that it may be repeated.
    pub fn is_read(self) -> bool {
        self.method() == Method::GET
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no endpoint of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no endpoint is named {0:?}; one is named {known:?}, for example", known = Endpoint::UsersMentions.name())]
pub struct UnknownEndpoint(String);

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(name: &str) -> Result<Self, UnknownEndpoint> {
        let found = Self::ALL.iter().find(|endpoint| endpoint.name() == name);
        found
            .copied()
            .ok_or_else(|| UnknownEndpoint(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_and_each_call_is_there_once() {
        let names: BTreeSet<_> = Endpoint::ALL.iter().map(|e| e.name()).collect();
        assert_eq!(names.len(), Endpoint::ALL.len());
        let calls: BTreeSet<_> = Endpoint::ALL
            .iter()
            .map(|e| (e.row().method, e.path()))
            .collect();
        assert_eq!(calls.len(), Endpoint::ALL.len());
        for endpoint in Endpoint::ALL {
            assert_eq!(endpoint.name().parse(), Ok(*endpoint));
            assert_eq!(endpoint.method().as_str(), endpoint.row().method);
        }
        let error = "users.you".parse::<Endpoint>().unwrap_err().to_string();
        assert!(
            error.contains("\"users.you\"") && error.contains("users.mentions"),
            "{error}"
        );
    }

    #[test]
    fn nothing_that_acts_counts_as_a_read() {
        for endpoint in Endpoint::ALL {
            assert_eq!(
                endpoint.is_read(),
                endpoint.row().method == "GET",
                "{endpoint}"
            );
        }
        assert!(!Endpoint::PostsCreate.is_read());
        assert!(!Endpoint::DmSend.is_read());
    }
}
