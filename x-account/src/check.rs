//! Asks X whether an account works: keys, identity, permissions, DM setting, webhook. Reads only; a
//! check costs a cent or two. What was seen becomes lines for `earshot doctor` and facts for the desk.

use chrono::{DateTime, Utc};
use runtime::health::Line;
use runtime::pg::facts::Fact;
use schemas::org_config::{Account, OrgConfig};
use serde_json::{Value, json};
use x_client::calls::{DmPage, DmScope, User, Webhook};
use x_client::error::Meaning;
use x_client::{AuthMode, Client, Endpoint, Error};

use crate::permissions::{Lost, lost, of_access_level, of_scopes};
use crate::{name, setting};

const PORTAL: &str = "the developer portal of X: app, user authentication, \"Read, write and direct \
                      messages\"; then generate the access token anew and put it into socialConfig.<org>";
const KEYS: &str = "generate the access token anew in the developer portal of X and put it into socialConfig.<org>";
const DM_SETTING: &str = "as the account: Settings, Privacy and safety, Direct messages: allow message \
                          requests from everyone; then generate the access token anew";

/// What is looked at.
pub struct Subject<'a> {
    /// The organisation.
    pub org: &'a OrgConfig,
    /// Its account.
    pub account: &'a Account,
    /// Acts for the account.
    pub client: &'a Client,
    /// Where X should deliver, if the public address of this installation is configured.
    pub hook: Option<&'a str>,
    /// What was known before.
    pub known: &'a [Fact],
    /// The time.
    pub now: DateTime<Utc>,
}

/// What was seen.
pub struct Checked {
    /// One line for each thing.
    pub lines: Vec<Line>,
    /// What the desk should know.
    pub facts: Vec<Fact>,
}

/// Name of the fact that holds the lines of the last check.
pub const CHECKED: &str = "checked";
/// Name of the fact that says which features are off.
pub const LOST: &str = "lost";
/// Name of the fact about the webhook: id and validity.
pub const WEBHOOK: &str = "webhook";

/// Looks at an account.
pub async fn check(subject: &Subject<'_>) -> Checked {
    let mut seen = Seen::new(subject);
    if seen.identity().await {
        seen.permissions().await;
        seen.dm_setting().await;
    }
    if subject.org.settings.modes.webhook {
        seen.webhook().await;
    }
    let lines = json!({ "lines": &seen.checked.lines });
    seen.fact(CHECKED, lines);
    seen.checked
}

struct Seen<'a> {
    subject: &'a Subject<'a>,
    of: String,
    checked: Checked,
}

impl<'a> Seen<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        Self {
            subject,
            of: format!("{}/{}", subject.org.org_id, subject.account.page_id),
            checked: Checked {
                lines: Vec::new(),
                facts: Vec::new(),
            },
        }
    }

    fn ok(&mut self, check: &str, what: impl Into<String>) {
        let line = Line::ok(&self.of, check, what);
        self.checked.lines.push(line);
    }

    fn warn(&mut self, check: &str, what: impl Into<String>, cure: &str) {
        let line = Line::warn(&self.of, check, what, cure);
        self.checked.lines.push(line);
    }

    fn fail(&mut self, check: &str, what: impl Into<String>, cure: &str) {
        let line = Line::fail(&self.of, check, what, cure);
        self.checked.lines.push(line);
    }

    fn fact(&mut self, fact: &str, value: Value) {
        self.checked.facts.push(Fact {
            subject: name(self.subject.account).to_owned(),
            name: fact.to_owned(),
            value,
            at: self.subject.now,
        });
    }

    /// A call that did not succeed: the keys' fault, or nobody's for now.
    fn failed(&mut self, check: &str, error: &Error) {
        match error.meaning() {
            Meaning::AuthLost => self.fail(check, error.to_string(), KEYS),
            Meaning::Refused => self.fail(check, error.to_string(), PORTAL),
            _ => self.warn(check, error.to_string(), "try again later; X's status page"),
        }
    }

    /// Whether the keys work at all.
    async fn identity(&mut self) -> bool {
        let me = match self.subject.client.me().await {
            Ok(me) => me.value,
            Err(error) => {
                self.failed("token", &error);
                return false;
            }
        };
        self.ok("token", "X takes the keys");
        self.same_account(&me);
        true
    }

    fn same_account(&mut self, me: &User) {
        let account = self.subject.account;
        if account
            .x_id
            .as_deref()
            .is_some_and(|id| id != me.id.as_str())
        {
            let what = format!(
                "the keys are those of account {}, not of the one configured",
                me.id
            );
            self.fail(
                "account",
                what,
                "put the keys of the right account into socialConfig.<org>",
            );
        } else if me.username.eq_ignore_ascii_case(&account.page_id) {
            self.ok("account", format!("{} is the handle", me.id));
        } else {
            let what = format!("pageId is not the handle of account {} any more", me.id);
            self.warn(
                "account",
                what,
                "set pageId to the new handle; items follow the id",
            );
        }
    }

    async fn permissions(&mut self) {
        let (what, lost) = match self.granted().await {
            Ok(granted) => granted,
            Err(error) => return self.failed("permissions", &error),
        };
        self.fact(LOST, json!({ "lost": &lost }));
        if lost.is_empty() {
            return self.ok("permissions", what);
        }
        let missing: Vec<&str> = lost.iter().map(|lost| lost.permission.as_str()).collect();
        let features: Vec<&str> = lost.iter().map(|lost| lost.feature.as_str()).collect();
        let what = format!("missing: {}. {}", missing.join(", "), features.join(" "));
        self.fail("permissions", what, PORTAL);
    }

    /// What the token may do: as X said it, else as it acts.
    async fn granted(&self) -> Result<(String, Vec<Lost>), Error> {
        let client = self.subject.client;
        let reads = Endpoint::DmEvents;
        if client.auth_mode(reads) == AuthMode::OAuth2User {
            if let Ok(Some(tokens)) = client.stored_tokens().await
                && !tokens.scopes.is_empty()
            {
                let lost = of_scopes(&tokens.scopes, self.subject.org.settings.tier);
                return Ok((format!("{} scopes", tokens.scopes.len()), lost));
            }
        } else if let Some(level) = client.access_level() {
            let lost = of_access_level(&level);
            return Ok((level, lost));
        }
        let page = DmPage {
            max_results: Some(1),
            ..DmPage::default()
        };
        match client.dm_events(&DmScope::All, &page).await {
            Ok(_) => Ok(("private messages can be read".to_owned(), Vec::new())),
            // X did not say why; that it refuses is enough.
            Err(error) if error.meaning() == Meaning::Refused => {
                let lost = ["dm.read", "dm.write"].into_iter().filter_map(lost);
                Ok((String::new(), lost.collect()))
            }
            Err(error) => Err(error),
        }
    }

    async fn dm_setting(&mut self) {
        let Some(id) = self.subject.account.x_id.as_deref() else {
            return;
        };
        let Ok(id) = x_client::ids::UserId::new(id) else {
            return;
        };
        let open = match self.subject.client.users_with_dm(&[id]).await {
            Ok(found) => found
                .items
                .first()
                .and_then(|user| user.value.receives_your_dm),
            Err(error) => return self.failed("DM setting", &error),
        };
        let (subject, account) = (self.subject, self.subject.account);
        let seen = setting::seen(subject.known, account, open, subject.now);
        for (fact, value) in seen.facts {
            self.fact(fact, value);
        }
        match open {
            Some(false) => self.fail("DM setting", "direct messages are off at X", DM_SETTING),
            Some(true) if seen.token_is_older => {
                let what =
                    "the token is older than the DM setting: X may still refuse private messages";
                self.warn("DM setting", what, KEYS);
            }
            Some(true) => self.ok("DM setting", "anybody may write"),
            None => self.ok("DM setting", "X does not say"),
        }
    }

    async fn webhook(&mut self) {
        let Some(url) = self.subject.hook else {
            let what = "the public address of this installation is not known";
            return self.warn("webhook", what, "set http.base_url");
        };
        let webhooks = match self.subject.client.webhooks().await {
            Ok(webhooks) => webhooks,
            Err(error) => return self.failed("webhook", &error),
        };
        let ours = webhooks.iter().find(|webhook| same_url(webhook, url));
        let value = ours.map_or(
            json!({ "registered": false }),
            |ours| json!({ "registered": true, "id": ours.id.as_str(), "valid": ours.valid }),
        );
        self.fact(WEBHOOK, value);
        match ours {
            None => self.fail(
                "webhook",
                format!("{url} is not registered at X"),
                "earshot channels start",
            ),
            Some(ours) if !ours.valid => {
                let what = format!("{url} is invalid: X delivers nothing");
                self.fail("webhook", what, "docs/operations.md#a-webhook-is-invalid");
            }
            Some(_) => self.ok("webhook", format!("{url} is valid")),
        }
    }
}

fn same_url(webhook: &Webhook, url: &str) -> bool {
    webhook
        .url
        .trim_end_matches('/')
        .eq_ignore_ascii_case(url.trim_end_matches('/'))
}
