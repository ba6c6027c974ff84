//! From facts to how an account stands, and the words for it. Pure.

use chrono::{DateTime, Utc};
use runtime::pg::facts::Fact;
use schemas::org_config::{Account, OrgConfig};
use serde_json::Value;

use crate::standing::{Standing, behind, limits};
use crate::view::health::{Channel, Check, Lost, Notice, Webhook};

/// A check that a program does not take within this is shown as not pending.
const PENDING_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// What an account is called in facts: its X id; the handle where none is configured.
pub fn name(account: &Account) -> &str {
    account.x_id.as_deref().unwrap_or(&account.page_id)
}

/// How an account stands.
pub fn channel(
    org: &OrgConfig,
    account: &Account,
    (facts, standing): (&[Fact], &Standing),
    now: DateTime<Utc>,
) -> Channel {
    let subject = name(account);
    let find = |fact: &str| {
        facts
            .iter()
            .find(|known| known.subject == subject && known.name == fact)
    };
    let checked = find("checked");
    let checks = checked.map(|fact| checks(&fact.value)).unwrap_or_default();
    let modes = standing.modes(subject, org.settings.modes);
    let mut feeds = standing.feeds(subject, now);
    feeds.retain(|_| modes.poll_s > 0);
    let requested = find("check-requested").map(|fact| fact.at);
    let lost = find("lost")
        .map(|fact| lost(&fact.value))
        .unwrap_or_default();
    let mut notices = notices(&checks, &lost, checked.map(|fact| &fact.value["since"]));
    notices.extend(revoked(facts, find("event").map(|fact| fact.at)));
    Channel {
        account: subject.to_owned(),
        handle: account.page_id.clone(),
        state: state(checked.is_some(), &checks, &notices).to_owned(),
        notices,
        last_event_at: find("event").map(|fact| fact.at),
        modes,
        webhook: find("webhook").map(|fact| Webhook {
            registered: fact.value["registered"] == true,
            valid: fact.value["valid"] == true,
            seen_at: fact.at,
        }),
        token_since: find("token").and_then(|fact| time(&fact.value["since"])),
        lost,
        cursor_gap_seconds: behind(&feeds),
        feeds,
        open_gaps: standing.open_gaps(subject),
        limits: limits(subject, facts, now),
        checked_at: checked.map(|fact| fact.at),
        check_pending: requested
            .is_some_and(|at| checked.is_none_or(|fact| fact.at < at) && now - at < PENDING_MAX),
        checks,
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn checks(value: &Value) -> Vec<Check> {
    let lines = value["lines"].as_array().into_iter().flatten();
    lines
        .map(|line| Check {
            check: text(&line["check"]),
            state: text(&line["state"]),
            what: text(&line["what"]),
            cure: text(&line["cure"]),
        })
        .collect()
}

fn lost(value: &Value) -> Vec<Lost> {
    let lost = value["lost"].as_array().into_iter().flatten();
    lost.map(|lost| Lost {
        permission: text(&lost["permission"]),
        feature: text(&lost["feature"]),
    })
    .collect()
}

fn state(checked: bool, checks: &[Check], notices: &[Notice]) -> &'static str {
    let any = |state: &str| {
        checks.iter().any(|check| check.state == state)
            || notices.iter().any(|notice| notice.state == state)
    };
    match (any("fail"), any("warn"), checked) {
        (true, ..) => "fail",
        (_, true, _) => "warn",
        (.., true) => "ok",
        _ => "unknown",
    }
}

/// What each failed check means to whoever works at the desk.
fn notices(checks: &[Check], lost: &[Lost], since: Option<&Value>) -> Vec<Notice> {
    let failed = checks.iter().filter(|check| check.state == "fail");
    failed
        .map(|check| {
            let features: Vec<&str> = lost.iter().map(|lost| lost.feature.as_str()).collect();
            let text = match check.check.as_str() {
                "token" => {
                    "X does not accept our keys: nothing can be sent, and nothing is fetched."
                        .to_owned()
                }
                "account" => "The keys belong to another X account.".to_owned(),
                "permissions" => features.join(" "),
                "DM setting" => {
                    "Direct messages are off at X: private messages do not arrive.".to_owned()
                }
                "webhook" => {
                    "X does not deliver to us: what is new comes late or not at all.".to_owned()
                }
                _ => "Something is wrong with the connection to X.".to_owned(),
            };
            Notice {
                state: "fail".to_owned(),
                text: format!("{text} Your admin sees the cause under Channels."),
                since: since.and_then(|since| time(&since[&check.check])),
            }
        })
        .collect()
}

/// A withdrawal stands until something comes again.
fn revoked(facts: &[Fact], event_at: Option<DateTime<Utc>>) -> Option<Notice> {
    let fact = facts
        .iter()
        .find(|fact| fact.subject.is_empty() && fact.name == "revoked")?;
    event_at.is_none_or(|at| at < fact.at).then(|| Notice {
        state: "fail".to_owned(),
        text:
            "Access to X was withdrawn: nothing arrives. Your admin sees the cause under Channels."
                .to_owned(),
        since: Some(fact.at),
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn org() -> std::sync::Arc<OrgConfig> {
        let text = r#"socialConfig.a={"orgId":"a","XConfig":{"pageId":"help","XConsumerKey":"k",
            "XConsumerSecret":"s","XAccessTokenId":"42-t","XAccessTokenSecret":"ts"}}"#;
        schemas::org_config::parse(text)
            .unwrap()
            .get("a")
            .unwrap()
            .clone()
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn fact(subject: &str, name: &str, value: Value, minutes: i64) -> Fact {
        Fact {
            subject: subject.to_owned(),
            name: name.to_owned(),
            value,
            at: at(minutes),
        }
    }

    fn seen(facts: &[Fact]) -> Channel {
        let org = org();
        channel(
            &org,
            &org.accounts[0],
            (facts, &Standing::default()),
            at(100),
        )
    }

    fn failed(check: &str) -> Value {
        json!({"lines": [{"of": "a/help", "check": check, "state": "fail", "what": "w", "cure": "c"}],
            "since": {check: at(7).to_rfc3339()}})
    }

    #[test]
    fn before_the_first_check_nothing_is_claimed() {
        let channel = seen(&[]);
        assert_eq!(
            (channel.account.as_str(), channel.state.as_str()),
            ("42", "unknown")
        );
        assert_eq!(channel.notices, []);
        let of_another = [fact("43", "checked", failed("token"), 1)];
        assert_eq!(seen(&of_another).state, "unknown");
    }

    #[test]
    fn a_missing_permission_is_told_in_words_of_the_desk() {
        let lost = json!({"lost": [{"permission": "dm.read", "feature": "Private messages do not arrive."}]});
        let channel = seen(&[
            fact("42", "checked", failed("permissions"), 90),
            fact("42", "lost", lost, 90),
        ]);
        assert_eq!(channel.state, "fail");
        assert_eq!(channel.notices[0].since, Some(at(7)));
        assert!(
            channel.notices[0]
                .text
                .starts_with("Private messages do not arrive.")
        );
        assert_eq!(channel.lost[0].permission, "dm.read");
        assert_eq!(channel.checks[0].cure, "c");
    }

    #[test]
    fn a_withdrawal_stands_until_something_comes() {
        let revoked = || fact("", "revoked", json!({}), 50);
        let event = |minutes| fact("42", "event", json!({}), minutes);
        assert_eq!(seen(&[revoked()]).state, "fail");
        assert_eq!(seen(&[revoked(), event(40)]).notices.len(), 1);
        assert_eq!(seen(&[revoked(), event(51)]).notices, []);
    }

    #[test]
    fn a_check_is_pending_until_it_is_done_or_nobody_does_it() {
        let asked = |minutes| fact("42", "check-requested", json!({}), minutes);
        let done = |minutes| fact("42", "checked", json!({"lines": []}), minutes);
        assert!(seen(&[asked(99)]).check_pending);
        assert!(seen(&[asked(99), done(98)]).check_pending);
        assert!(!seen(&[asked(99), done(99)]).check_pending);
        assert!(!seen(&[asked(90)]).check_pending);
        assert_eq!(seen(&[done(99)]).state, "ok");
    }
}
