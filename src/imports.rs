//! `earshot customers import` and `earshot codes import`: lists that an organisation brings along.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use api::codes::CodesError;
use api::import::Import;
use clap::{Args, Subcommand};
use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;
use sqlx::PgPool;

use crate::deployment;

/// A list and whose it is.
#[derive(Args)]
pub struct List {
    /// Organisation.
    #[arg(long)]
    org: String,
    /// Only says what would be done.
    #[arg(long)]
    dry_run: bool,
    /// The file.
    file: PathBuf,
}

/// Customers.
#[derive(Subcommand)]
pub enum Customers {
    /// Takes customers from a CSV file: external_id, name, email, phone.
    Import(List),
}

/// Reason and resolution codes.
#[derive(Subcommand)]
pub enum Codes {
    /// Takes codes from a CSV file: kind (reason, resolution), code, label, active. All of it or nothing.
    Import(List),
}

impl List {
    // Hands the open file to what takes it.
    fn take<T>(
        &self,
        config: &Config,
        take: impl AsyncFnOnce(&PgPool, Import<'_>, File) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        deployment::known(config, &self.org)?;
        let url = config.require("database.url")?;
        let file = File::open(&self.file).with_context(|| self.file.display().to_string())?;
        let by = deployment::operator();
        let import = Import {
            org: &self.org,
            by: &by,
            dry_run: self.dry_run,
        };
        deployment::tokio()?.block_on(async {
            let pool = runtime::pg::pool(&url, 1)?;
            take(&pool, import, file).await
        })
    }
}

/// Imports customers.
pub fn customers(config: &Config, action: &Customers) -> anyhow::Result<()> {
    let Customers::Import(list) = action;
    let done = list.take(config, async |pool, import, file| {
        Ok(api::import::customers(pool, &Clock::default(), import, file).await?)
    })?;
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
}

/// Imports codes.
pub fn codes(config: &Config, action: &Codes) -> anyhow::Result<()> {
    let Codes::Import(list) = action;
    let (new, known) = list.take(config, async |pool, import, file| {
        let done = api::codes::import(pool, &Clock::default(), import, file).await;
        done.map_err(|error| match error {
            error @ CodesError::Database(_) => error.into(),
            mistake => Exit::Config(format!("{}: {mistake}", list.file.display())).into(),
        })
    })?;
    println!("{new} new, {known} changed");
    Ok(())
}
