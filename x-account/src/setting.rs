//! Since when the DM setting and the token are what they are: a token that is older than the setting
//! must be generated anew (X says so; nothing in the API tells). Pure.

use chrono::{DateTime, Utc};
use runtime::pg::facts::Fact;
use schemas::org_config::Account;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::name;

/// Name of the fact about the token: its digest, and since when it is in use.
pub const TOKEN: &str = "token";
/// Name of the fact about the DM setting: whether it is open, and since when that is known.
pub const DM_SETTING: &str = "dm-setting";
/// Hex digits of a digest: enough to tell two tokens apart, nothing to guess one from.
const DIGEST_CHARS: usize = 12;

/// What is known now.
pub struct Since {
    /// The token was in use before the setting changed.
    pub token_is_older: bool,
    /// The facts to keep.
    pub facts: Vec<(&'static str, Value)>,
}

/// Compares what is seen with what was known.
pub fn seen(known: &[Fact], account: &Account, open: Option<bool>, now: DateTime<Utc>) -> Since {
    let digest = Sha256::digest(account.access_token.expose_secret().as_bytes());
    let mut digest = format!("{digest:x}");
    digest.truncate(DIGEST_CHARS);
    let token = kept(known, account, TOKEN, &json!(digest), now);
    let mut facts = vec![(TOKEN, json!({ "is": digest, "since": token.since }))];
    let mut token_is_older = false;
    if let Some(open) = open {
        let Kept { since, changed } = kept(known, account, DM_SETTING, &json!(open), now);
        // What was never seen to change is taken for older than every token.
        token_is_older = changed && token.since < since;
        let value = json!({ "is": open, "since": since, "changed": changed });
        facts.push((DM_SETTING, value));
    }
    Since {
        token_is_older,
        facts,
    }
}

struct Kept {
    since: DateTime<Utc>,
    /// It was seen to be otherwise before.
    changed: bool,
}

/// Since when a fact is as it is.
fn kept(known: &[Fact], account: &Account, fact: &str, is: &Value, now: DateTime<Utc>) -> Kept {
    let subject = name(account);
    let before = known
        .iter()
        .find(|known| known.subject == subject && known.name == fact)
        .map(|known| &known.value);
    match before {
        Some(value) if value["is"] == *is => {
            let since = value["since"].as_str().and_then(|since| since.parse().ok());
            Kept {
                since: since.unwrap_or(now),
                changed: value["changed"] == json!(true),
            }
        }
        before => Kept {
            since: now,
            changed: before.is_some(),
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn account(token: &str) -> Account {
        let text = format!(
            r#"socialConfig.a={{"orgId":"a","XConfig":{{"pageId":"h","XConsumerKey":"k",
            "XConsumerSecret":"s","XAccessTokenId":"42-{token}","XAccessTokenSecret":"ts"}}}}"#
        );
        let orgs = schemas::org_config::parse(&text).unwrap();
        orgs.get("a").unwrap().accounts[0].clone()
    }

    /// Looks once a day: the token then in use, and the setting.
    fn days(looks: &[(&str, bool)]) -> Vec<bool> {
        let mut known: Vec<Fact> = Vec::new();
        let mut older = Vec::new();
        for (day, (token, open)) in (0..).zip(looks) {
            let at = DateTime::UNIX_EPOCH + TimeDelta::days(day);
            let since = seen(&known, &account(token), Some(*open), at);
            older.push(since.token_is_older);
            known = since
                .facts
                .into_iter()
                .map(|(name, value)| Fact {
                    subject: "42".to_owned(),
                    name: name.to_owned(),
                    value,
                    at,
                })
                .collect();
        }
        older
    }

    #[test]
    fn a_token_is_older_than_a_setting_that_was_seen_to_change_after_it() {
        assert_eq!(days(&[("t", true), ("t", true)]), [false, false]);
        let opened = [
            ("t", false),
            ("t", true),
            ("t", true),
            ("u", true),
            ("u", true),
        ];
        assert_eq!(days(&opened), [false, true, true, false, false]);
        let replaced_at_once = [("t", false), ("u", true), ("u", true)];
        assert_eq!(days(&replaced_at_once), [false, false, false]);
    }

    #[test]
    fn no_token_is_kept() {
        let since = seen(&[], &account("geheim"), None, DateTime::UNIX_EPOCH);
        let kept = format!("{:?}", since.facts);
        assert!(!kept.contains("geheim"), "{kept}");
        assert_eq!(since.facts.len(), 1);
    }
}
