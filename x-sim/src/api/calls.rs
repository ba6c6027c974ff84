//! What was asked of the API, and what was sent by it: the truth that a campaign compares with.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::faults::{ApiFault, Effect};
use crate::{
    id::XId,
    sim::{Sim, lock},
};

/// The oldest leave first.
const KEPT: usize = 200_000;
const BODY_CHARS: usize = 2_000;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub wall: DateTime<Utc>,
    pub endpoint: &'static str,
    pub user: Option<XId>,
    /// The beginning of a textual body.
    pub body: Option<String>,
    /// What the endpoint answered; 0 while it does not, or when a fault came before.
    pub status: u16,
    /// A fault took the place of the answer or damaged it.
    pub fault: bool,
    /// The fault let the effect happen.
    pub done: bool,
}

/// One thing that the API was made to send, and how often.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sent {
    /// `post` or `message`.
    pub kind: &'static str,
    pub user: XId,
    pub text: String,
    /// The post answered, or the conversation.
    pub target: Option<String>,
    pub quote: Option<XId>,
    pub ids: Vec<XId>,
    pub at: Vec<DateTime<Utc>>,
}

#[derive(Debug, Default)]
pub(crate) struct Calls {
    asked: VecDeque<Call>,
    next: u64,
    sent: Vec<Sent>,
    index: std::collections::HashMap<(XId, String, Option<String>, Option<XId>), usize>,
}

impl Calls {
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.asked.iter()
    }

    pub(crate) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    pub(crate) fn find(&self, like: &Sent) -> Option<&Sent> {
        self.index.get(&key(like)).and_then(|at| self.sent.get(*at))
    }

    /// Adds to what was sent of the same text to the same place.
    pub(crate) fn send(&mut self, sent: Sent) {
        let key = key(&sent);
        if let Some(known) = self.index.get(&key).and_then(|at| self.sent.get_mut(*at)) {
            known.ids.extend(sent.ids);
            known.at.extend(sent.at);
            return;
        }
        self.index.insert(key, self.sent.len());
        self.sent.push(sent);
    }

    pub(crate) fn forget(&mut self) {
        *self = Self {
            next: self.next,
            ..Self::default()
        };
    }
}

fn key(sent: &Sent) -> (XId, String, Option<String>, Option<XId>) {
    let text = format!("{}:{}", sent.kind, sent.text);
    (sent.user, text, sent.target.clone(), sent.quote)
}

pub(crate) fn begin(
    sim: &Sim,
    endpoint: &'static str,
    body: &[u8],
    fault: Option<&ApiFault>,
) -> u64 {
    let at = sim.clock().now();
    let text = std::str::from_utf8(body)
        .ok()
        .filter(|text| !text.is_empty());
    let mut calls = lock(&sim.platform().calls);
    let seq = calls.next;
    calls.next += 1;
    calls.asked.push_back(Call {
        seq,
        at,
        wall: Utc::now(),
        endpoint,
        user: None,
        body: text.map(|text| text.chars().take(BODY_CHARS).collect()),
        status: 0,
        fault: fault.is_some(),
        done: fault.is_none_or(|fault| fault.effect == Effect::Done || fault.kind.lets_through()),
    });
    while calls.asked.len() > KEPT {
        calls.asked.pop_front();
    }
    seq
}

pub(crate) fn end(sim: &Sim, seq: u64, user: Option<XId>, status: u16) {
    let mut calls = lock(&sim.platform().calls);
    let first = calls.asked.front().map_or(0, |call| call.seq);
    let at = seq
        .checked_sub(first)
        .and_then(|at| usize::try_from(at).ok());
    if let Some(call) = at.and_then(|at| calls.asked.get_mut(at)) {
        call.user = user;
        call.status = status;
    }
}
