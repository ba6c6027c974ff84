//! The rules that are kept, of every app.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{matching::Subject, rules::Rule};
use crate::XId;

#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(super) app: XId,
    pub(super) value: String,
    pub(super) tag: Option<String>,
    pub(super) rule: Rule,
    pub(super) from: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(crate) struct Rules(pub(super) BTreeMap<XId, Stored>);

impl Rules {
    pub(crate) fn of(&self, app: XId) -> impl Iterator<Item = (&XId, &Stored)> {
        self.0.iter().filter(move |(_, rule)| rule.app == app)
    }

    /// The apps with rules that match, and those rules as a stream names them.
    pub(crate) fn matching(&self, subject: &Subject<'_>, now: DateTime<Utc>) -> Vec<(XId, Value)> {
        let mut matched: BTreeMap<XId, Vec<Value>> = BTreeMap::new();
        for (id, stored) in &self.0 {
            if now >= stored.from && subject.matches(&stored.rule) {
                let tag = stored.tag.clone().unwrap_or_default();
                matched
                    .entry(stored.app)
                    .or_default()
                    .push(json!({"id": id, "tag": tag}));
            }
        }
        matched
            .into_iter()
            .map(|(app, rules)| (app, rules.into()))
            .collect()
    }
}
