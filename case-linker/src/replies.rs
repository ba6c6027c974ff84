//! What a reply's end does: posted, it closes the case that waited for it and its echo has its
//! case; not posted, the items that were closed with it return.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use runtime::pg::outbox;
use runtime::{Encoder, StageError};
use schemas::changes::CASE;
use schemas::partition::routing;
use schemas::records::{Enriched, FeedWorked, Item, ReplyStepped};
use schemas::topics::{CASES, FEEDS};
use schemas::{Kind, ids};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::desk;
use crate::link;
use crate::pg::items::{self, Stored};
use crate::pg::replies::{self, Posted, Reply};

/// Whether a step ends something for the desk.
pub fn ends(step: &ReplyStepped) -> bool {
    !matches!(step.state.as_str(), "queued" | "sending")
}

async fn load(scope: &mut PgConnection, steps: &[&ReplyStepped]) -> Result<Vec<Reply>, StageError> {
    let ended: Vec<_> = steps.iter().filter(|step| ends(step)).collect();
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let orgs: Vec<String> = ended.iter().map(|step| step.org.clone()).collect();
    let ids: Vec<_> = ended.iter().map(|step| step.reply_id).collect();
    Ok(replies::load(scope, (&orgs, &ids)).await?)
}

/// What was written here is forgotten where X has deleted it.
pub async fn erase(scope: &mut PgConnection, facts: &[&Enriched]) -> Result<(), StageError> {
    let gone: Vec<_> = facts.iter().filter(|f| f.deleted_at.is_some()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let orgs: Vec<String> = gone.iter().map(|fact| fact.org.clone()).collect();
    let x_ids: Vec<String> = gone.iter().map(|fact| fact.x_id.clone()).collect();
    let kinds: Vec<String> = gone.iter().map(|fact| name(fact.kind).to_owned()).collect();
    Ok(replies::erase(scope, &orgs, &x_ids, &kinds).await?)
}

/// What was written here is forgotten where we delete it ourselves.
pub async fn forget(scope: &mut PgConnection, items: &[&Item]) -> Result<(), StageError> {
    let ours = |item: &&&Item| item.direction.as_deref() == Some("outbound");
    let gone: Vec<_> = items.iter().filter(ours).collect();
    let orgs: Vec<String> = gone.iter().map(|item| item.org.clone()).collect();
    let x_ids: Vec<String> = gone.iter().map(|item| item.x_id.clone()).collect();
    let kinds: Vec<String> = gone.iter().map(|item| name(item.kind).to_owned()).collect();
    Ok(replies::erase(scope, &orgs, &x_ids, &kinds).await?)
}

/// Does what the ends of replies do, by what their rows say now; a second time does nothing.
pub async fn fold(
    scope: &mut PgConnection,
    encoder: &Encoder,
    steps: &[&ReplyStepped],
    now: DateTime<Utc>,
) -> Result<(), StageError> {
    for reply in load(scope, steps).await? {
        match reply.state.as_str() {
            "posted" => posted(scope, encoder, &reply, now).await?,
            "failed" | "unknown" | "cancelled" => returned(scope, encoder, &reply, now).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn posted(
    scope: &mut PgConnection,
    encoder: &Encoder,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<(), StageError> {
    let locked = desk::lock(scope, &reply.org, &[&reply.person_id], &[]).await?;
    let (mut out, mut told) = (Vec::new(), Vec::new());
    for case in replies::close_waiting(scope, reply, now).await? {
        let routing = match (case.customer_id, &case.person_id) {
            (Some(customer), _) => customer.to_string(),
            (None, Some(person)) => person.clone(),
            (None, None) => case.case_id.to_string(),
        };
        let key = case.case_id.to_string().into_bytes();
        out.push(encoder.encode(&CASES, &reply.org, &routing, key, &case)?);
        told.push(Change {
            data: Some(json!({ "version": case.revision })),
            ..Change::of(&reply.org, CASE, vec![case.case_id.to_string()])
        });
    }
    if !out.is_empty() {
        outbox::push(scope, &out).await?;
        changes::push(scope, &told).await?;
        desk::relink(scope, encoder, &locked, now).await?;
    }
    if let (Some(case), Some(x_id)) = (reply.case_id, &reply.x_id) {
        let item = ids::item(&reply.org, kind(&reply.kind), x_id);
        let by = reply.written_by.as_str();
        desk::join_reply(scope, encoder, (&locked, item), case, by, now).await?;
    }
    Ok(())
}

async fn returned(
    scope: &mut PgConnection,
    encoder: &Encoder,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<(), StageError> {
    if reply.closes.is_empty() {
        return Ok(());
    }
    let locked = desk::lock(scope, &reply.org, &[&reply.person_id], &[]).await?;
    let items = (&locked, reply.closes.as_slice());
    let (reopened, _) = desk::reopen_items(scope, encoder, items, now).await?;
    told(scope, encoder, (reply, &reopened), now).await?;
    Ok(replies::take_closed(scope, reply).await?)
}

// Why they are active again.
async fn told(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (reply, reopened): (&Reply, &[Uuid]),
    now: DateTime<Utc>,
) -> Result<(), StageError> {
    let keys: Vec<_> = reopened.iter().map(|id| (reply.org.clone(), *id)).collect();
    let mut out = Vec::with_capacity(keys.len());
    for Stored { item, .. } in items::load(scope, &keys).await? {
        let record = FeedWorked {
            org: item.org.clone(),
            item_id: item.item_id,
            revision: item.revision,
            op: "upsert".to_owned(),
            action: "reopen".to_owned(),
            by: reply.written_by.clone(),
            rule: Some(format!("reply-{}", reply.state)),
            person_id: item.person_id.clone(),
            case_id: item.case_id,
            customer_id: item.customer_id,
            posted_at: item.posted_at,
            received_at: item.received_at,
            recorded_at: now,
            source: "desk".to_owned(),
            backfill: item.backfill,
        };
        let key = item.item_id.to_string().into_bytes();
        out.push(encoder.encode(&FEEDS, &item.org, &routing(&item), key, &record)?);
    }
    outbox::push(scope, &out).await?;
    Ok(())
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Post => "public",
    }
}

fn kind(of: &str) -> Kind {
    if of == "message" {
        Kind::Message
    } else {
        Kind::Post
    }
}

/// Replies that items of a batch are the echoes of, by organisation, kind and X id.
pub struct Echoes(HashMap<(String, Kind, String), Posted>);

impl Echoes {
    /// Looks for them.
    pub async fn of<'a>(
        scope: &mut PgConnection,
        items: impl Iterator<Item = &'a Item>,
    ) -> Result<Self, StageError> {
        let own: Vec<&Item> = items.filter(|item| may_be_echo(item)).collect();
        if own.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let orgs: Vec<String> = own.iter().map(|item| item.org.clone()).collect();
        let x_ids: Vec<String> = own.iter().map(|item| item.x_id.clone()).collect();
        let found = replies::posted(scope, (&orgs, &x_ids)).await?;
        let keyed = found
            .into_iter()
            .map(|one| ((one.org.clone(), kind(&one.kind), one.x_id.clone()), one));
        Ok(Self(keyed.collect()))
    }

    /// Gives an echo the case of its reply.
    pub fn join(&self, item: &mut Item, now: DateTime<Utc>) {
        let key = (item.org.clone(), item.kind, item.x_id.clone());
        if let Some(reply) = self.0.get(&key).filter(|_| may_be_echo(item))
            && let Some(case) = reply.case_id
        {
            link::of_reply(item, case, &reply.written_by, now);
        }
    }
}

/// Ours, and never linked or unlinked.
pub fn may_be_echo(item: &Item) -> bool {
    item.direction.as_deref() == Some("outbound") && item.link_version.is_none()
}
