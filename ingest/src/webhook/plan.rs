//! Subscriptions that should be, against those that are. Pure. Only those with our tag are ours to
//! delete.

use x_client::calls::{
    ActivitySubscription, ActivitySubscriptionChange, EventFilter, NewActivitySubscription,
};
use x_client::ids::{IdError, SubscriptionId, UserId, WebhookId};

/// Events of an account that customer care needs.
pub const EVENTS: [&str; 8] = [
    "post.create",
    "post.delete",
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.repost.create",
    "dm.received",
    "dm.sent",
];

/// A subscription, there or wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id, if it is there.
    pub id: Option<SubscriptionId>,
    /// Event.
    pub event: String,
    /// Account.
    pub user_id: String,
    /// Name.
    pub tag: String,
    /// Where it is delivered, beside the stream.
    pub webhook: Option<String>,
}

impl Subscription {
    /// One that is there.
    pub fn of(there: &ActivitySubscription) -> Self {
        let user = there.filter.user_id.as_ref();
        Self {
            id: Some(there.subscription_id.clone()),
            event: there.event_type.clone(),
            user_id: user.map(|id| id.as_str().to_owned()).unwrap_or_default(),
            tag: there.tag.clone().unwrap_or_default(),
            webhook: there.webhook_id.as_ref().map(|id| id.as_str().to_owned()),
        }
    }

    /// As X is asked to make it.
    pub fn to_request(&self) -> Result<NewActivitySubscription, IdError> {
        Ok(NewActivitySubscription {
            event_type: self.event.clone(),
            filter: EventFilter {
                user_id: Some(UserId::new(self.user_id.clone())?),
                ..EventFilter::default()
            },
            tag: Some(self.tag.clone()),
            webhook_id: self.webhook.clone().map(WebhookId::new).transpose()?,
        })
    }

    /// As X is asked to change it.
    pub fn change(&self) -> Result<ActivitySubscriptionChange, IdError> {
        Ok(ActivitySubscriptionChange {
            tag: None,
            webhook_id: self.webhook.clone().map(WebhookId::new).transpose()?,
        })
    }
}

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// To be made.
    pub create: Vec<Subscription>,
    /// To be sent to another webhook.
    pub update: Vec<(SubscriptionId, Subscription)>,
    /// To be deleted.
    pub delete: Vec<SubscriptionId>,
}

/// Every event of every account that is delivered or streamed.
pub fn wanted(
    org: &str,
    delivered: &[String],
    streamed: &[String],
    webhook: Option<&str>,
) -> Vec<Subscription> {
    let mut accounts: Vec<&String> = delivered.iter().chain(streamed).collect();
    accounts.sort();
    accounts.dedup();
    let each = |account: &&String| {
        let account = (*account).clone();
        let to = webhook.filter(|_| delivered.contains(&account));
        EVENTS.map(|event| Subscription {
            id: None,
            event: event.to_owned(),
            user_id: account.clone(),
            tag: tag(org),
            webhook: to.map(str::to_owned),
        })
    };
    accounts.iter().flat_map(each).collect()
}

/// What makes `there` into `wanted`. An event that somebody else subscribed for the same account and
/// the same webhook is not subscribed again.
pub fn change(org: &str, wanted: &[Subscription], there: &[Subscription]) -> Change {
    let mut change = Change::default();
    let same = |one: &Subscription, other: &Subscription| {
        one.event == other.event && one.user_id == other.user_id
    };
    for want in wanted {
        match there.iter().find(|there| same(there, want)) {
            None => change.create.push(want.clone()),
            Some(there) if want.webhook.is_some() && there.webhook != want.webhook => {
                let id = there.id.clone();
                change.update.extend(id.map(|id| (id, want.clone())));
            }
            Some(_) => {}
        }
    }
    let gone = |there: &&Subscription| {
        there.tag == tag(org) && !wanted.iter().any(|want| same(there, want))
    };
    change.delete = there
        .iter()
        .filter(gone)
        .filter_map(|one| one.id.clone())
        .collect();
    change
}

fn tag(org: &str) -> String {
    format!("earshot:{org}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(mut wanted: Vec<Subscription>) -> Vec<Subscription> {
        for (at, one) in wanted.iter_mut().enumerate() {
            one.id = SubscriptionId::new((at + 1).to_string()).ok();
        }
        wanted
    }

    #[test]
    fn what_stands_as_it_should_is_left_alone() {
        let accounts = ["1".to_owned(), "2".to_owned()];
        let want = wanted("acme", &accounts, &accounts[..1], Some("9"));
        assert_eq!(want.len(), 16);
        assert_eq!(
            change("acme", &want, &there(want.clone())),
            Change::default()
        );
        assert_eq!(change("acme", &want, &[]).create, want);
    }

    #[test]
    fn an_account_that_is_gone_loses_ours_and_keeps_what_others_made() {
        let before = wanted("acme", &["1".to_owned(), "2".to_owned()], &[], Some("9"));
        let mut there = there(before);
        there[8].tag = "somebody's".to_owned();
        let after = wanted("acme", &["1".to_owned()], &[], Some("9"));
        assert_eq!(change("acme", &after, &there).delete.len(), 7);
    }

    #[test]
    fn another_webhook_moves_the_subscriptions() {
        let accounts = ["1".to_owned()];
        let before = there(wanted("acme", &accounts, &[], Some("9")));
        let moved = change("acme", &wanted("acme", &accounts, &[], Some("10")), &before);
        assert_eq!(
            (moved.update.len(), moved.create.len(), moved.delete.len()),
            (8, 0, 0)
        );
    }
}
