//! Starting and stopping the ways of an account, at a terminal: the same rows as the API's commands.

use anyhow::Context as _;
use api::channels::{Action as Asked, Order, WAYS, account, give};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;

use crate::deployment;

/// The ways by which items come.
#[derive(Subcommand)]
pub enum Action {
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

/// Writes the command; `ingest` obeys within a second.
pub fn run(config: &Config, action: &Action) -> anyhow::Result<()> {
    let clock = Clock::default();
    let (whose, way, asked) = match action {
        Action::Start(way) => (&way.whose, way.way.as_str(), Asked::Start),
        Action::Stop(way) => (&way.whose, way.way.as_str(), Asked::Stop),
        Action::FillGap { whose, from } => {
            let from = from.unwrap_or(clock.now() - TimeDelta::hours(24));
            (whose, "poll", Asked::FillGap(from))
        }
    };
    if !WAYS.contains(&way) {
        anyhow::bail!(Exit::Config(format!(
            "--way {way}: expected poll, webhook or stream"
        )));
    }
    let orgs = deployment::organisations(config)?;
    let org = orgs
        .get(&whose.org)
        .ok_or_else(|| Exit::Config(format!("--org {}: not configured", whose.org)))?;
    let x_id = account(org, &whose.account).ok_or_else(|| {
        let id = &org.org_id;
        Exit::Config(format!(
            "--account {}: no such account of {id}",
            whose.account
        ))
    })?;
    let url = config.require("database.url")?;
    let tokio = tokio::runtime::Runtime::new().context("tokio")?;
    let changed = tokio.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let mut transaction = runtime::pg::begin(&pool, &[&org.org_id]).await?;
        let actor = format!("cli:{}", deployment::operator());
        let order = Order {
            org: &org.org_id,
            account: &x_id,
            way,
            actor: &actor,
            reason: &whose.reason,
        };
        let changed = give(&mut transaction, order, &asked, clock.now()).await?;
        transaction.commit().await?;
        anyhow::Ok(changed)
    })?;
    let done = if changed {
        "commanded"
    } else {
        "in force already"
    };
    println!("{} {way} of {x_id}: {done}", asked.as_str());
    Ok(())
}
