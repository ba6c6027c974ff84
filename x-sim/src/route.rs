//! Which bodies an event becomes for the accounts subscribed at one webhook.

use serde_json::Value;

use crate::{
    config::Envelope,
    id::XId,
    payload::{Dialect, aaa, xaa},
    world::Event,
};

/// One event for one account, rendered and ready to be sent alone or merged with its like.
#[derive(Debug, Clone)]
pub struct Item {
    pub account: XId,
    /// The event type, or the name of the array in an Account Activity body.
    pub event: &'static str,
    pub subject: XId,
    pub body: Value,
    /// Decides the order of fields.
    pub seed: u64,
}

/// People, other than the subscribed accounts, whose public events are wanted.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    pub everybody: bool,
    pub people: Vec<XId>,
}

pub fn items(
    event: &Event,
    envelope: Envelope,
    accounts: &[XId],
    watch: &Watch,
    dialect: &Dialect,
) -> Vec<Item> {
    let item = |account: XId, kind, body| Item {
        account,
        event: kind,
        subject: event.fact.subject(),
        body,
        seed: event.uuid.cast_unsigned() ^ account.0,
    };
    let mut items = Vec::new();
    for account in accounts.iter().copied() {
        match envelope {
            Envelope::Xaa => items.extend(
                xaa::kinds(event, account)
                    .into_iter()
                    .map(|kind| item(account, kind, xaa::body(event, kind, account, dialect))),
            ),
            Envelope::Aaa => {
                let body = aaa::body(event, account, dialect);
                let reached = aaa::key(event, account, dialect).zip(body);
                items.extend(reached.map(|(key, body)| item(account, key, body)));
            }
        }
    }
    let actor = event.fact.actor();
    let watched = watch.everybody || watch.people.contains(&actor);
    if envelope == Envelope::Xaa && watched && !accounts.contains(&actor) {
        let kinds = xaa::public_kinds(event).into_iter();
        items.extend(kinds.map(|kind| item(actor, kind, xaa::body(event, kind, actor, dialect))));
    }
    items
}
