//! The configuration of an organisation as it is in force, fit to be shown: no secret in it.

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{Account, OrgConfig, Settings, Tier, Weights};

/// In place of a secret.
pub(super) const SET: &str = "***";

/// What stands for a secret.
pub(super) type Secret<'a> = &'a dyn Fn(&SecretString) -> Value;

impl OrgConfig {
    /// Every setting with its value in force. Where a secret is set stands `***`.
    pub fn shown(&self) -> Value {
        json!({
            "org_id": self.org_id,
            "accounts": self.accounts.iter().map(|one| account(one, &masked)).collect::<Vec<_>>(),
            "settings": settings(&self.settings, &masked),
        })
    }
}

fn masked(_: &SecretString) -> Value {
    SET.into()
}

pub(super) fn account(account: &Account, secret: Secret<'_>) -> Value {
    json!({
        "pageId": account.page_id,
        "xId": account.x_id,
        "consumerKey": secret(&account.consumer_key),
        "consumerSecret": secret(&account.consumer_secret),
        "accessToken": secret(&account.access_token),
        "accessTokenSecret": secret(&account.access_token_secret),
    })
}

pub(super) fn settings(s: &Settings, secret: Secret<'_>) -> Value {
    let weights: Map<String, Value> = Weights::TERMS
        .iter()
        .map(|term| ((*term).to_owned(), s.priority.of(term).into()))
        .collect();
    json!({
        "tier": match s.tier {
            Tier::SelfServe => "self-serve",
            Tier::Enterprise => "enterprise",
        },
        "oauth2": s.oauth2.as_ref().map(|app| json!({
            "client_id": app.client_id,
            "secret": app.secret.as_ref().map(secret),
            "refresh": app.refresh.as_ref().map(secret),
        })),
        "consumer_secrets": s.consumer_secrets.iter().map(secret).collect::<Vec<_>>(),
        "modes": {
            "webhook": s.modes.webhook,
            "stream": s.modes.stream,
            "poll_s": s.modes.poll_s,
            "backfill_days": s.modes.backfill_days,
        },
        "capabilities": {
            "reply": s.capabilities.reply,
            "like": s.capabilities.like,
            "message": s.capabilities.message,
            "delete": s.capabilities.delete,
            "media": s.capabilities.media,
        },
        "time_zone": s.time_zone.name(),
        "reopen_days": s.reopen_days,
        "reposts_active": s.reposts_active,
        "undo_send_s": s.undo_send_s,
        "wait_target_min": s.wait_target_min,
        "require_reason": s.require_reason,
        "fill_resolution_on_closed": s.fill_resolution_on_closed,
        "customer_create": s.customer_create,
        "mask_pii": s.mask_pii,
        "priority": weights,
        "silence_alarm": {
            "enabled": s.silence_alarm.enabled,
            "after_min": s.silence_alarm.after_min,
        },
        "budget_usd_day": { "warn": s.budget_usd_day.warn, "slow": s.budget_usd_day.slow },
        "retention_days": s.retention_days,
        "api": { "rate": s.api.rate, "concurrency": s.api.concurrency },
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse_toml;

    const TEXT: &str = r#"
[org.acme]
tier = "enterprise"
consumer_secrets = ["hush-1"]
oauth2 = { client_id = "app", secret = "hush-2", refresh = "hush-3" }
priority = { waiting = 2.5 }
[[org.acme.accounts]]
pageId = "acme"
consumerKey = "hush-4"
consumerSecret = "hush-5"
accessToken = "900-hush-6"
accessTokenSecret = "hush-7"
"#;

    #[test]
    fn what_is_in_force_is_shown_and_no_secret() {
        let orgs = parse_toml(TEXT).unwrap();
        let shown = orgs.get("acme").unwrap().shown();
        assert!(!shown.to_string().contains("hush"), "{shown}");
        let settings = &shown["settings"];
        assert_eq!(settings["tier"], "enterprise");
        assert_eq!(settings["consumer_secrets"], serde_json::json!(["***"]));
        assert_eq!(settings["oauth2"]["client_id"], "app");
        assert_eq!(settings["priority"]["waiting"], 2.5);
        assert_eq!(settings["undo_send_s"], 5, "a default");
        assert_eq!(shown["accounts"][0]["xId"], "900");
    }

    // Shown in the names of the file: what is shown can be written there.
    #[test]
    fn each_setting_has_the_name_that_the_file_knows() {
        let orgs = parse_toml(TEXT).unwrap();
        let mut settings = orgs.get("acme").unwrap().shown()["settings"].clone();
        let settings = settings.as_object_mut().unwrap();
        settings.retain(|_, value| !value.is_null());
        for name in ["capabilities", "budget_usd_day"] {
            settings.remove(name);
        }
        let written = serde_json::json!({ "org": { "acme": settings } });
        let mut written = toml::Value::try_from(written).unwrap();
        let accounts: toml::Value =
            TEXT.parse::<toml::Table>().unwrap()["org"]["acme"]["accounts"].clone();
        written["org"]["acme"]
            .as_table_mut()
            .unwrap()
            .insert("accounts".to_owned(), accounts);
        let again = parse_toml(&toml::to_string(&written).unwrap());
        assert!(again.is_ok(), "{again:?}");
    }
}
