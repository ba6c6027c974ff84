//! Subscriptions of the Account Activity API, which X calls deprecated and still serves.

use serde::Deserialize;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::{UserId, WebhookId};

/// Accounts that are subscribed to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountActivitySubscriptions {
    /// They.
    #[serde(default)]
    subscriptions: Vec<Subscriber>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Subscriber {
    user_id: UserId,
}

impl AccountActivitySubscriptions {
    /// The accounts' ids.
    pub fn user_ids(&self) -> impl Iterator<Item = &UserId> {
        self.subscriptions
            .iter()
            .map(|subscriber| &subscriber.user_id)
    }
}

/// How many there are and may be; X writes these counts as texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountActivityCount {
    /// May be.
    #[serde(default)]
    pub provisioned_count: Option<String>,
    /// Are.
    #[serde(default)]
    pub subscriptions_count_all: Option<String>,
    /// Of direct messages alone.
    #[serde(default)]
    pub subscriptions_count_direct_messages: Option<String>,
}

#[derive(Deserialize)]
struct Subscribed {
    #[serde(default)]
    subscribed: bool,
}

impl Client {
    /// Subscribes the account itself; whether X says that it is subscribed. Events begin within 10 s.
    pub async fn subscribe_account(&self, webhook: &WebhookId) -> Result<bool, Error> {
        self.subscription(Endpoint::AccountActivityCreate, webhook)
            .await
    }

    /// Whether the account itself is subscribed.
    pub async fn is_account_subscribed(&self, webhook: &WebhookId) -> Result<bool, Error> {
        self.subscription(Endpoint::AccountActivityGet, webhook)
            .await
    }

    /// All accounts that are subscribed.
    pub async fn account_subscriptions(
        &self,
        webhook: &WebhookId,
    ) -> Result<AccountActivitySubscriptions, Error> {
        let path = format!("/2/account_activity/webhooks/{webhook}/subscriptions/all/list");
        self.call(Call::new(Endpoint::AccountActivityList, path))
            .await?
            .data()
    }

    /// Ends an account's subscription; whether X says that it has ended.
    pub async fn unsubscribe_account(
        &self,
        webhook: &WebhookId,
        user: &UserId,
    ) -> Result<bool, Error> {
        let path = format!("/2/account_activity/webhooks/{webhook}/subscriptions/{user}/all");
        let call = Call::new(Endpoint::AccountActivityDelete, path);
        let answer: Subscribed = self.call(call).await?.data()?;
        Ok(!answer.subscribed)
    }

    /// How many subscriptions there are and may be.
    pub async fn account_subscription_count(&self) -> Result<AccountActivityCount, Error> {
        self.call(Call::plain(Endpoint::AccountActivityCount))
            .await?
            .data()
    }

    async fn subscription(&self, endpoint: Endpoint, webhook: &WebhookId) -> Result<bool, Error> {
        let path = format!("/2/account_activity/webhooks/{webhook}/subscriptions/all");
        let answer: Subscribed = self.call(Call::new(endpoint, path)).await?.data()?;
        Ok(answer.subscribed)
    }
}
