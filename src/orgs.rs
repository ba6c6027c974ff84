//! `earshot orgs list`: how each organisation stands, in a line.

use std::collections::BTreeMap;

use api::channels::{StateOfWay, WAYS, states};
use api::standing::{self, Modes, Standing};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use metrics::Scope;
use runtime::clock::Clock;
use runtime::config::Config;
use schemas::org_config::OrgConfig;
use serde::Serialize;

use crate::deployment;

/// Of a way of which `ingest` has said nothing yet.
const NOT_SEEN: &str = "not-seen-yet";

/// Organisations.
#[derive(Subcommand)]
pub enum Orgs {
    /// Each organisation: accounts, the ways that are on and how they stand, active items, last event.
    List {
        /// One JSON array.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Overview {
    org: String,
    accounts: usize,
    /// Of each way that is on: how many accounts it stands how at.
    ways: BTreeMap<&'static str, BTreeMap<String, usize>>,
    active: i64,
    last_event_at: Option<DateTime<Utc>>,
    /// No way of any account is on.
    stopped: bool,
}

/// Reads every organisation and prints it.
pub fn run(config: &Config, action: &Orgs) -> anyhow::Result<()> {
    let Orgs::List { json } = action;
    let orgs = deployment::organisations(config)?;
    let url = config.require("database.url")?;
    let now = Clock::default().now();
    let read = async {
        let pool = runtime::pg::pool(&url, 1)?;
        let mut all = Vec::new();
        for org in orgs.iter() {
            all.push(of(&pool, org, now).await?);
        }
        anyhow::Ok(all)
    };
    let all = deployment::tokio()?.block_on(read)?;
    if *json {
        println!("{}", serde_json::to_string(&all)?);
    } else {
        for one in &all {
            println!("{}", line(one));
        }
    }
    Ok(())
}

async fn of(pool: &sqlx::PgPool, org: &OrgConfig, now: DateTime<Utc>) -> anyhow::Result<Overview> {
    let mut scope = runtime::pg::begin(pool, &[&org.org_id]).await?;
    let standing = standing::read(&mut scope, &org.org_id, now).await?;
    let known = states(&mut scope, &org.org_id).await?;
    let counted = Scope {
        org: &org.org_id,
        reposts_active: org.settings.reposts_active,
        has_account: !org.accounts.is_empty(),
    };
    let active = metrics::pg::active(&mut scope, counted).await?.total();
    Ok(overview(org, &standing, &known, active))
}

fn overview(org: &OrgConfig, standing: &Standing, known: &[StateOfWay], active: i64) -> Overview {
    let mut ways: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for account in &org.accounts {
        let name = x_account::name(account);
        let modes = standing.modes(name, org.settings.modes);
        for way in WAYS.into_iter().filter(|way| is_on(way, &modes)) {
            let seen = known
                .iter()
                .find(|one| one.account == name && one.way == way);
            let state = seen.map_or(NOT_SEEN, |seen| &seen.state);
            *ways
                .entry(way)
                .or_default()
                .entry(state.to_owned())
                .or_default() += 1;
        }
    }
    Overview {
        org: org.org_id.clone(),
        accounts: org.accounts.len(),
        stopped: ways.is_empty(),
        ways,
        active,
        last_event_at: known.iter().filter_map(|one| one.last_event_at).max(),
    }
}

/// Whether a way is on.
pub fn is_on(way: &str, modes: &Modes) -> bool {
    match way {
        "poll" => modes.poll_s > 0,
        "stream" => modes.stream,
        _ => modes.webhook,
    }
}

fn line(one: &Overview) -> String {
    let each = one.ways.iter().flat_map(|(way, states)| {
        let counted = states.iter();
        counted.map(move |(state, count)| match count {
            1 => format!("{way} {state}"),
            count => format!("{way} {state} ({count} accounts)"),
        })
    });
    let ways: Vec<String> = each.collect();
    let ways = if one.stopped {
        "stopped: every way is off".to_owned()
    } else {
        ways.join(", ")
    };
    let last = one.last_event_at.map_or_else(
        || "nothing came yet".to_owned(),
        |at| format!("last event {}", at.format("%FT%TZ")),
    );
    format!(
        "{}  {} account(s)  {ways}  {} active  {last}",
        one.org, one.accounts, one.active
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn state(account: &str, way: &str, state: &str, minutes: Option<i64>) -> StateOfWay {
        StateOfWay {
            account: account.to_owned(),
            way: way.to_owned(),
            state: state.to_owned(),
            detail: String::new(),
            last_event_at: minutes.map(|at| DateTime::UNIX_EPOCH + TimeDelta::minutes(at)),
        }
    }

    #[test]
    fn ways_that_are_on_are_counted_by_how_they_stand() {
        let account = |id: &str| {
            format!(
                "[[org.acme.accounts]]\npageId = \"a{id}\"\nconsumerKey = \"k\"\nconsumerSecret = \"s\"\n\
                 accessToken = \"{id}-t\"\naccessTokenSecret = \"t\"\n"
            )
        };
        let of = |modes: &str, known: &[StateOfWay]| {
            let (one, two) = (account("42"), account("43"));
            let text = format!("[org.acme]\nmodes = {{ {modes} }}\n{one}{two}");
            let orgs = schemas::org_config::parse_toml(&text).unwrap();
            overview(orgs.get("acme").unwrap(), &Standing::default(), known, 7)
        };
        let all = "webhook = true, stream = false, poll_s = 60";
        let none = "webhook = false, stream = false, poll_s = 0";
        let seen = [
            state("42", "poll", "running", Some(3)),
            state("43", "poll", "running", None),
            state("42", "webhook", "invalid", Some(9)),
            state("42", "stream", "cut", None),
        ];
        for (modes, known, expected) in [
            (
                all,
                &seen[..],
                "acme  2 account(s)  poll running (2 accounts), webhook invalid, webhook not-seen-yet  \
                 7 active  last event 1970-01-01T00:09:00Z",
            ),
            (
                none,
                &seen[..1],
                "acme  2 account(s)  stopped: every way is off  7 active  last event 1970-01-01T00:03:00Z",
            ),
            (
                "webhook = false, stream = true, poll_s = 0",
                &[],
                "acme  2 account(s)  stream not-seen-yet (2 accounts)  7 active  nothing came yet",
            ),
        ] {
            assert_eq!(line(&of(modes, known)), expected);
        }
        assert!(of(none, &seen).stopped && !of(all, &[]).stopped);
    }
}
