//! What a check of health says: one line for each thing looked at, with what cures it.

use serde::{Deserialize, Serialize};

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works; something is lost, or will be.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it belongs to, such as `kafka`; for a part of an organisation, the organisation and the part.
    pub of: String,
    /// What was looked at.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// What was seen. No secret, no text of anybody.
    pub what: String,
    /// The command or page that cures it; empty if nothing is wrong.
    pub cure: String,
}

impl Line {
    /// It is as it should be.
    pub fn ok(of: &str, check: &str, what: impl Into<String>) -> Self {
        Self::new((of, check), State::Ok, what, "")
    }

    /// It works, and something is lost, or will be.
    pub fn warn(of: &str, check: &str, what: impl Into<String>, cure: &str) -> Self {
        Self::new((of, check), State::Warn, what, cure)
    }

    /// It does not work.
    pub fn fail(of: &str, check: &str, what: impl Into<String>, cure: &str) -> Self {
        Self::new((of, check), State::Fail, what, cure)
    }

    fn new((of, check): (&str, &str), state: State, what: impl Into<String>, cure: &str) -> Self {
        Self {
            of: of.to_owned(),
            check: check.to_owned(),
            state,
            what: what.into(),
            cure: cure.to_owned(),
        }
    }
}
