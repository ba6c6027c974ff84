//! What a token may do, and which feature each missing permission turns off. Pure.

use schemas::org_config::Tier;
use serde::{Deserialize, Serialize};

/// A feature that is off, in words for whoever works at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The permission that is missing, as X names it.
    pub permission: String,
    /// What does not work without it.
    pub feature: String,
}

/// Scope of OAuth 2.0, and what does not work without it.
const SCOPES: &[(&str, &str)] = &[
    ("tweet.read", "Posts cannot be read."),
    ("users.read", "Names and pictures cannot be read."),
    ("dm.read", "Private messages do not arrive."),
    ("tweet.write", "Public replies cannot be sent."),
    ("dm.write", "Private messages cannot be sent."),
    ("media.write", "Pictures cannot be sent."),
    ("tweet.moderate.write", "Replies cannot be hidden."),
    (
        "offline.access",
        "The authorisation ends two hours after it was given.",
    ),
];
const LIKE: (&str, &str) = ("like.write", "Likes cannot be given.");

/// What an OAuth 1.0a token of this access level loses (`x-access-level`).
pub fn of_access_level(level: &str) -> Vec<Lost> {
    let missing: &[&str] = match level {
        "read" => &["tweet.write", "dm.read", "dm.write", "media.write"],
        "read-write" => &["dm.read", "dm.write"],
        _ => &[],
    };
    missing.iter().filter_map(|scope| lost(scope)).collect()
}

/// What an OAuth 2.0 token of these scopes loses. Likes exist for Enterprise alone.
pub fn of_scopes(granted: &[String], tier: Tier) -> Vec<Lost> {
    let like = Some(&LIKE).filter(|_| tier == Tier::Enterprise);
    let wanted = SCOPES.iter().chain(like);
    let missing = wanted.filter(|(scope, _)| !granted.iter().any(|have| have == scope));
    missing.filter_map(|(scope, _)| lost(scope)).collect()
}

/// What is lost without a permission.
pub fn lost(scope: &str) -> Option<Lost> {
    let (permission, feature) = SCOPES
        .iter()
        .chain([&LIKE])
        .find(|(name, _)| *name == scope)?;
    Some(Lost {
        permission: (*permission).to_owned(),
        feature: (*feature).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lost: &[Lost]) -> Vec<&str> {
        lost.iter().map(|lost| lost.permission.as_str()).collect()
    }

    #[test]
    fn each_missing_permission_names_what_it_turns_off() {
        assert_eq!(
            names(&of_access_level("read-write")),
            ["dm.read", "dm.write"]
        );
        let read = of_access_level("read");
        assert_eq!(
            names(&read),
            ["tweet.write", "dm.read", "dm.write", "media.write"]
        );
        assert_eq!(read[1].feature, "Private messages do not arrive.");
        assert_eq!(of_access_level("read-write-directmessages"), []);
        // A level that X invents tomorrow is not taken for a loss.
        assert_eq!(of_access_level("something-new"), []);
    }

    #[test]
    fn likes_are_missed_only_where_they_exist() {
        let granted: Vec<String> = SCOPES
            .iter()
            .map(|(scope, _)| (*scope).to_owned())
            .collect();
        assert_eq!(of_scopes(&granted, Tier::SelfServe), []);
        assert_eq!(
            names(&of_scopes(&granted, Tier::Enterprise)),
            ["like.write"]
        );
        assert_eq!(
            names(&of_scopes(&granted[3..], Tier::SelfServe)),
            ["tweet.read", "users.read", "dm.read"]
        );
    }
}
