//! `earshot customers import` and `earshot codes import`: lists that an organisation brings along.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;

use crate::deployment;

/// Customers.
#[derive(Subcommand)]
pub enum Customers {
    /// Takes customers from a CSV file: external_id, name, email, phone.
    Import {
        /// Organisation.
        #[arg(long)]
        org: String,
        /// Only says what would be done.
        #[arg(long)]
        dry_run: bool,
        /// The file.
        file: PathBuf,
    },
}

/// Reason and resolution codes.
#[derive(Subcommand)]
pub enum Codes {
    /// Takes codes from a CSV file: kind (reason, resolution), code, label, active. All of it or nothing.
    Import {
        /// Organisation.
        #[arg(long)]
        org: String,
        /// Only says what would be done.
        #[arg(long)]
        dry_run: bool,
        /// The file.
        file: PathBuf,
    },
}

/// Imports customers.
pub fn customers(config: &Config, action: &Customers) -> anyhow::Result<()> {
    let Customers::Import { org, dry_run, file } = action;
    let url = config.require("database.url")?;
    let input = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    deployment::tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let by = deployment::operator();
        let import = api::import::Import {
            org,
            by: &by,
            dry_run: *dry_run,
        };
        let done = api::import::customers(&pool, &Clock::default(), import, input).await?;
        println!(
            "{} new, {} changed, {} refused",
            done.created, done.updated, done.failed
        );
        for error in &done.errors {
            println!("line {}: {}", error.line, error.what);
        }
        if done.failed > 0 {
            anyhow::bail!("{} lines were refused", done.failed);
        }
        Ok(())
    })
}

/// Imports codes.
pub fn codes(config: &Config, action: &Codes) -> anyhow::Result<()> {
    let Codes::Import { org, dry_run, file } = action;
    deployment::known(config, org)?;
    let url = config.require("database.url")?;
    let input = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    deployment::tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let by = deployment::operator();
        let import = api::import::Import {
            org,
            by: &by,
            dry_run: *dry_run,
        };
        let done = api::codes::import(&pool, &Clock::default(), import, input).await;
        let (new, known) = done.map_err(|error| match error {
            error @ api::codes::CodesError::Database(_) => error.into(),
            mistake => anyhow::Error::new(Exit::Config(format!("{}: {mistake}", file.display()))),
        })?;
        println!("{new} new, {known} changed");
        Ok(())
    })
}
