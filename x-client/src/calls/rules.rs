//! Rules of the filtered stream. A tag cannot be changed: delete and add.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::RuleId;
use crate::problem::{self, Problem};

/// Pages of rules that are read: more than any tier may have.
const PAGES_MAX: usize = 100;

/// A rule to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRule {
    /// In X's language.
    pub value: String,
    /// A name of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A rule that stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// In X's language.
    #[serde(default)]
    pub value: String,
    /// Name.
    #[serde(default)]
    pub tag: Option<String>,
}

/// X's summary of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct RuleSummary {
    /// Added.
    pub created: u64,
    /// Not added.
    pub not_created: u64,
    /// Deleted.
    pub deleted: u64,
    /// Not deleted.
    pub not_deleted: u64,
    /// Of good form.
    pub valid: u64,
    /// Not of good form.
    pub invalid: u64,
}

/// What became of a change. X may do a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesChanged {
    /// Rules that were added.
    pub added: Vec<Rule>,
    /// Counts.
    pub summary: RuleSummary,
    /// What X did not do, by rule ([`Problem::value`], [`Problem::resource_id`]).
    pub errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Changed {
    #[serde(default)]
    data: Vec<Rule>,
    #[serde(default)]
    meta: ChangedMeta,
    #[serde(default)]
    errors: Option<serde_json::Value>,
}

#[derive(Deserialize, Default)]
struct ChangedMeta {
    #[serde(default)]
    summary: RuleSummary,
}

impl Client {
    /// All rules.
    pub async fn stream_rules(&self) -> Result<Vec<Rule>, Error> {
        let mut rules = Vec::new();
        let mut token = None;
        for _ in 0..PAGES_MAX {
            let call = Call::plain(Endpoint::RulesList).query_if("pagination_token", token.take());
            let answer = self.call(call).await?;
            rules.extend(answer.list::<Rule>()?);
            token = answer.next_token();
            if token.is_none() {
                break;
            }
        }
        Ok(rules)
    }

    /// Adds rules, in force within some 20 s; with `dry_run` X only checks them.
    pub async fn add_stream_rules(
        &self,
        rules: &[NewRule],
        dry_run: bool,
    ) -> Result<RulesChanged, Error> {
        self.change_rules(&json!({ "add": rules }), dry_run).await
    }

    /// Deletes rules; with `dry_run` X only checks.
    pub async fn delete_stream_rules(
        &self,
        ids: &[RuleId],
        dry_run: bool,
    ) -> Result<RulesChanged, Error> {
        self.change_rules(&json!({ "delete": { "ids": ids } }), dry_run)
            .await
    }

    async fn change_rules(
        &self,
        body: &serde_json::Value,
        dry_run: bool,
    ) -> Result<RulesChanged, Error> {
        let call =
            Call::plain(Endpoint::RulesUpdate).query_if("dry_run", dry_run.then_some("true"));
        let answer = self.call(call.json(body)).await?;
        let changed: Changed = answer.whole()?;
        let errors = problem::list(changed.errors.as_ref());
        Ok(RulesChanged {
            added: changed.data,
            summary: changed.meta.summary,
            errors,
        })
    }
}
