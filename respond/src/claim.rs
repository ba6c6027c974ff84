//! What may be sent now, and what waits.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use runtime::{StageError, chaos};
use uuid::Uuid;

use crate::attempt::endpoint;
use crate::decide::Wait;
use crate::pg::queue::{self, Due};
use crate::pg::rows::Reply;
use crate::publish::{placed, stepped};
use crate::sender::{DUE_MAX, Sender};

/// An account that is not configured: its intents wait so long.
const NO_ACCOUNT: TimeDelta = TimeDelta::minutes(1);

/// Until when, and why, the acts of a kind of an account wait.
type Waits = HashMap<(String, String, String), (DateTime<Utc>, &'static str)>;

impl Sender {
    // Claims what its account may send now; what it may not waits, with its place.
    pub(crate) async fn take(&self, room: usize) -> Result<Vec<Reply>, StageError> {
        let now = self.now();
        let mut scope = self.scope().await?;
        let due = queue::due(&mut scope, now, DUE_MAX).await?;
        scope.commit().await?;
        let mut taken = Vec::new();
        let mut left: HashMap<(String, &'static str), Option<u32>> = HashMap::new();
        let mut waits = Waits::new();
        for Due {
            org,
            reply_id,
            account,
            kind,
        } in due
        {
            if taken.len() >= room {
                break;
            }
            let Some(client) = self.0.clients.of(&org, &account) else {
                waits.insert((org, account, kind), (now + NO_ACCOUNT, "account"));
                continue;
            };
            let endpoint = endpoint(&kind);
            if let Some((until, _)) = client.next_allowed(endpoint) {
                let why = Wait::RateLimit.as_str();
                waits.insert((org, account, kind), (until, why));
                continue;
            }
            let counter = (format!("{org}/{account}"), endpoint.name());
            let budget = left
                .entry(counter)
                .or_insert_with(|| client.remaining(endpoint));
            if *budget == Some(0) {
                continue;
            }
            if let Some(reply) = self.claim(&org, reply_id, now).await? {
                *budget = budget.map(|left| left.saturating_sub(1));
                taken.push(reply);
            }
        }
        for ((org, account, kind), (until, why)) in waits {
            self.place((&org, &account, kind), until, why).await?;
        }
        Ok(taken)
    }

    // A transaction for each account: who holds the places of one waits for no other's.
    pub(crate) async fn place(
        &self,
        (org, account, kind): (&str, &str, String),
        until: DateTime<Utc>,
        why: &str,
    ) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        let told = queue::wait(&mut scope, (org, account, &[kind]), until, why).await?;
        placed(&mut scope, &told).await?;
        Ok(scope.commit().await?)
    }

    pub(crate) async fn claim(
        &self,
        org: &str,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<Reply>, StageError> {
        let instance = &self.0.program.instance;
        let mut scope = self.scope().await?;
        let Some(reply) = queue::claim(&mut scope, (org, id), instance, now).await? else {
            return Ok(None);
        };
        stepped(&mut scope, &self.0.program.encoder, &reply, now).await?;
        scope.commit().await?;
        chaos::point("respond-after-claim");
        self.0.meters.stepped(org, "sending");
        Ok(Some(reply))
    }
}
