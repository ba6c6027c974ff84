//! The life of an app's webhook at X: registered, valid, subscribed to what the configuration says.

pub mod address;
pub mod plan;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use x_client::Error;
use x_client::calls::Webhook;
use x_client::ids::WebhookId;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::manager::is_wanted;
use crate::pg::channels;
use crate::pg::gaps::{self, NewGap};
use crate::publish::Publish;
use crate::stream;
use plan::Subscription;

/// Name of the way.
pub const WAY: &str = "webhook";
/// Seconds between two looks: an invalid webhook is seen within a minute.
const EVERY_S: u32 = 30;
/// Pages of subscriptions that are read.
const PAGES_MAX: usize = 80;

/// What was done in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// A word for the facts.
    pub state: &'static str,
    /// For a person.
    pub detail: String,
}

/// Looks after the webhook of an app until it is told to stop.
pub async fn run<P: Publish>(
    context: Context<P>,
    (org, app): (String, String),
    stop: CancellationToken,
) {
    let mut shown = BTreeSet::new();
    tend(&context, (&org, &app), &mut shown, &stop).await;
    for account in &shown {
        context.metrics.webhook((&org, account), None);
    }
}

async fn tend<P: Publish>(
    context: &Context<P>,
    (org, app): (&str, &str),
    shown: &mut BTreeSet<String>,
    stop: &CancellationToken,
) {
    while !stop.is_cancelled() {
        let accounts = context.accounts.of_app(org, app);
        if accounts.is_empty() {
            return;
        }
        // An account that is not configured any more has no webhook that could be invalid.
        let now: BTreeSet<String> = accounts.iter().map(|one| one.x_id.clone()).collect();
        for gone in shown.difference(&now) {
            context.metrics.webhook((org, gone), None);
        }
        *shown = now;
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            looked = look(context, &accounts) => looked,
        };
        let told = looked.unwrap_or_else(|error| {
            tracing::warn!(org, %error, "a webhook was not looked after");
            Looked {
                state: error.state(),
                detail: error.to_string(),
            }
        });
        for account in &accounts {
            let key = (org, account.x_id.as_str(), WAY);
            context.tell(key, (told.state, told.detail.clone())).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.pause(EVERY_S) => {}
        }
    }
}

/// One look: registers, repairs, subscribes.
pub async fn look<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
) -> Result<Looked, SourceError> {
    let Some(first) = accounts.first() else {
        return Err(SourceError::Id);
    };
    let org = first.org_id();
    let commands = channels::wanted(&context.pg, &[org]).await?;
    let on = |way| move |account: &&Account| is_wanted(account, &commands, way);
    let delivered: Vec<&Account> = accounts.iter().filter(on.clone()(WAY)).collect();
    let streamed: Vec<&Account> = accounts.iter().filter(on(stream::WAY)).collect();
    let show = |valid| {
        for account in accounts {
            context.metrics.webhook((org, &account.x_id), valid);
        }
    };
    let Some(base) = &context.base_url else {
        show(None);
        subscribe(first, &[], &streamed, None).await?;
        let detail = "http.base_url is not set, so X is told nothing; register the webhook there";
        return Ok(Looked {
            state: "listening",
            detail: detail.to_owned(),
        });
    };
    let url = format!("{base}/hooks/x/{org}");
    let there = first.client.webhooks().await?;
    let ours = there.into_iter().find(|webhook| webhook.url == url);
    if delivered.is_empty() {
        show(None);
        return stopped(context, first, &streamed, ours, accounts).await;
    }
    let webhook = match ours {
        Some(webhook) => webhook,
        None => first.client.create_webhook(&url).await?,
    };
    let valid = repaired(context, accounts, &webhook).await?;
    show(Some(valid));
    if !valid {
        let detail = format!("X cannot reach {url}, or its challenge is answered wrongly");
        return Ok(Looked {
            state: "invalid",
            detail,
        });
    }
    subscribe(first, &delivered, &streamed, Some(&webhook.id)).await?;
    silence(context, &delivered).await?;
    Ok(Looked {
        state: "running",
        detail: url,
    })
}

// Only a command removes a webhook: what the configuration does not name may be somebody else's.
async fn stopped<P: Publish>(
    context: &Context<P>,
    first: &Account,
    streamed: &[&Account],
    ours: Option<Webhook>,
    accounts: &[Account],
) -> Result<Looked, SourceError> {
    subscribe(first, &[], streamed, None).await?;
    let commands = channels::wanted(&context.pg, &[first.org_id()]).await?;
    let by_command = accounts.iter().all(|account| {
        commands
            .iter()
            .any(|command| command.account == account.x_id && command.way == WAY && !command.start)
    });
    if let Some(webhook) = ours.filter(|_| by_command) {
        let deleted = first.client.delete_webhook(&webhook.id).await?;
        tracing::info!(
            org = first.org_id(),
            deleted,
            "a webhook was removed by command"
        );
    }
    Ok(Looked {
        state: "stopped",
        detail: String::new(),
    })
}

/// Whether X takes the webhook for valid, after a new challenge if it did not. The time in between is
/// a gap: X delivers nothing to an invalid webhook.
async fn repaired<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    webhook: &Webhook,
) -> Result<bool, SourceError> {
    let Some(first) = accounts.first() else {
        return Err(SourceError::Id);
    };
    if !webhook.valid {
        for account in accounts {
            let key = (account.org_id(), account.x_id.as_str(), WAY);
            let (alive, _) = channels::alive(&context.pg, key).await?;
            let gap = NewGap {
                org: account.org_id(),
                account: &account.x_id,
                way: WAY,
                cause: "X took the webhook for invalid",
                from_at: alive.unwrap_or_else(|| context.now()),
                to_at: None,
            };
            gaps::note(&context.pg, &gap).await?;
        }
        tracing::warn!(org = first.org_id(), "X takes the webhook for invalid");
        if !first.client.validate_webhook(&webhook.id).await? {
            return Ok(false);
        }
    }
    for account in accounts {
        let key = (account.org_id(), account.x_id.as_str(), WAY);
        gaps::end(&context.pg, key, context.now()).await?;
    }
    Ok(true)
}

/// A valid webhook that has brought nothing for too long may have lost something.
async fn silence<P: Publish>(
    context: &Context<P>,
    delivered: &[&Account],
) -> Result<(), SourceError> {
    for account in delivered {
        let alarm = account.org.settings.silence_alarm;
        let key = (account.org_id(), account.x_id.as_str(), WAY);
        let (_, last) = channels::alive(&context.pg, key).await?;
        let Some(last) = last.filter(|_| alarm.enabled) else {
            continue;
        };
        if is_silent(last, context.now(), alarm.after_min) {
            let gap = NewGap {
                org: key.0,
                account: key.1,
                way: WAY,
                cause: "nothing came for longer than silence_alarm.after_min",
                from_at: last,
                to_at: Some(context.now()),
            };
            gaps::note(&context.pg, &gap).await?;
            // The next silence begins now.
            channels::brought(&context.pg, key, context.now()).await?;
        }
    }
    Ok(())
}

fn is_silent(last: DateTime<Utc>, now: DateTime<Utc>, after_min: u32) -> bool {
    now - last > TimeDelta::minutes(after_min.into())
}

/// Makes the subscriptions at X equal to the configuration.
async fn subscribe(
    client: &Account,
    delivered: &[&Account],
    streamed: &[&Account],
    webhook: Option<&WebhookId>,
) -> Result<(), SourceError> {
    if delivered.is_empty() && streamed.is_empty() && webhook.is_none() {
        return Ok(());
    }
    let mut there = Vec::new();
    let mut token = None;
    for _ in 0..PAGES_MAX {
        let page = client
            .client
            .activity_subscriptions(token.as_deref())
            .await?;
        there.extend(page.items.iter().map(Subscription::of));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let id = |account: &&Account| account.x_id.clone();
    let wanted = plan::wanted(
        client.org_id(),
        &delivered.iter().map(id).collect::<Vec<_>>(),
        &streamed.iter().map(id).collect::<Vec<_>>(),
        webhook.map(WebhookId::as_str),
    );
    let change = plan::change(client.org_id(), &wanted, &there);
    for (id, update) in change.update {
        let change = update.change()?;
        client
            .client
            .update_activity_subscription(&id, &change)
            .await?;
    }
    for new in change.create {
        let all = delivered.iter().chain(streamed);
        let Some(account) = all.copied().find(|account| account.x_id == new.user_id) else {
            continue;
        };
        match account
            .client
            .create_activity_subscription(&new.to_request()?)
            .await
        {
            Ok(_) => {}
            Err(Error::Refused { refusal, .. }) if refusal.status == 409 => {}
            // An app without the X Activity API may have the older one.
            Err(Error::Refused { refusal, .. }) if refusal.status == 403 && webhook.is_some() => {
                return older(delivered, webhook).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    for id in change.delete {
        client.client.delete_activity_subscription(&id).await?;
    }
    Ok(())
}

async fn older(delivered: &[&Account], webhook: Option<&WebhookId>) -> Result<(), SourceError> {
    let Some(webhook) = webhook else {
        return Ok(());
    };
    for account in delivered {
        if !account.client.is_account_subscribed(webhook).await? {
            account.client.subscribe_account(webhook).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_longer_than_the_alarm_says() {
        let now = Utc::now();
        assert!(!is_silent(now - TimeDelta::minutes(180), now, 180));
        assert!(is_silent(now - TimeDelta::minutes(181), now, 180));
    }
}
