//! What is gathered from one body.

use schemas::records::Quarantined;
use schemas::topics::QUARANTINE_MESSAGES;

use crate::events::Fate;
use crate::publish::{Outgoing, Value};
use crate::split::{Notice, Split, Unreadable};
use crate::stage::{About, Bytes, Origin, record};

/// Items of one body. X sends a few.
const ITEMS_MAX: usize = 5_000;
/// Bytes of all records of one body: the users of a body go with each of its messages.
const RECORD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Gathers until the whole body is read, or a part of it could not be.
pub struct Gathered<'a> {
    origin: Origin<'a>,
    split: Split,
    bytes: usize,
    bad: Option<(Unreadable, String)>,
}

impl<'a> Gathered<'a> {
    pub fn new(origin: Origin<'a>) -> Self {
        Self {
            origin,
            split: Split::default(),
            bytes: 0,
            bad: None,
        }
    }

    pub fn origin(&self) -> Origin<'a> {
        self.origin
    }

    pub fn skip(&mut self, event: &'static str, count: usize) {
        self.split.skipped.push((event, count));
    }

    pub fn notice(&mut self, notice: Notice) {
        self.split.notices.push(notice);
    }

    /// A part of the body cannot be read. `place` tells where, never what stands there.
    pub fn bad(&mut self, reason: Unreadable, place: impl Into<String>) {
        self.bad.get_or_insert_with(|| (reason, place.into()));
    }

    pub fn add(&mut self, fate: Fate, origin: &Origin<'_>, about: About<'_>, bytes: Bytes<'_>) {
        self.bytes += bytes.payload.len() + bytes.context.map_or(0, str::len);
        if self.split.records.len() >= ITEMS_MAX || self.bytes > RECORD_BYTES_MAX {
            self.bad(
                Unreadable::TooMany,
                format!("more than {ITEMS_MAX} items, or their bytes"),
            );
            return;
        }
        self.split.records.push(record(fate, origin, about, bytes));
    }

    /// The records; of a body with a bad part, also the body itself, whole, for quarantine.
    pub fn finish(mut self, body: &[u8]) -> Split {
        if let Some((reason, detail)) = self.bad {
            // Half of a flood is no use, and would stand in the way of its replay.
            if reason == Unreadable::TooMany {
                self.split.records.clear();
            }
            let org = &self.origin.org.org;
            let record = Quarantined {
                org: org.clone(),
                partition: -1,
                offset: -1,
                value: body.to_vec(),
                stage: "ingest".to_owned(),
                reason: reason.as_str().to_owned(),
                detail,
                quarantined_at: self.origin.received_at,
                ..Quarantined::default()
            };
            self.split.quarantined = Some(reason);
            self.split.records.push(Outgoing {
                topic: &QUARANTINE_MESSAGES,
                routing: org.clone(),
                key: Vec::new(),
                value: Value::Quarantined(Box::new(record)),
            });
        }
        self.split
    }
}
