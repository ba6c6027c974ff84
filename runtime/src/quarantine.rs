//! Quarantine: what could not be handled is kept whole, with its provenance; and the brake that
//! stops a stage before a bad deploy drains a topic into it.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use schemas::Kind;
use schemas::records::Quarantined;
use schemas::topics::{Privacy, quarantine};
use schemas::wire::{Codec, WireError, schema_id};

use crate::stage::{Outgoing, RawRecord};

/// Records that the brake looks back on.
const WINDOW_RECORDS: usize = 1_000;
/// The brake never acts on fewer dead records than this.
const DEAD_MIN: usize = 100;
/// Share of dead records in the window at which the stage stops, in percent.
const DEAD_PERCENT_MAX: usize = 20;

/// The quarantine record of `raw`. `readable` is false for what could not even be decoded: that
/// counts as private.
pub fn bury(
    codec: &Codec,
    raw: &RawRecord,
    stage: &str,
    (reason, detail): (&str, &str),
    (org, readable): (&str, bool),
    now: DateTime<Utc>,
) -> Result<Outgoing, WireError> {
    let at = &raw.position;
    let kind = match at.topic.privacy {
        Privacy::PublicText | Privacy::Facts if readable => Kind::Post,
        _ => Kind::Message,
    };
    let value = raw.value.clone().unwrap_or_default();
    let record = Quarantined {
        org: org.to_owned(),
        topic: at.topic.name.to_owned(),
        partition: at.partition,
        offset: at.offset,
        key: raw.key.clone(),
        schema_id: schema_id(&value).ok().and_then(|id| i32::try_from(id).ok()),
        value,
        stage: stage.to_owned(),
        reason: reason.to_owned(),
        detail: detail.to_owned(),
        quarantined_at: now,
    };
    Ok(Outgoing {
        topic: quarantine(kind),
        partition: at.partition,
        key: raw.key.clone().unwrap_or_default(),
        value: Some(codec.encode(&record)?),
        erases: false,
    })
}

/// Stops a stage when the share of dead records jumps.
#[derive(Debug, Default)]
pub struct Brake {
    window: VecDeque<bool>,
    dead: usize,
}

impl Brake {
    /// Counts a record; true when the stage must stop.
    pub fn count(&mut self, dead: bool) -> bool {
        if self.window.len() == WINDOW_RECORDS && self.window.pop_front() == Some(true) {
            self.dead -= 1;
        }
        self.window.push_back(dead);
        self.dead += usize::from(dead);
        self.dead >= DEAD_MIN && self.dead * 100 > WINDOW_RECORDS * DEAD_PERCENT_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_percent_passes_and_a_bad_deploy_stops() {
        let mut brake = Brake::default();
        assert!(
            !(0..10_000).any(|n| brake.count(n % 20 == 0)),
            "5 % dead must pass"
        );
        let stopped = (0..1_000).position(|_| brake.count(true));
        assert!(
            stopped.is_some_and(|n| n < 250),
            "all dead must stop soon: {stopped:?}"
        );
    }
}
