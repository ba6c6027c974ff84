//! The ways of an account at a terminal: how they stand, and the same commands as the API's.

use api::channels::{Action as Asked, Order, StateOfWay, WAYS, account, ask_check, give, states};
use api::standing::{self, Modes};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;
use schemas::org_config::OrgConfig;

use crate::deployment;
use crate::orgs::is_on;

/// The ways by which items come.
#[derive(Subcommand)]
pub enum Action {
    /// Every way of every account: whether it is on, and how it stands.
    List {
        /// Organisation.
        #[arg(long)]
        org: String,
    },
    /// Starts a way of an account.
    Start(Way),
    /// Stops a way of an account.
    Stop(Way),
    /// Fetches everything that was said since a moment.
    FillGap {
        #[command(flatten)]
        whose: Whose,
        /// Since then, RFC 3339; 24 hours ago where nothing is said.
        #[arg(long)]
        from: Option<DateTime<Utc>>,
    },
    /// Has the running `ingest` look at an account at X; the desk shows what it saw.
    Check(Whose),
}

#[derive(Args)]
pub struct Whose {
    /// Organisation.
    #[arg(long)]
    org: String,
    /// Handle or X user id.
    #[arg(long)]
    account: String,
    /// Why, for the record.
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Args)]
pub struct Way {
    #[command(flatten)]
    whose: Whose,
    /// poll, webhook or stream.
    #[arg(long)]
    way: String,
}

/// Writes the command; `ingest` obeys at once, and within a second where it was not woken.
pub fn run(config: &Config, action: &Action) -> anyhow::Result<()> {
    let now = Clock::default().now();
    let org = match action {
        Action::List { org } => org,
        Action::Start(way) | Action::Stop(way) => &way.whose.org,
        Action::FillGap { whose, .. } | Action::Check(whose) => &whose.org,
    };
    let orgs = deployment::organisations(config)?;
    let org = orgs
        .get(org)
        .ok_or_else(|| Exit::Config(format!("--org {org}: not configured")))?;
    let doing = async {
        match action {
            Action::List { .. } => list(config, org, now).await,
            Action::Start(way) => command(config, org, (way, Asked::Start), now).await,
            Action::Stop(way) => command(config, org, (way, Asked::Stop), now).await,
            Action::FillGap { whose, from } => {
                let from = from.unwrap_or(now - TimeDelta::hours(24));
                ordered(config, org, (whose, "poll", &Asked::FillGap(from)), now).await
            }
            Action::Check(whose) => check(config, org, whose, now).await,
        }
    };
    deployment::tokio()?.block_on(doing)
}

async fn command(
    config: &Config,
    org: &OrgConfig,
    (way, asked): (&Way, Asked),
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let name = way.way.as_str();
    if !WAYS.contains(&name) {
        anyhow::bail!(Exit::Config(format!(
            "--way {name}: expected poll, webhook or stream"
        )));
    }
    ordered(config, org, (&way.whose, name, &asked), now).await
}

async fn ordered(
    config: &Config,
    org: &OrgConfig,
    (whose, way, asked): (&Whose, &str, &Asked),
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let x_id = named(org, whose)?;
    let actor = actor();
    let order = Order {
        org: &org.org_id,
        account: &x_id,
        way,
        actor: &actor,
        reason: &whose.reason,
    };
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let mut transaction = runtime::pg::begin(&pool, &[&org.org_id]).await?;
    let changed = give(&mut transaction, order, asked, now).await?;
    transaction.commit().await?;
    let done = if changed {
        "commanded"
    } else {
        "in force already"
    };
    println!("{} {way} of {x_id}: {done}", asked.as_str());
    Ok(())
}

async fn check(
    config: &Config,
    org: &OrgConfig,
    whose: &Whose,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let x_id = named(org, whose)?;
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let mut transaction = runtime::pg::begin(&pool, &[&org.org_id]).await?;
    ask_check(&mut transaction, (&org.org_id, &x_id), &actor(), now).await?;
    transaction.commit().await?;
    println!("check of {x_id}: asked for; `earshot doctor` looks without `ingest`");
    Ok(())
}

async fn list(config: &Config, org: &OrgConfig, now: DateTime<Utc>) -> anyhow::Result<()> {
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let mut transaction = runtime::pg::begin(&pool, &[&org.org_id]).await?;
    let standing = standing::read(&mut transaction, &org.org_id, now).await?;
    let known = states(&mut transaction, &org.org_id).await?;
    transaction.commit().await?;
    for account in &org.accounts {
        let name = x_account::name(account);
        let modes = standing.modes(name, org.settings.modes);
        for way in WAYS {
            let state = known
                .iter()
                .find(|one| one.account == name && one.way == way);
            let place = format!("@{} {name}", account.page_id);
            println!("{place}  {}", line(way, &modes, state));
        }
    }
    Ok(())
}

fn line(way: &str, modes: &Modes, known: Option<&StateOfWay>) -> String {
    let on = if is_on(way, modes) { "on" } else { "off" };
    let Some(known) = known else {
        return format!("{way:<7}  {on:<3}  not seen yet");
    };
    let last = known.last_event_at.map_or_else(String::new, |at| {
        format!("  last event {}", at.format("%FT%TZ"))
    });
    let detail = Some(&known.detail).filter(|detail| !detail.is_empty());
    let detail = detail.map_or_else(String::new, |detail| format!("  {detail}"));
    format!("{way:<7}  {on:<3}  {}{last}{detail}", known.state)
}

fn named(org: &OrgConfig, whose: &Whose) -> Result<String, Exit> {
    account(org, &whose.account).ok_or_else(|| {
        let (named, id) = (&whose.account, &org.org_id);
        Exit::Config(format!("--account {named}: no such account of {id}"))
    })
}

fn actor() -> String {
    format!("cli:{}", deployment::operator())
}
