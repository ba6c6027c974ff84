//! What the rows say of each text, and what X has of it. Pure.

use std::collections::HashMap;
use std::fmt;

use respond::Reply;

use super::desk::text;
use super::x::Sent;

/// What a person had to decide.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// At X, and not found by the sender: its looks should find it.
    pub there: usize,
    /// Not at X: sent again.
    pub sent_again: usize,
}

/// Intents whose call may have had an effect, and how they stood before a person was asked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Doubts {
    /// All of them.
    pub all: usize,
    /// Found at X by the sender.
    pub found: usize,
    /// Left for a person.
    pub left: usize,
}

/// The counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub sends: usize,
    pub kills: usize,
    /// At X once, and the row says so under the right id.
    pub once: usize,
    /// At X more than once.
    pub doubled: usize,
    /// The row says posted, and X does not have it; or X has it, and the row does not say so; or it
    /// never ended.
    pub lost: usize,
    /// X does not have it, and the row says so.
    pub refused: usize,
    pub doubtful: Doubts,
    pub told: Told,
    pub seconds: u64,
}

impl Outcome {
    /// Each text is at X once, and nobody had to find what the sender could have.
    pub fn clean(&self) -> bool {
        self.once == self.sends && self.doubled == 0 && self.lost == 0 && self.told.there == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "sends {}  kills {}  posted once {}  doubled {}  lost {}  refused {}  seconds {}",
            self.sends, self.kills, self.once, self.doubled, self.lost, self.refused, self.seconds
        )?;
        write!(
            f,
            "unknown {}  found by itself {}  told by a person: there {}, not there and sent again {}",
            self.doubtful.all, self.doubtful.found, self.told.there, self.told.sent_again
        )
    }
}

/// How doubtful intents stand.
pub fn doubts(replies: &[Reply]) -> Doubts {
    let doubtful = || replies.iter().filter(|r| r.doubtful_since.is_some());
    Doubts {
        all: doubtful().count(),
        found: doubtful().filter(|r| r.state == "posted").count(),
        left: doubtful().filter(|r| r.state == "unknown").count(),
    }
}

/// Compares the rows, whose writer is their number, with what X has.
pub fn recount(replies: &[Reply], sent: &[Sent]) -> Outcome {
    let sent: HashMap<&str, &Vec<String>> = sent
        .iter()
        .map(|(text, ids)| (text.as_str(), ids))
        .collect();
    let mut outcome = Outcome {
        sends: replies.len(),
        ..Outcome::default()
    };
    for reply in replies {
        let text = reply.written_by.parse().map(text).unwrap_or_default();
        let ids = sent
            .get(text.as_str())
            .map_or(&[][..], |ids| ids.as_slice());
        match (reply.state.as_str(), ids) {
            (_, [_, _, ..]) => outcome.doubled += 1,
            ("posted", [id]) if reply.x_id.as_ref() == Some(id) => outcome.once += 1,
            ("failed", []) => outcome.refused += 1,
            _ => outcome.lost += 1,
        }
    }
    outcome
}
