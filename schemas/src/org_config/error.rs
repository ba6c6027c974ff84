//! What is wrong with a configuration: organisation, key, what to do. Never a value.

use std::fmt;

/// Characters of a key that are shown: a secret in the wrong place should not be shown whole.
const KEY_CHARS_MAX: usize = 40;

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Organisation; empty where none could be read.
    pub org: String,
    /// Key, with the keys around it.
    pub key: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { org, key, what } = self;
        if org.is_empty() {
            write!(f, "{key}: {what}")
        } else {
            write!(f, "organisation {org}, {key}: {what}")
        }
    }
}

/// Everything that is wrong, at once: nothing of the text is applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    /// What of it concerns one organisation: others are not named.
    pub fn told_to(&self, org: &str) -> String {
        let own = self
            .problems
            .iter()
            .filter(|problem| problem.org.is_empty() || problem.org.eq_ignore_ascii_case(org));
        let own: Vec<String> = own.map(ToString::to_string).collect();
        if own.is_empty() {
            return "another organisation's part is wrong, and a change is taken whole or not at all"
                .to_owned();
        }
        own.join("; ")
    }
}

/// Collects problems and warnings while reading.
#[derive(Default)]
pub(super) struct Report {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Report {
    pub(super) fn problem(&mut self, org: &str, key: &str, what: impl Into<String>) {
        self.problems.push(problem(org, key, what.into()));
    }

    pub(super) fn warning(&mut self, org: &str, key: &str, what: impl Into<String>) {
        self.warnings.push(problem(org, key, what.into()));
    }
}

fn problem(org: &str, key: &str, what: String) -> Problem {
    Problem {
        org: org.to_owned(),
        key: key.to_owned(),
        what,
    }
}

/// A key that is not ours to know, cut.
pub(super) fn shown(key: &str) -> String {
    let cut: String = key.chars().take(KEY_CHARS_MAX).collect();
    if cut.len() < key.len() {
        format!("{cut}…")
    } else {
        cut
    }
}
