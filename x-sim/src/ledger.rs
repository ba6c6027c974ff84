//! What was sent to whom and how it was answered: the truth that a campaign compares with.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::XId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Waiting, being sent, or waiting for a retry.
    Pending,
    /// Answered 200.
    Acked,
    /// Every attempt failed.
    Failed,
    /// Left out by the drop fault.
    Dropped,
    /// The webhook was invalid.
    Skipped,
    /// The queue of the webhook was full.
    Overflow,
}

#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub at: DateTime<Utc>,
    /// None when there was no answer at all.
    pub status: Option<u16>,
}

/// One event for one account of one webhook, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    pub seq: u64,
    pub webhook: String,
    pub event: &'static str,
    pub account: XId,
    /// The post, message or person that the event is about.
    pub subject: XId,
    pub duplicate: bool,
    pub at: DateTime<Utc>,
    pub outcome: Outcome,
    pub attempts: Vec<Attempt>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub recorded: u64,
    pub pending: u64,
    pub acked: u64,
    pub failed: u64,
    pub dropped: u64,
    pub skipped: u64,
    pub overflow: u64,
}

#[derive(Debug)]
pub struct Ledger {
    entries: VecDeque<Entry>,
    capacity: usize,
    next: u64,
    totals: Totals,
}

impl Ledger {
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity,
            next: 0,
            totals: Totals::default(),
        }
    }

    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Writes an entry, gives it its number and forgets the oldest above the bound.
    pub fn record(&mut self, mut entry: Entry) -> u64 {
        let seq = self.next;
        entry.seq = seq;
        self.next += 1;
        self.totals.recorded += 1;
        *self.totals.of(entry.outcome) += 1;
        self.entries.push_back(entry);
        while self.entries.len() > self.capacity {
            self.entries.pop_front();
        }
        seq
    }

    pub fn attempted(&mut self, seq: u64, attempt: Attempt) {
        if let Some(entry) = self.find(seq) {
            entry.attempts.push(attempt);
        }
    }

    /// Settles an entry that was pending. Totals stay right for entries already forgotten.
    pub fn settle(&mut self, seq: u64, outcome: Outcome) {
        self.totals.pending = self.totals.pending.saturating_sub(1);
        *self.totals.of(outcome) += 1;
        if let Some(entry) = self.find(seq) {
            entry.outcome = outcome;
        }
    }

    fn find(&mut self, seq: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.seq;
        self.entries
            .get_mut(usize::try_from(seq.checked_sub(first)?).ok()?)
    }
}

impl Totals {
    fn of(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Pending => &mut self.pending,
            Outcome::Acked => &mut self.acked,
            Outcome::Failed => &mut self.failed,
            Outcome::Dropped => &mut self.dropped,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Overflow => &mut self.overflow,
        }
    }
}
