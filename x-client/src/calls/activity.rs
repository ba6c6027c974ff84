//! Subscriptions of the X Activity API.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::posts::Deleted;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Answer, Call};
use crate::ids::{SubscriptionId, UserId, WebhookId};

/// Subscriptions of a page.
const PAGE: u32 = 1_000;
/// Characters of a tag.
const TAG_CHARS_MAX: usize = 200;

/// Whose or which events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventFilter {
    /// Of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// With a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// `inbound` or `outbound`; X's changelog says `sent` or `received`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
}

/// A subscription to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewActivitySubscription {
    /// Such as `post.mention.create`. An open set.
    pub event_type: String,
    /// Whose.
    pub filter: EventFilter,
    /// A name of ours, 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Where it is delivered, beside the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<WebhookId>,
}

/// What of a subscription can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ActivitySubscriptionChange {
    /// New name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// New webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<WebhookId>,
}

/// A subscription that stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActivitySubscription {
    /// Its id.
    #[serde(alias = "id")]
    pub subscription_id: SubscriptionId,
    /// Event.
    #[serde(default)]
    pub event_type: String,
    /// Whose.
    #[serde(default)]
    pub filter: EventFilter,
    /// Name.
    #[serde(default)]
    pub tag: Option<String>,
    /// Webhook.
    #[serde(default)]
    pub webhook_id: Option<WebhookId>,
}

/// A page of subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivitySubscriptions {
    /// They.
    pub items: Vec<ActivitySubscription>,
    /// Leads to the next page.
    pub next_token: Option<String>,
}

impl Client {
    /// A page of the app's subscriptions, those of other accounts too.
    pub async fn activity_subscriptions(
        &self,
        pagination_token: Option<&str>,
    ) -> Result<ActivitySubscriptions, Error> {
        let call = Call::plain(Endpoint::ActivityList)
            .query("max_results", PAGE)
            .query_if("pagination_token", pagination_token);
        let answer = self.call(call).await?;
        Ok(ActivitySubscriptions {
            items: answer.list()?,
            next_token: answer.next_token(),
        })
    }

    /// Subscribes. Private events need the account's own authorisation.
    pub async fn create_activity_subscription(
        &self,
        new: &NewActivitySubscription,
    ) -> Result<ActivitySubscription, Error> {
        let endpoint = Endpoint::ActivityCreate;
        check_tag(endpoint, new.tag.as_deref())?;
        let answer = self.call(Call::plain(endpoint).json(&json!(new))).await?;
        one(&answer)
    }

    /// Changes tag or webhook.
    pub async fn update_activity_subscription(
        &self,
        id: &SubscriptionId,
        change: &ActivitySubscriptionChange,
    ) -> Result<ActivitySubscription, Error> {
        let endpoint = Endpoint::ActivityUpdate;
        check_tag(endpoint, change.tag.as_deref())?;
        let call = Call::new(endpoint, format!("/2/activity/subscriptions/{id}"));
        one(&self.call(call.json(&json!(change))).await?)
    }

    /// Ends a subscription. Whether X says that it is deleted.
    pub async fn delete_activity_subscription(&self, id: &SubscriptionId) -> Result<bool, Error> {
        let call = Call::new(
            Endpoint::ActivityDelete,
            format!("/2/activity/subscriptions/{id}"),
        );
        let deleted: Deleted = self.call(call).await?.data()?;
        Ok(deleted.deleted)
    }
}

/// X's documents show the one subscription as an object, as a list of one, and within
/// `subscription`.
fn one(answer: &Answer) -> Result<ActivitySubscription, Error> {
    let data: serde_json::Value = answer.data()?;
    let data = data.get(0).unwrap_or(&data);
    let data = data.get("subscription").unwrap_or(data);
    ActivitySubscription::deserialize(data).map_err(|_| answer.unreadable())
}

fn check_tag(endpoint: Endpoint, tag: Option<&str>) -> Result<(), Error> {
    let fine = tag.is_none_or(|tag| (1..=TAG_CHARS_MAX).contains(&tag.chars().count()));
    let reason = || format!("a tag has 1 to {TAG_CHARS_MAX} characters");
    if fine {
        Ok(())
    } else {
        Err(Error::invalid(endpoint, reason()))
    }
}
