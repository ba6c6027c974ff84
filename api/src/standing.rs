//! How far each account's sources are and what is left of X's limits, from rows to what is shown.
//! For routes and for the doctor.

use chrono::{DateTime, Utc};
use runtime::pg::facts::Fact;
use schemas::org_config::Modes as Configured;
use sqlx::PgConnection;

use crate::pg::standing::{FeedOf, GapsOf, InForce, feeds, in_force, open_gaps};
pub use crate::view::standing::{Feed, Limit, Modes, OpenGap};

/// What the names of facts about limits begin with.
const LIMIT: &str = "limit:";

/// The rows of an organisation.
#[derive(Default)]
pub struct Standing {
    feeds: Vec<FeedOf>,
    gaps: Vec<GapsOf>,
    commands: Vec<InForce>,
}

/// Reads them. The transaction must see the organisation.
pub async fn read(
    connection: &mut PgConnection,
    org: &str,
    now: DateTime<Utc>,
) -> Result<Standing, sqlx::Error> {
    Ok(Standing {
        feeds: feeds(connection, org).await?,
        gaps: open_gaps(connection, org, now).await?,
        commands: in_force(connection, org).await?,
    })
}

impl Standing {
    /// Ways of an account that are on: by the newest command, else by the configuration.
    pub fn modes(&self, account: &str, configured: Configured) -> Modes {
        let told = |way: &str| {
            let of_this = |one: &&InForce| one.account == account && one.way == way;
            self.commands.iter().find(of_this).map(|one| one.start)
        };
        let poll_s = match (told("poll"), configured.poll_s) {
            (Some(false), _) => 0,
            (Some(true), 0) => Configured::POLL_S,
            (_, seconds) => seconds,
        };
        Modes {
            webhook: told("webhook").unwrap_or(configured.webhook),
            stream: told("stream").unwrap_or(configured.stream),
            poll_s,
        }
    }

    /// Feeds of an account, each with how far its cursor is behind.
    pub fn feeds(&self, account: &str, now: DateTime<Utc>) -> Vec<Feed> {
        let own = self.feeds.iter().filter(|one| one.account == account);
        own.map(|one| Feed {
            feed: one.feed.clone(),
            polled_at: one.polled_at,
            gap_seconds: one.polled_at.map(|at| (now - at).num_seconds().max(0)),
        })
        .collect()
    }

    /// What of an account is not recovered.
    pub fn open_gaps(&self, account: &str) -> Vec<OpenGap> {
        let own = self.gaps.iter().filter(|one| one.account == account);
        own.map(|one| OpenGap {
            way: one.way.clone(),
            gaps: one.gaps,
            seconds: one.seconds,
            since: one.since,
        })
        .collect()
    }
}

/// Seconds by which the feed that is farthest behind is; none before the first was read.
pub fn behind(feeds: &[Feed]) -> Option<i64> {
    feeds.iter().filter_map(|feed| feed.gap_seconds).max()
}

/// Limits of an account that X told and whose window has not ended.
pub fn limits(account: &str, facts: &[Fact], now: DateTime<Utc>) -> Vec<Limit> {
    let own = facts
        .iter()
        .filter(|fact| fact.subject == account && fact.name.starts_with(LIMIT));
    own.filter_map(limit)
        .filter(|limit| limit.resets_at > now)
        .collect()
}

fn limit(fact: &Fact) -> Option<Limit> {
    let text = |name: &str| fact.value[name].as_str().map(str::to_owned);
    Some(Limit {
        endpoint: text("endpoint")?,
        of: text("of")?,
        window: text("window")?,
        limit: fact.value["limit"].as_i64(),
        remaining: fact.value["remaining"].as_i64()?,
        resets_at: text("resets_at")?.parse().ok()?,
        seen_at: fact.at,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_command_is_in_force_over_the_configuration() {
        let configured = |poll_s| Configured {
            webhook: true,
            stream: false,
            poll_s,
            backfill_days: 0,
        };
        let command = |account: &str, way: &str, start| InForce {
            account: account.to_owned(),
            way: way.to_owned(),
            start,
        };
        let modes = |poll_s, commands| {
            let standing = Standing {
                commands,
                ..Standing::default()
            };
            let modes = standing.modes("42", configured(poll_s));
            (modes.webhook, modes.stream, modes.poll_s)
        };
        assert_eq!(modes(90, vec![]), (true, false, 90));
        let stopped = vec![command("42", "poll", false), command("42", "stream", true)];
        assert_eq!(modes(90, stopped), (true, true, 0));
        assert_eq!(
            modes(0, vec![command("42", "poll", true)]),
            (true, false, 60)
        );
        assert_eq!(
            modes(90, vec![command("43", "poll", false)]),
            (true, false, 90)
        );
    }

    #[test]
    fn a_limit_is_shown_until_its_window_ends() {
        let fact = |subject: &str, resets: i64| Fact {
            subject: subject.to_owned(),
            name: "limit:users.mentions:quarter".to_owned(),
            value: json!({"endpoint": "users.mentions", "window": "quarter", "of": "account",
                "limit": null, "remaining": 0, "resets_at": at(resets)}),
            at: at(1),
        };
        let shown = |fact: Fact| limits("42", &[fact], at(10)).len();
        assert_eq!(shown(fact("42", 11)), 1);
        assert_eq!(shown(fact("42", 10)), 0);
        assert_eq!(shown(fact("43", 11)), 0);
    }

    #[test]
    fn the_feed_that_is_farthest_behind_counts() {
        let feed = |minutes: Option<i64>| FeedOf {
            account: "42".to_owned(),
            feed: "mentions".to_owned(),
            polled_at: minutes.map(at),
        };
        let standing = Standing {
            feeds: vec![feed(Some(9)), feed(Some(7)), feed(None)],
            ..Standing::default()
        };
        assert_eq!(behind(&standing.feeds("42", at(10))), Some(180));
        assert_eq!(behind(&standing.feeds("43", at(10))), None);
    }
}
