//! What becomes of an intent: pure functions of its state and of what was seen. Nothing here sends,
//! waits or asks for the time.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use x_client::Error;
use x_client::error::{AuthLoss, Meaning};

/// Unknown for so long: a person is asked.
pub const SHOW_AFTER: TimeDelta = TimeDelta::minutes(15);
/// Pauses between looks at X, seconds. The last one holds until a person is asked.
const LOOKS_S: [i64; 5] = [2, 10, 30, 60, 180];
/// Once a person is asked only our own rows are looked at, for the echo.
const ECHO_EVERY: TimeDelta = TimeDelta::minutes(1);
/// First pause after a call that surely was not made; doubled each time.
const BACKOFF_MIN: TimeDelta = TimeDelta::seconds(2);
/// Longest such pause.
const BACKOFF_MAX: TimeDelta = TimeDelta::minutes(5);
/// Calls after which an idempotent act that X does not answer is given up.
const IDEMPOTENT_ATTEMPTS_MAX: u32 = 8;

/// Where an intent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not begun.
    Queued,
    /// A call is under way.
    Sending,
    /// X has it.
    Posted,
    /// X refused it, or it was given up: X does not have it.
    Failed,
    /// It may have happened.
    Unknown,
    /// Taken back before it began.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Posted,
        Self::Failed,
        Self::Unknown,
        Self::Cancelled,
    ];

    /// Name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Posted => "posted",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// From its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why X does not have it, in X's words where it said some.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// HTTP status; none if X was not asked.
    pub status: Option<u16>,
    /// Slug of X's problem, or of ours.
    #[serde(rename = "type")]
    pub kind: String,
    /// In a few words.
    pub title: String,
    /// In more.
    pub detail: String,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// X did it; the id of what it made, where it made something.
    Done(Option<String>),
    /// X refused.
    Refused(Failure),
    /// X says that the same text stands already.
    Duplicate(Failure),
    /// What is to be deleted is not there.
    Gone(Failure),
    /// Not now; nothing happened.
    Wait(DateTime<Utc>),
    /// It surely was not sent.
    NotSent,
    /// There is no valid authorisation; nothing happened.
    AuthLost(Failure),
    /// It may have happened.
    Unknown,
}

/// Why it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A budget is used up.
    RateLimit,
    /// X cannot be reached.
    NoConnection,
}

impl Wait {
    /// Name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate-limit",
            Self::NoConnection => "no-connection",
        }
    }
}

/// Where an intent goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// X has it.
    Posted(Option<String>),
    /// X does not have it.
    Failed(Failure),
    /// It may be tried again then.
    Queued(DateTime<Utc>, Wait),
    /// Look at X then.
    Unknown(DateTime<Utc>),
}

/// What is known of an intent whose call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Doing it twice is doing it once.
    pub idempotent: bool,
    /// Calls begun, this one counted.
    pub attempts: u32,
    /// An earlier call may have had an effect.
    pub doubtful: bool,
}

/// After a call.
pub fn after_call(attempt: Attempt, outcome: Outcome, now: DateTime<Utc>) -> Next {
    let again = || Next::Queued(now + backoff(attempt.attempts), Wait::NoConnection);
    match outcome {
        Outcome::Done(x_id) => Next::Posted(x_id),
        Outcome::Gone(_) if attempt.idempotent => Next::Posted(None),
        // On a second try the first may be what it is a duplicate of: look, and do not guess.
        Outcome::Duplicate(_) if attempt.doubtful => Next::Unknown(now),
        Outcome::Refused(failure)
        | Outcome::Duplicate(failure)
        | Outcome::Gone(failure)
        | Outcome::AuthLost(failure) => Next::Failed(failure),
        Outcome::Wait(until) => Next::Queued(until.max(now), Wait::RateLimit),
        Outcome::Unknown if !attempt.idempotent => Next::Unknown(now + look_pause(0)),
        Outcome::Unknown if attempt.attempts >= IDEMPOTENT_ATTEMPTS_MAX => Next::Failed(Failure {
            kind: "no-answer".to_owned(),
            title: "X did not answer".to_owned(),
            detail: "X gave no answer; try again later.".to_owned(),
            ..Failure::default()
        }),
        Outcome::NotSent | Outcome::Unknown => again(),
    }
}

/// Before a call: whether X is looked at first.
pub fn looks_first(attempt: Attempt) -> bool {
    attempt.doubtful && !attempt.idempotent
}

/// What a look at X and at our own rows found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It stands there.
    Posted(String),
    /// It was not among what was seen.
    Nothing,
}

/// After a look at an intent of unknown outcome. Not to be found is no proof: it stays unknown.
pub fn after_look(found: Found, (since, looks): (DateTime<Utc>, u32), now: DateTime<Utc>) -> Next {
    match found {
        Found::Posted(x_id) => Next::Posted(Some(x_id)),
        Found::Nothing if shown(since, now) => Next::Unknown(now + ECHO_EVERY),
        Found::Nothing => Next::Unknown(now + look_pause(looks)),
    }
}

/// Whether a person is asked, and X no more.
pub fn shown(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - since >= SHOW_AFTER
}

fn look_pause(looks: u32) -> TimeDelta {
    let at = usize::try_from(looks).unwrap_or(usize::MAX);
    TimeDelta::seconds(LOOKS_S[at.min(LOOKS_S.len() - 1)])
}

fn backoff(attempts: u32) -> TimeDelta {
    let doubled = attempts.saturating_sub(1).min(8);
    (BACKOFF_MIN * (1 << doubled)).min(BACKOFF_MAX)
}

/// What a person may do to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Take it back, or put away what failed.
    Cancel,
    /// Send it anew.
    Resend,
    /// It is on X.
    ItIsThere,
    /// It is not on X.
    ItIsNotThere,
}

/// Where a command leads; none if the state does not allow it.
pub fn commanded(state: State, command: Command) -> Option<State> {
    match (state, command) {
        (State::Queued | State::Failed, Command::Cancel) => Some(State::Cancelled),
        (State::Failed, Command::Resend) => Some(State::Queued),
        (State::Unknown, Command::ItIsThere) => Some(State::Posted),
        (State::Unknown, Command::ItIsNotThere) => Some(State::Failed),
        _ => None,
    }
}

/// How a call ended, of the error that the client gave.
pub fn outcome(error: &Error) -> Outcome {
    let failure = || {
        let refusal = error.refusal();
        let first = refusal.and_then(|refusal| refusal.problems.first());
        Failure {
            status: refusal.map(|refusal| refusal.status),
            kind: refusal.map_or_else(String::new, |refusal| format!("{:?}", refusal.kind())),
            title: first.and_then(|p| p.title.clone()).unwrap_or_default(),
            detail: first
                .and_then(|p| p.detail.clone())
                .unwrap_or_else(|| error.to_string()),
        }
    };
    match (error, error.meaning()) {
        (Error::RateLimited { until, .. }, _) => Outcome::Wait(*until),
        (Error::Refused { refusal, .. }, _) if refusal.is_duplicate() => {
            Outcome::Duplicate(failure())
        }
        (Error::Refused { refusal, .. }, _) if refusal.is_gone() => Outcome::Gone(failure()),
        (Error::AuthLost { loss, .. }, _) => Outcome::AuthLost(Failure {
            kind: match loss {
                AuthLoss::NotConfigured(_) => "not-configured",
                AuthLoss::Refused(_) => "authorisation-refused",
                AuthLoss::RefreshRefused(_) => "authorisation-ended",
            }
            .to_owned(),
            title: "The account may not act at X".to_owned(),
            detail: error.to_string(),
            ..failure()
        }),
        (_, Meaning::TryAgain) => Outcome::NotSent,
        (_, Meaning::Unknown | Meaning::Wait) => Outcome::Unknown,
        (_, Meaning::Refused | Meaning::AuthLost | Meaning::Mistake) => Outcome::Refused(failure()),
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
