//! Rules of the filtered stream, kept equal to the configuration. Only rules with our tag are ours to
//! delete: an app may be used for other things too.

use x_client::calls::{NewRule, Rule};
use x_client::ids::RuleId;

use crate::accounts::Account;
use crate::context::SourceError;

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// To be added.
    pub add: Vec<NewRule>,
    /// To be deleted.
    pub delete: Vec<RuleId>,
}

/// The rules of these accounts: what is said to, about and by them.
pub fn wanted(org: &str, accounts: &[(String, String)]) -> Vec<NewRule> {
    accounts
        .iter()
        .map(|(x_id, handle)| NewRule {
            value: format!("(@{handle} OR to:{handle} OR from:{handle}) -is:retweet"),
            tag: Some(format!("{}{x_id}", prefix(org))),
        })
        .collect()
}

/// What makes `there` into `wanted`. Rules of others stay.
pub fn change(org: &str, wanted: &[NewRule], there: &[Rule]) -> Change {
    let prefix = prefix(org);
    let ours = |rule: &&Rule| {
        rule.tag
            .as_deref()
            .is_some_and(|tag| tag.starts_with(&prefix))
    };
    let same = |rule: &Rule, new: &NewRule| rule.value == new.value && rule.tag == new.tag;
    Change {
        add: wanted
            .iter()
            .filter(|new| !there.iter().any(|rule| same(rule, new)))
            .cloned()
            .collect(),
        delete: there
            .iter()
            .filter(ours)
            .filter(|rule| !wanted.iter().any(|new| same(rule, new)))
            .map(|rule| rule.id.clone())
            .collect(),
    }
}

fn prefix(org: &str) -> String {
    format!("earshot:{org}:")
}

/// Makes the rules at X equal to the configuration.
pub(super) async fn keep_in_step(
    account: &Account,
    accounts: &[Account],
) -> Result<(), SourceError> {
    let named: Vec<(String, String)> = accounts
        .iter()
        .map(|account| (account.x_id.clone(), account.handle.clone()))
        .collect();
    let org = account.org_id();
    let there = account.client.stream_rules().await?;
    let change = change(org, &wanted(org, &named), &there);
    // First the new ones: nothing is missed in between.
    if !change.add.is_empty() {
        let done = account.client.add_stream_rules(&change.add, false).await?;
        for problem in &done.errors {
            tracing::warn!(org, %problem, "X did not take a rule of the stream");
        }
    }
    if !change.delete.is_empty() {
        account
            .client
            .delete_stream_rules(&change.delete, false)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, value: &str, tag: Option<&str>) -> Rule {
        Rule {
            id: RuleId::new(id.to_owned()).unwrap(),
            value: value.to_owned(),
            tag: tag.map(str::to_owned),
        }
    }

    #[test]
    fn only_what_differs_and_only_ours_is_changed() {
        let wanted = wanted(
            "acme",
            &[("1".into(), "one".into()), ("2".into(), "two".into())],
        );
        let kept = rule("7", &wanted[0].value, wanted[0].tag.as_deref());
        let old = rule("8", "@gone", Some("earshot:acme:3"));
        let others = [
            rule("9", "cats", None),
            rule("10", "@x", Some("earshot:acme2:1")),
            rule("11", "dogs", Some("theirs")),
        ];
        let there: Vec<Rule> = [kept, old].into_iter().chain(others).collect();
        let change = change("acme", &wanted, &there);
        assert_eq!(change.add, wanted[1..]);
        assert_eq!(change.delete, [RuleId::new("8".to_owned()).unwrap()]);
    }

    #[test]
    fn a_new_handle_replaces_its_rule() {
        let before = wanted("acme", &[("1".into(), "old".into())]);
        let after = wanted("acme", &[("1".into(), "new".into())]);
        let there = [rule("7", &before[0].value, before[0].tag.as_deref())];
        let change = change("acme", &after, &there);
        assert_eq!((change.add.len(), change.delete.len()), (1, 1));
    }
}
