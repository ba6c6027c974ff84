//! What the webhook source tells of the health of an organisation and its accounts.

use chrono::{DateTime, Utc};
use runtime::facts::Recorder;
use serde_json::json;

use crate::split::Notice;

/// Name of the fact: X's challenge was answered. Of the organisation.
pub const CRC: &str = "crc";
/// Name of the fact: an item came. Of an account.
pub const EVENT: &str = "event";
/// Name of the fact: an account withdrew its authorisation. Of the organisation.
pub const REVOKED: &str = "revoked";

pub(crate) fn challenged(facts: &Recorder, org: &str, now: DateTime<Utc>) {
    facts.note(org, "", CRC, json!({}), now);
}

/// The accounts are ours, so they are few.
pub(crate) fn delivered(facts: &Recorder, org: &str, accounts: &[String], now: DateTime<Utc>) {
    for account in accounts {
        facts.note(org, account, EVENT, json!({ "way": "webhook" }), now);
    }
}

pub(crate) fn noticed(facts: &Recorder, org: &str, notices: &[Notice], now: DateTime<Utc>) {
    if notices.contains(&Notice::Revoked) {
        facts.note(org, "", REVOKED, json!({}), now);
    }
}
