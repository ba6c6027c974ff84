//! What differs between two configurations, fit to be shown: a secret that differs is told, and neither
//! of the two is.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::account::Account;
use super::{OrgConfig, Organisations, shown};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Organisation.
    pub org: String,
    /// Setting, in the names of the file; `accounts.<X id or handle>` of an account; empty for the
    /// organisation as a whole.
    pub key: String,
    /// As it stands, masked; none where it does not.
    pub before: Option<String>,
    /// As it would stand.
    pub after: Option<String>,
}

impl Organisations {
    /// What would change if `to` were in force. Defaults count as what they are.
    pub fn differences(&self, to: &Self) -> Vec<Difference> {
        let mut all = Vec::new();
        let keys = self.by_folded_id.keys().chain(to.by_folded_id.keys());
        let mut keys: Vec<&String> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (before, after) = (self.get(key), to.get(key));
            let named = after.or(before).map(|org| org.org_id.clone());
            let org = named.unwrap_or_default();
            if let (Some(before), Some(after)) = (before, after) {
                all.extend(of_org(&org, before, after));
                continue;
            }
            let accounts = |org: &OrgConfig| format!("{} account(s)", org.accounts.len());
            all.push(Difference {
                org,
                key: String::new(),
                before: before.map(|org| accounts(org)),
                after: after.map(|org| accounts(org)),
            });
        }
        all
    }
}

fn of_org(org: &str, before: &OrgConfig, after: &OrgConfig) -> Vec<Difference> {
    let masked = [before, after].map(|org| leaves(&flat(org, &|_| json!(shown::SET))));
    let bare =
        [before, after].map(|org| leaves(&flat(org, &|secret| json!(secret.expose_secret()))));
    let mut keys: Vec<&String> = bare.iter().flat_map(BTreeMap::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    let differing = keys
        .into_iter()
        .filter(|key| bare[0].get(*key) != bare[1].get(*key));
    differing
        .map(|key| {
            let [before, after] = [0, 1].map(|side| masked[side].get(key).map(Value::to_string));
            let hidden = before.is_some() && before == after;
            Difference {
                org: org.to_owned(),
                key: key.clone(),
                before,
                after: after.map(|text| {
                    if hidden {
                        format!("another {text}")
                    } else {
                        text
                    }
                }),
            }
        })
        .collect()
}

// One tree: settings by their names, accounts by what tells them apart, and their order, which says
// whose secret answers X's challenge.
fn flat(org: &OrgConfig, secret: shown::Secret<'_>) -> Value {
    let mut tree = shown::settings(&org.settings, secret);
    let each = org
        .accounts
        .iter()
        .map(|account| (name(account), shown::account(account, secret)));
    tree["accounts"] = Value::Object(each.collect());
    tree["accounts"]["in this order"] = org.accounts.iter().map(name).collect();
    tree["org_id"] = json!(org.org_id);
    tree
}

fn name(account: &Account) -> String {
    account
        .x_id
        .clone()
        .unwrap_or_else(|| format!("@{}", account.page_id.to_ascii_lowercase()))
}

// Every value that is no object, under the names that lead to it; what is not set is left out.
fn leaves(tree: &Value) -> BTreeMap<String, Value> {
    fn walk(path: &str, tree: &Value, into: &mut BTreeMap<String, Value>) {
        match tree {
            Value::Null => {}
            Value::Object(fields) => {
                for (name, field) in fields {
                    let dot = if path.is_empty() { "" } else { "." };
                    walk(&format!("{path}{dot}{name}"), field, into);
                }
            }
            leaf => drop(into.insert(path.to_owned(), leaf.clone())),
        }
    }
    let mut all = BTreeMap::new();
    walk("", tree, &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::super::parse_toml;

    const ACCOUNT: &str = r#"
[[org.acme.accounts]]
pageId = "acme"
consumerKey = "hush-1"
consumerSecret = "hush-2"
accessToken = "900-hush-3"
accessTokenSecret = "hush-4"
"#;

    fn lines(before: &str, after: &str) -> Vec<String> {
        let [before, after] = [before, after].map(|text| parse_toml(text).unwrap());
        let all = before.differences(&after);
        assert!(!format!("{all:?}").contains("hush"), "{all:?}");
        let shown = |side: Option<String>| side.unwrap_or_else(|| "none".to_owned());
        all.into_iter()
            .map(|one| {
                format!(
                    "{} {}: {} -> {}",
                    one.org,
                    one.key,
                    shown(one.before),
                    shown(one.after)
                )
            })
            .collect()
    }

    #[test]
    fn settings_accounts_and_secrets_that_differ_are_named_and_no_secret_is_shown() {
        let org = |settings: &str| format!("[org.acme]\n{settings}{ACCOUNT}");
        let same: [&str; 0] = [];
        assert_eq!(
            lines(&org(""), &org("undo_send_s = 5\n")),
            same,
            "the default is named"
        );
        assert_eq!(
            lines(&org(""), &org("undo_send_s = 9\nmodes = { poll_s = 90 }\n")),
            ["acme modes.poll_s: 60 -> 90", "acme undo_send_s: 5 -> 9"]
        );
        assert_eq!(
            lines(
                &org("consumer_secrets = [\"hush-5\"]\n"),
                &org("consumer_secrets = [\"hush-6\"]\n")
            ),
            [r#"acme consumer_secrets: ["***"] -> another ["***"]"#]
        );
        assert_eq!(
            lines(
                &org(""),
                &org("oauth2 = { client_id = \"app\", secret = \"hush-7\" }\n")
            ),
            [
                r#"acme oauth2.client_id: none -> "app""#,
                r#"acme oauth2.secret: none -> "***""#
            ]
        );
        assert_eq!(
            lines(
                &org(""),
                &org("")
                    .replace("hush-2", "hush-8")
                    .replace("\"acme\"", "\"@Acme_Help\"")
            ),
            [
                r#"acme accounts.900.consumerSecret: "***" -> another "***""#,
                r#"acme accounts.900.pageId: "acme" -> "Acme_Help""#,
            ]
        );
    }

    #[test]
    fn organisations_and_accounts_come_go_and_change_places() {
        let acme = format!("[org.acme]\n{ACCOUNT}");
        let zeta = acme.replace("acme", "zeta").replace("900", "901");
        let both = format!("{acme}{zeta}");
        assert_eq!(lines(&acme, &both), ["zeta : none -> 1 account(s)"]);
        assert_eq!(lines(&both, &zeta), ["acme : 1 account(s) -> none"]);
        let second = ACCOUNT.replace("\"acme\"", "\"b\"").replace("900", "902");
        let [first, other] = [
            format!("{acme}{second}"),
            format!("[org.acme]\n{second}{ACCOUNT}"),
        ];
        assert_eq!(
            lines(&first, &other),
            [r#"acme accounts.in this order: ["900","902"] -> ["902","900"]"#]
        );
        let added = lines(&acme, &first);
        assert_eq!(added.len(), 7, "{added:?}");
        assert_eq!(added[5], r#"acme accounts.902.xId: none -> "902""#);
    }
}
