//! What the split needs to know of an organisation.

use schemas::org_config::OrgConfig;

/// An organisation as a delivery sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgView {
    /// Canonical id.
    pub org: String,
    /// X user ids of its accounts, as far as they are known.
    pub accounts: Vec<String>,
    /// Whether that is every account: only then can another one be called unknown.
    pub complete: bool,
}

impl OrgView {
    pub(crate) fn owns(&self, x_id: &str) -> bool {
        self.accounts.iter().any(|account| account == x_id)
    }

    /// Whether something private for this account cannot be meant for us.
    pub(crate) fn disowns(&self, x_id: &str) -> bool {
        self.complete && !self.owns(x_id)
    }
}

impl From<&OrgConfig> for OrgView {
    fn from(org: &OrgConfig) -> Self {
        Self {
            org: org.org_id.clone(),
            accounts: org.x_ids().map(str::to_owned).collect(),
            complete: org.accounts.iter().all(|account| account.x_id.is_some()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;

    /// An organisation with one account, id 42.
    pub(crate) fn org(name: &str, secret: &str, rotation: &[&str]) -> Arc<OrgConfig> {
        let text = format!(
            r#"socialConfig.{name}={{"orgId":"{name}","XConfig":{{"pageId":"{name}_help",
            "XConsumerKey":"k","XConsumerSecret":"{secret}","XAccessTokenId":"42-t",
            "XAccessTokenSecret":"s"}}}}
            earshot.{name}={{"consumer_secrets":{rotation:?}}}"#
        );
        schemas::org_config::parse(&text)
            .unwrap()
            .get(name)
            .unwrap()
            .clone()
    }

    #[test]
    fn an_account_is_unknown_only_when_all_are_known() {
        let mut view = OrgView::from(&*org("acme", "s", &[]));
        assert_eq!(
            (view.accounts.as_slice(), view.complete),
            (&["42".to_owned()][..], true)
        );
        assert!(view.disowns("43") && !view.disowns("42"));
        view.complete = false;
        assert!(!view.disowns("43"));
    }
}
