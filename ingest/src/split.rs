//! One body of X, in any of its shapes, as records. Pure: the same body gives the same records.

use chrono::{DateTime, Utc};
use schemas::Kind;

use crate::body::Gathered;
use crate::events::Fate;
use crate::fields::Fields;
use crate::org::OrgView;
use crate::publish::Outgoing;
use crate::stage::{About, Bytes, Origin};
use crate::{aaa, v2, xaa};

/// What a body holds.
#[derive(Debug, Default, PartialEq)]
pub struct Split {
    /// To be published, all of them, before X gets its 200.
    pub records: Vec<Outgoing>,
    /// Events that customer care has no use for, by name, with their count.
    pub skipped: Vec<(&'static str, usize)>,
    /// What an operator should hear of.
    pub notices: Vec<Notice>,
    /// Why the body is also among the records, whole, for quarantine.
    pub quarantined: Option<Unreadable>,
}

/// Something for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An account took back what it allowed us.
    Revoked,
    /// A replay ended: whole, or to be asked for again.
    ReplayEnded { complete: bool },
}

/// Why a body, or a part of it, could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Not a shape that X documents.
    UnknownShape,
    /// A shape we know with an event that we do not.
    UnknownEvent,
    /// Something private for an account that the organisation has not.
    UnknownAccount,
    /// More than a body may hold.
    TooMany,
}

impl Unreadable {
    /// Every reason: metric label, quarantine reason and the table in the README.
    pub const ALL: [Self; 4] = [
        Self::UnknownShape,
        Self::UnknownEvent,
        Self::UnknownAccount,
        Self::TooMany,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownShape => "unknown-shape",
            Self::UnknownEvent => "unknown-event",
            Self::UnknownAccount => "unknown-account",
            Self::TooMany => "too-many-items",
        }
    }
}

/// A body that is refused, not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// `object: page`.
    #[error("facebook is not supported")]
    Facebook,
}

/// Splits a body that came from `source` (webhook, stream, replay).
pub fn split(
    body: &[u8],
    org: &OrgView,
    source: &str,
    received_at: DateTime<Utc>,
) -> Result<Split, SplitError> {
    let origin = Origin {
        org,
        source,
        received_at,
        envelope: "",
        event: "",
        account: "",
        backfill: false,
    };
    let mut gathered = Gathered::new(origin);
    match Fields::of_bytes(body) {
        None => gathered.bad(Unreadable::UnknownShape, "not a JSON object"),
        Some(fields) if fields.text("object").as_deref() == Some("page") => {
            return Err(SplitError::Facebook);
        }
        Some(fields) if v2::is_line(&fields) => v2::gather(&fields, body, &mut gathered),
        Some(fields) if fields.raw("data").is_some() => xaa::gather(&fields, &mut gathered),
        Some(fields) => aaa::gather(&fields, &mut gathered),
    }
    Ok(gathered.finish(body))
}

/// One object of an answer of X: what is fetched is staged like what is delivered.
#[derive(Debug, Clone, Copy)]
pub struct Fetched<'a> {
    /// `{"data":…,"includes":…}`.
    pub envelope: &'a str,
    /// Post or message.
    pub kind: Kind,
    /// History, fetched later.
    pub backfill: bool,
}

/// Splits what was fetched for an account, by `source` (poll, lookup).
pub fn split_fetched(
    fetched: &Fetched<'_>,
    org: &OrgView,
    account: &str,
    source: &str,
    received_at: DateTime<Utc>,
) -> Split {
    let origin = Origin {
        org,
        source,
        received_at,
        envelope: "v2",
        event: "",
        account,
        backfill: fetched.backfill,
    };
    let mut gathered = Gathered::new(origin);
    v2::gather_fetched(fetched, &mut gathered);
    gathered.finish(fetched.envelope.as_bytes())
}

/// Splits a user that was looked up: what X says of the profile now.
pub fn split_user(x_id: &str, json: &str, org: &OrgView, received_at: DateTime<Utc>) -> Split {
    let origin = Origin {
        org,
        source: "lookup",
        received_at,
        envelope: "v2",
        event: "user",
        account: "",
        backfill: false,
    };
    let envelope = format!("{{\"data\":{json}}}");
    let mut gathered = Gathered::new(origin);
    let bytes = Bytes {
        payload: &envelope,
        context: None,
    };
    gathered.add(Fate::Profile, &origin, About::Person { x_id }, bytes);
    gathered.finish(envelope.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::Unreadable;

    #[test]
    fn every_reason_is_in_the_readme() {
        let readme = include_str!("../README.md");
        for reason in Unreadable::ALL {
            assert!(
                readme.contains(&format!("| `{}` |", reason.as_str())),
                "{reason:?}"
            );
        }
    }
}
