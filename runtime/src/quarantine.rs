//! Quarantine: what could not be handled is kept whole, with its provenance; and the brake that
//! stops a stage before a bad deploy drains a topic into it.

pub mod again;

use std::collections::{HashMap, VecDeque};

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
/// Records of an organisation that must have been seen before it counts as well.
const WELL_MIN: usize = 10;

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

/// Stops a stage when the share of dead records jumps, as after a bad deploy. One organisation's
/// poison is no such jump: while another's records are well, only the poison goes to quarantine.
#[derive(Debug, Default)]
pub struct Brake {
    // Organisations are configured, so they are few.
    orgs: HashMap<String, Window>,
}

#[derive(Debug, Default)]
struct Window {
    last: VecDeque<bool>,
    dead: usize,
}

impl Window {
    fn push(&mut self, dead: bool) {
        if self.last.len() == WINDOW_RECORDS && self.last.pop_front() == Some(true) {
            self.dead -= 1;
        }
        self.last.push_back(dead);
        self.dead += usize::from(dead);
    }

    fn over(&self) -> bool {
        self.dead >= DEAD_MIN && self.dead * 100 > WINDOW_RECORDS * DEAD_PERCENT_MAX
    }

    fn well(&self) -> bool {
        let seen = self.last.len();
        seen >= WELL_MIN && self.dead * 100 <= seen * DEAD_PERCENT_MAX
    }
}

impl Brake {
    /// Counts a record of an organisation; true when the stage must stop.
    pub fn count(&mut self, org: &str, dead: bool) -> bool {
        if !self.orgs.contains_key(org) {
            self.orgs.insert(org.to_owned(), Window::default());
        }
        let Some(window) = self.orgs.get_mut(org) else {
            return false;
        };
        window.push(dead);
        window.over()
            && !self
                .orgs
                .iter()
                .any(|(other, window)| other != org && window.well())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_percent_passes_and_a_bad_deploy_stops() {
        let mut brake = Brake::default();
        assert!(
            !(0..10_000).any(|n| brake.count("a", n % 20 == 0)),
            "5 % dead must pass"
        );
        let stopped = (0..1_000).position(|_| brake.count("a", true));
        assert!(
            stopped.is_some_and(|n| n < 250),
            "all dead must stop soon: {stopped:?}"
        );
    }

    #[test]
    fn one_organisations_poison_stops_nothing_while_another_is_well() {
        let mut brake = Brake::default();
        assert!(!(0..20).any(|_| brake.count("well", false)));
        assert!(!(0..5_000).any(|_| brake.count("poisoned", true)));
        // A bad deploy harms all of them.
        assert!((0..2_000).any(|_| brake.count("well", true) | brake.count("poisoned", true)));
    }

    #[test]
    fn an_organisation_that_was_hardly_seen_says_nothing() {
        let mut brake = Brake::default();
        assert!(!(0..WELL_MIN - 1).any(|_| brake.count("quiet", false)));
        assert!((0..1_000).any(|_| brake.count("poisoned", true)));
    }
}
