//! Puts entries together: one organisation from its `socialConfig` and its `earshot` object, or
//! from one TOML table.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::account::{self, Account};
use super::error::{Report, shown};
use super::properties::{Entry, Family};
use super::section::Section;
use super::settings::{self, Settings};
use super::tree::Tree;

/// X accounts of one organisation.
const ACCOUNTS_MAX: usize = 200;
/// Characters of an organisation's id.
const ORG_ID_CHARS_MAX: usize = 64;

/// One organisation.
#[derive(Debug, Clone)]
pub struct OrgConfig {
    /// Canonical name: the `orgId`.
    pub org_id: String,
    /// Its X accounts, at least one.
    pub accounts: Vec<Account>,
    /// Everything with a default.
    pub settings: Settings,
}

impl OrgConfig {
    /// Every secret that may have signed a delivery; the first answers a CRC. The accounts' own
    /// come first, then the rotation list.
    pub fn consumer_secrets(&self) -> Vec<&SecretString> {
        let mut secrets: Vec<&SecretString> = Vec::new();
        let own = self.accounts.iter().map(|account| &account.consumer_secret);
        for secret in own.chain(&self.settings.consumer_secrets) {
            if !secrets
                .iter()
                .any(|known| known.expose_secret() == secret.expose_secret())
            {
                secrets.push(secret);
            }
        }
        secrets
    }

    /// Every secret that is set, in the order of the settings.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let accounts = self.accounts.iter().flat_map(|account| {
            [
                &account.consumer_key,
                &account.consumer_secret,
                &account.access_token,
                &account.access_token_secret,
            ]
        });
        let app = self.settings.oauth2.iter();
        let app = app.flat_map(|app| app.secret.iter().chain(&app.refresh));
        let all = accounts.chain(app).chain(&self.settings.consumer_secrets);
        all.map(ExposeSecret::expose_secret)
    }

    /// X user ids of the accounts, as far as they are known.
    pub fn x_ids(&self) -> impl Iterator<Item = &str> {
        self.accounts
            .iter()
            .filter_map(|account| account.x_id.as_deref())
    }
}

pub(super) fn from_properties(entries: Vec<Entry>, report: &mut Report) -> Vec<OrgConfig> {
    let mut social = BTreeMap::new();
    let mut settings = BTreeMap::new();
    for entry in entries {
        let key = format!("{}.{}", entry.family.prefix(), shown(&entry.org));
        let Some(tree) = object(&entry, &key, report) else {
            continue;
        };
        let place = match entry.family {
            Family::Social => &mut social,
            Family::Earshot => &mut settings,
        };
        if place
            .insert(entry.org.to_ascii_lowercase(), (entry.org.clone(), tree))
            .is_some()
        {
            report.problem(&entry.org, &key, "configured twice; keep one");
        }
    }
    let mut found = Vec::new();
    for (folded, (name, tree)) in social {
        let mut section = Section::new(&name, "", tree, report);
        let org_id = org_id(&mut section, &name, true);
        let accounts = accounts(&mut section);
        section.end();
        let (_, own) = settings.remove(&folded).unwrap_or_default();
        let section = Section::new(&name, "earshot", own, report);
        found.extend(assemble(org_id, accounts, section));
    }
    for (name, _) in settings.into_values() {
        report.problem(
            &name,
            "earshot",
            format!("settings without socialConfig.{name}; add it"),
        );
    }
    found
}

fn object(entry: &Entry, key: &str, report: &mut Report) -> Option<Vec<(String, Tree)>> {
    match serde_json::from_str(&entry.json) {
        Ok(Tree::Object(entries)) => return Some(entries),
        Ok(_) => report.problem(&entry.org, key, "expected an object, {…}"),
        Err(error) => {
            let (line, column) = (entry.line + error.line() - 1, error.column());
            let what = format!(
                "not valid JSON at line {line}, column {column}; check quotes, commas and braces"
            );
            report.problem(&entry.org, key, what);
        }
    }
    None
}

pub(super) fn from_toml(text: &str, report: &mut Report) -> Vec<OrgConfig> {
    let entries = match toml::from_str(text) {
        Ok(Tree::Object(entries)) => entries,
        Ok(_) => Vec::new(),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            report.problem("", "toml", format!("not valid TOML at line {line}"));
            return Vec::new();
        }
    };
    let mut file = Section::new("", "", entries, report);
    let orgs = match file.take(&["org"]) {
        Some(Tree::Object(orgs)) => orgs,
        Some(_) => {
            file.problem("org", "expected a table, [org.<id>]");
            Vec::new()
        }
        None => Vec::new(),
    };
    file.end();
    let mut found = Vec::new();
    for (name, tree) in orgs {
        let Tree::Object(entries) = tree else {
            report.problem(
                &name,
                "org",
                format!("expected a table, [org.{}]", shown(&name)),
            );
            continue;
        };
        let mut section = Section::new(&name, "", entries, report);
        let org_id = org_id(&mut section, &name, false);
        let accounts = accounts(&mut section);
        found.extend(assemble(org_id, accounts, section));
    }
    found
}

/// The canonical id: `orgId`, which may differ from the name of the entry in case only.
fn org_id(section: &mut Section<'_>, name: &str, required: bool) -> Option<String> {
    let id = if required {
        section.required(&["orgId"])?
    } else {
        section.text(&["orgId"]).unwrap_or_else(|| name.to_owned())
    };
    if !id.eq_ignore_ascii_case(name) {
        section.problem(
            "orgId",
            "may differ from the name of its entry in case only; make them alike",
        );
        return None;
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if id.is_empty() || id.len() > ORG_ID_CHARS_MAX || !id.bytes().all(allowed) {
        section.problem(
            "orgId",
            "expected 1 to 64 letters, digits, dots, dashes, underscores",
        );
        return None;
    }
    Some(id)
}

fn accounts(section: &mut Section<'_>) -> Vec<Account> {
    let mut found = Vec::new();
    let mut written = false;
    for names in [
        ["X/TwitterConfig", "X/TwitterConfigs"],
        ["accounts", "XAccounts"],
    ] {
        let values = match section.take(&names) {
            None => continue,
            Some(Tree::List(values)) => values,
            Some(value) => vec![value],
        };
        written = true;
        if values.is_empty() || values.len() > ACCOUNTS_MAX {
            section.problem(names[0], format!("expected 1 to {ACCOUNTS_MAX} accounts"));
        }
        for value in values.into_iter().take(ACCOUNTS_MAX) {
            found.extend(section.element(names[0], value).and_then(account::read));
        }
    }
    if !written {
        section.problem("X/TwitterConfig", "missing; add it");
    }
    let mut handles: Vec<String> = found
        .iter()
        .map(|a: &Account| a.page_id.to_lowercase())
        .collect();
    handles.sort();
    if handles.windows(2).any(|pair| pair[0] == pair[1]) {
        section.problem("X/TwitterConfig", "two accounts with one pageId; keep one");
    }
    found
}

fn assemble(
    org_id: Option<String>,
    mut accounts: Vec<Account>,
    mut section: Section<'_>,
) -> Option<OrgConfig> {
    for (name, x_id) in section.texts("x_ids") {
        let name = account::handle(&name);
        let known = accounts
            .iter_mut()
            .find(|a| a.page_id.eq_ignore_ascii_case(name));
        match known {
            Some(_) if !account::is_x_id(&x_id) => {
                section.problem("x_ids", "expected the numeric user id of X, in quotes");
            }
            Some(account) => account.x_id = Some(x_id),
            None => section.problem("x_ids", "names an account whose pageId is not configured"),
        }
    }
    let settings = settings::read(section);
    Some(OrgConfig {
        org_id: org_id?,
        accounts,
        settings,
    })
}
