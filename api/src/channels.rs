//! Starting and stopping the ways of an account: a row that `ingest` obeys. For routes and for the
//! command line.

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use runtime::pg::facts::{self, Fact};
use schemas::changes::CHANNEL;
use schemas::org_config::OrgConfig;
use serde_json::json;
use sqlx::PgConnection;

use crate::pg::audit;
use crate::pg::channels::{NewCommand, insert, newest};
pub use crate::pg::channels::{StateOfWay, states};

/// A way that can be commanded.
pub const WAYS: [&str; 3] = ["poll", "webhook", "stream"];

/// What is asked of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Fetch everything since then.
    FillGap(DateTime<Utc>),
}

impl Action {
    /// Name in the row.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::FillGap(_) => "fill-gap",
        }
    }
}

/// Who asks, of which account, by which way, and why.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Organisation.
    pub org: &'a str,
    /// X user id of the account.
    pub account: &'a str,
    /// One of [`WAYS`].
    pub way: &'a str,
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Writes the command, for the record too. False if the same is in force already: then nothing is written.
pub async fn give(
    connection: &mut PgConnection,
    order: Order<'_>,
    action: &Action,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let from_at = match action {
        Action::FillGap(from) => Some(*from),
        Action::Start | Action::Stop => {
            let key = (order.org, order.account, order.way);
            let in_force = newest(connection, key).await?;
            if in_force.as_deref() == Some(action.as_str()) {
                return Ok(false);
            }
            None
        }
    };
    let command = NewCommand {
        org: order.org,
        account: order.account,
        way: order.way,
        action: action.as_str(),
        actor: order.actor,
        reason: order.reason,
        from_at,
    };
    insert(connection, &command, now).await?;
    let told = Change::of(order.org, CHANNEL, vec![order.account.to_owned()]);
    changes::push(connection, &[told]).await?;
    let done = format!("channel.{}", action.as_str());
    let detail = json!({ "way": order.way, "reason": order.reason });
    let who = (order.org, order.actor);
    audit::write(connection, who, (&done, order.account), &detail, now).await?;
    Ok(true)
}

/// Has `ingest` check an account at X.
pub async fn ask_check(
    connection: &mut PgConnection,
    (org, account): (&str, &str),
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let asked = Fact {
        subject: account.to_owned(),
        name: "check-requested".to_owned(),
        value: json!({ "by": actor }),
        at: now,
    };
    facts::write(connection, org, &[asked]).await?;
    let done = ("channel.check", account);
    audit::write(connection, (org, actor), done, &json!({}), now).await
}

/// The X user id of an account, named by id or by handle with or without @.
pub fn account(org: &OrgConfig, named: &str) -> Option<String> {
    let handle = named.trim_start_matches('@');
    let found = org.accounts.iter().find(|account| {
        account.x_id.as_deref() == Some(named) || account.page_id.eq_ignore_ascii_case(handle)
    })?;
    found.x_id.clone()
}

/// Whether a path after `socialfeed/` is the process guide's start call, in any of its spellings:
/// `X/Twitter`, `XTwitter`, `Twitter` and `X` are the same word, in any case.
pub fn is_start_call(path: &str) -> bool {
    let words = path.replace('/', "").to_ascii_lowercase();
    let network = |text: &'_ str| matches!(text, "xtwitter" | "twitter" | "x");
    words
        .strip_suffix("streaming")
        .and_then(|rest| rest.split_once("start"))
        .is_some_and(|(before, after)| network(before) && network(after))
}

/// A parameter of the start call: `X/TwitterHandle`, `TwitterHandle`, `XHandle`, `handle`.
pub fn is_handle_parameter(name: &str) -> bool {
    let name = name.replace('/', "").to_ascii_lowercase();
    matches!(
        name.as_str(),
        "xtwitterhandle" | "twitterhandle" | "xhandle" | "handle"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_call_is_known_in_all_its_spellings() {
        for path in [
            "XTwitter/startX/TwitterStreaming",
            "X/Twitter/startX/TwitterStreaming",
            "twitter/startTwitterStreaming",
            "Twitter/startXStreaming",
            "x/startxStreaming",
        ] {
            assert!(is_start_call(path), "{path}");
        }
        for path in [
            "",
            "facebook/startFacebookStreaming",
            "x/stopXStreaming",
            "startStreaming",
        ] {
            assert!(!is_start_call(path), "{path}");
        }
        assert!(is_handle_parameter("X/TwitterHandle") && !is_handle_parameter("user"));
    }

    #[test]
    fn an_account_is_named_by_id_or_handle() {
        let text = r#"socialConfig.acme={"orgId":"acme","XConfig":{"pageId":"Acme_Help","XConsumerKey":"k",
            "XConsumerSecret":"s","XAccessTokenId":"42-t","XAccessTokenSecret":"s"}}"#;
        let orgs = schemas::org_config::parse(text).unwrap();
        let org = orgs.get("acme").unwrap();
        for named in ["42", "acme_help", "@ACME_HELP"] {
            assert_eq!(account(org, named).as_deref(), Some("42"), "{named}");
        }
        assert_eq!(account(org, "other"), None);
    }
}
