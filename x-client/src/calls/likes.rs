//! Likes. X refuses them on self-serve tiers (403): a capability, not a fault.

use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::{PostId, UserId};

/// Whether the account likes the post now, as X says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Liked {
    /// It.
    pub liked: bool,
}

impl Client {
    /// Likes a post; `me` is the account's own id.
    pub async fn like(&self, me: &UserId, post: &PostId) -> Result<Liked, Error> {
        let call = Call::new(Endpoint::LikesCreate, format!("/2/users/{me}/likes"));
        self.call(call.json(&json!({ "tweet_id": post })))
            .await?
            .data()
    }

    /// Takes a like back; `me` is the account's own id.
    pub async fn unlike(&self, me: &UserId, post: &PostId) -> Result<Liked, Error> {
        let call = Call::new(Endpoint::LikesDelete, format!("/2/users/{me}/likes/{post}"));
        self.call(call).await?.data()
    }
}
