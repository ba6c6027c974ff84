//! Configuration of organisations: a pure parser, no file and no network.
//!
//! Two forms, one meaning. *Properties* (a file or Consul), as the process guide prints them:
//!
//! ```text
//! socialConfig.exampleorg-us={
//!   "orgId": "exampleOrg-us",
//!   "X/TwitterConfig": { "pageId": "…", "X/TwitterConsumerKey": "…", "X/TwitterConsumerSecret": "…",
//!                        "X/TwitterAccessTokenId": "…", "X/TwitterAccessTokenSecret": "…" }
//! }
//! earshot.exampleorg-us={ "time_zone": "Europe/Berlin" }
//! ```
//!
//! *TOML*: `[org.<id>]` with the same settings and `[[org.<id>.accounts]]`.
//!
//! Several X accounts of an organisation: `X/TwitterConfig` as an array, or beside it `"accounts": […]`
//! with objects of the same keys. In names, `X/Twitter`, `Twitter`, `X` and any case are the same.
//! Other properties of the file are not ours and are ignored; a key inside our objects that nobody
//! knows is an error. Neither an error nor `Debug` ever shows a secret.

mod account;
mod budget;
mod diff;
mod error;
mod modes;
mod organisation;
mod properties;
mod section;
mod settings;
mod shown;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use account::Account;
pub use budget::Spending;
pub use diff::Difference;
pub use error::{ConfigError, Problem};
pub use modes::{ApiLimits, Budget, Capabilities, Modes, OAuth2, SilenceAlarm, Weights};
pub use organisation::OrgConfig;
pub use settings::{Settings, Tier};

use error::Report;

/// Every configured organisation.
#[derive(Debug, Clone, Default)]
pub struct Organisations {
    by_folded_id: BTreeMap<String, Arc<OrgConfig>>,
    warnings: Vec<Problem>,
}

impl Organisations {
    /// The organisation of an id in any case: ids that differ in case only are refused.
    pub fn get(&self, org: &str) -> Option<&Arc<OrgConfig>> {
        self.by_folded_id.get(&org.to_ascii_lowercase())
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<OrgConfig>> {
        self.by_folded_id.values()
    }

    /// What is not wrong but should be known.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

/// Reads the properties form.
pub fn parse(text: &str) -> Result<Organisations, ConfigError> {
    let mut report = Report::default();
    let entries = properties::scan(text, &mut report);
    finish(organisation::from_properties(entries, &mut report), report)
}

/// Reads the TOML form.
pub fn parse_toml(text: &str) -> Result<Organisations, ConfigError> {
    let mut report = Report::default();
    finish(organisation::from_toml(text, &mut report), report)
}

/// Whether the name of a file tells the TOML form; else it is properties.
pub fn is_toml(name: &str) -> bool {
    let suffix = std::path::Path::new(name).extension();
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("toml"))
}

/// Reads the form that the name of the file tells.
pub fn parse_file(name: &str, text: &str) -> Result<Organisations, ConfigError> {
    if is_toml(name) {
        parse_toml(text)
    } else {
        parse(text)
    }
}

/// Reads a key/value store, such as a prefix of Consul: a key that ends in `socialConfig.<org>` or
/// `earshot.<org>` holds the object; the value of any other key is read as properties.
pub fn parse_pairs<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Organisations, ConfigError> {
    let mut report = Report::default();
    let mut entries = Vec::new();
    for (key, value) in pairs {
        let name = key.rsplit('/').next().unwrap_or(key);
        if properties::is_ours(name) {
            let text = format!("{name}={value}");
            entries.extend(properties::scan(&text, &mut report));
        } else {
            entries.extend(properties::scan(value, &mut report));
        }
    }
    finish(organisation::from_properties(entries, &mut report), report)
}

/// Whether a name, such as the last part of a key, is one of our entries'.
pub fn is_entry(name: &str) -> bool {
    properties::is_ours(name)
}

/// Name and object of each of our entries in properties, not looked over. They hold secrets.
pub fn entries(text: &str) -> Vec<(String, String)> {
    let found = properties::scan(text, &mut Report::default());
    found.into_iter().map(properties::Entry::named).collect()
}

/// Line and name of each property that is not ours. A name may be a part of a value over several lines:
/// it is for comparison, and not to be shown.
pub fn others(text: &str) -> Vec<(usize, String)> {
    properties::others(text)
}

fn finish(found: Vec<OrgConfig>, mut report: Report) -> Result<Organisations, ConfigError> {
    let mut by_folded_id = BTreeMap::new();
    for org in found {
        let id = org.org_id.clone();
        if by_folded_id
            .insert(id.to_ascii_lowercase(), Arc::new(org))
            .is_some()
        {
            report.problem(
                &id,
                "orgId",
                "configured twice; ids may not differ in case only",
            );
        }
    }
    if by_folded_id.is_empty() && report.problems.is_empty() {
        report.problem(
            "",
            "socialConfig",
            "no organisation; add socialConfig.<org>={…}",
        );
    }
    if report.problems.is_empty() {
        Ok(Organisations {
            by_folded_id,
            warnings: report.warnings,
        })
    } else {
        Err(ConfigError {
            problems: report.problems,
        })
    }
}
