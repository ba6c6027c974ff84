//! How far the sources of an organisation are, and what is left of X's limits.

use api::standing::{self, Feed, Limit, OpenGap, Standing};
use chrono::{DateTime, TimeDelta, Utc};
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::health::Line;
use runtime::pg::facts::{self, Fact};
use runtime::stage::chain;
use schemas::org_config::OrgConfig;

const PAGE: &str = "docs/operations.md#the-ways-in";
/// A day's budget that is used up makes polls ten times as rare.
const INTERVALS_MAX: i64 = 11;

pub async fn look(config: &Config, org: &OrgConfig) -> Vec<Line> {
    let now = Clock::default().now();
    match rows(config, org, now).await {
        Ok((standing, known)) => {
            let of = |account| {
                let subject = x_account::name(account);
                let at = format!("{}/{}", org.org_id, account.page_id);
                let every = standing.modes(subject, org.settings.modes).poll_s;
                [
                    polls(&at, every, &standing.feeds(subject, now)),
                    gaps(&at, &standing.open_gaps(subject)),
                    limits(&at, &standing::limits(subject, &known, now)),
                ]
            };
            org.accounts.iter().flat_map(of).collect()
        }
        Err(error) => {
            let what = chain(error.as_ref());
            vec![Line::fail(
                &org.org_id,
                "sources",
                what,
                "earshot config show",
            )]
        }
    }
}

async fn rows(
    config: &Config,
    org: &OrgConfig,
    now: DateTime<Utc>,
) -> anyhow::Result<(Standing, Vec<Fact>)> {
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let mut scope = runtime::pg::begin(&pool, &[&org.org_id]).await?;
    let standing = standing::read(&mut scope, &org.org_id, now).await?;
    let known = facts::all(&mut scope, &org.org_id).await?;
    Ok((standing, known))
}

fn polls(at: &str, every_s: u32, feeds: &[Feed]) -> Line {
    const CHECK: &str = "polls";
    if every_s == 0 {
        return Line::ok(at, CHECK, "off");
    }
    let Some(behind) = standing::behind(feeds) else {
        return Line::warn(at, CHECK, "nothing was polled yet", "earshot ingest");
    };
    let what = format!("{} behind, every {every_s} s", lasting(behind));
    if behind > i64::from(every_s) * INTERVALS_MAX {
        return Line::warn(at, CHECK, what, PAGE);
    }
    Line::ok(at, CHECK, what)
}

fn gaps(at: &str, open: &[OpenGap]) -> Line {
    const CHECK: &str = "gaps";
    let each = open.iter().map(|gap| {
        let (way, seconds) = (&gap.way, lasting(gap.seconds));
        format!("{way}: {seconds} not recovered, since {}", gap.since)
    });
    let all: Vec<String> = each.collect();
    if all.is_empty() {
        return Line::ok(at, CHECK, "none is open");
    }
    Line::warn(at, CHECK, all.join("; "), PAGE)
}

fn limits(at: &str, known: &[Limit]) -> Line {
    const CHECK: &str = "limits";
    let used_up = known.iter().filter(|limit| limit.remaining == 0);
    let all: Vec<String> = used_up
        .map(|limit| format!("{} until {}", limit.endpoint, limit.resets_at))
        .collect();
    if all.is_empty() {
        return Line::ok(at, CHECK, format!("none of {} is used up", known.len()));
    }
    let what = format!("used up: {}", all.join("; "));
    Line::warn(at, CHECK, what, "poll less often: modes.poll_s")
}

fn lasting(seconds: i64) -> String {
    let of = TimeDelta::seconds(seconds);
    match (of.num_hours(), of.num_minutes()) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use runtime::health::State;

    use super::*;

    fn read(seconds: Option<i64>) -> [Feed; 1] {
        [Feed {
            feed: "mentions".to_owned(),
            polled_at: None,
            gap_seconds: seconds,
        }]
    }

    #[test]
    fn polls_that_do_not_come_to_an_end_are_named() {
        let state = |every, seconds| polls("a/b", every, &read(seconds)).state;
        assert_eq!(state(60, Some(59)), State::Ok);
        assert_eq!(state(60, Some(660)), State::Ok, "slowed by the budget");
        assert_eq!(state(60, Some(661)), State::Warn);
        assert_eq!(state(60, None), State::Warn);
        assert_eq!(state(0, Some(9_000)), State::Ok);
        let line = polls("a/b", 60, &read(Some(7_500)));
        assert_eq!(line.what, "2 h 5 min behind, every 60 s");
    }

    #[test]
    fn an_open_gap_and_a_limit_that_is_used_up_are_named() {
        let gap = OpenGap {
            way: "webhook".to_owned(),
            gaps: 1,
            seconds: 90,
            since: DateTime::UNIX_EPOCH,
        };
        assert_eq!(gaps("a/b", &[]).state, State::Ok);
        let line = gaps("a/b", &[gap]);
        assert_eq!(line.state, State::Warn);
        assert!(
            line.what.starts_with("webhook: 1 min not recovered"),
            "{line:?}"
        );
        let left = |remaining| Limit {
            endpoint: "users.mentions".to_owned(),
            of: "account".to_owned(),
            window: "quarter".to_owned(),
            limit: Some(180),
            remaining,
            resets_at: DateTime::UNIX_EPOCH,
            seen_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(limits("a/b", &[left(1)]).state, State::Ok);
        let line = limits("a/b", &[left(1), left(0)]);
        assert_eq!(line.state, State::Warn);
        assert!(
            line.what.starts_with("used up: users.mentions until"),
            "{line:?}"
        );
    }
}
