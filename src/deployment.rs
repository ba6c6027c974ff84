//! What an operator does once or seldom: migrations, topics, keys, imports, configuration.

use anyhow::Context as _;
use api::http::auth::Role;
use api::keys::Wanted;
use chrono::TimeDelta;
use clap::Subcommand;
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::kafka::admin::{Admin, Finding, Layout};
use runtime::pg::{ages, migrations};
use runtime::{Exit, Program};
use schemas::org_config::Organisations;
use secrecy::ExposeSecret as _;

use crate::{organisations, replacing};

/// The topics on the cluster.
#[derive(Subcommand)]
pub enum Topics {
    /// Shows what apply would do.
    Plan,
    /// Makes the topics that are missing, raises a limit that is too low; refuses any other mismatch
    /// by name.
    Apply,
    /// Exit code 2 if anything is missing or not as it must be.
    Check,
}

/// The configuration.
#[derive(Subcommand)]
pub enum ConfigAction {
    /// Every key with its value, where that comes from and whether a change takes a restart.
    Show {
        /// What each key means, too.
        #[arg(long)]
        long: bool,
    },
    /// Parses everything, the organisations too.
    Check,
    /// What would change if a file replaced the organisations as they stand.
    Diff(replacing::File),
    /// Shows what would change and puts the file in place of the organisations: in Consul, or in the
    /// file of org_source.
    Import {
        #[command(flatten)]
        file: replacing::File,
        /// Only says what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// API keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Makes a key and prints it, once.
    Create {
        /// Organisation.
        #[arg(long)]
        org: String,
        /// viewer, csr, lead, admin, analyst or ops.
        #[arg(long)]
        role: String,
        /// What it is for; names are not used twice.
        #[arg(long)]
        name: String,
        /// May read private messages.
        #[arg(long)]
        messages: bool,
        /// Days until it expires.
        #[arg(long)]
        days: Option<u32>,
    },
    /// Ends a key at once.
    Revoke {
        /// Organisation.
        #[arg(long)]
        org: String,
        /// Name of the key.
        #[arg(long)]
        name: String,
    },
}

/// A runtime for a command.
pub fn tokio() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

/// How the topics are laid out.
pub fn layout(config: &Config) -> Result<Layout, Exit> {
    Ok(Layout {
        partitions: config.number("pipeline.partitions")?,
        replication: config.number("kafka.replication_factor")?,
    })
}

/// Migrations and topics, as `all` and `demo` need them.
pub fn prepare(config: &Config) -> anyhow::Result<()> {
    migrate(config, false)?;
    if topics(config, &Topics::Apply)? != 0 {
        anyhow::bail!(Exit::Config("the topics are not as they must be".into()));
    }
    Ok(())
}

/// Brings the database to this version, as its owner; with `only_plan` says what that would do.
pub fn migrate(config: &Config, only_plan: bool) -> anyhow::Result<()> {
    const WHERE: &str = "migrations (database.owner_url)";
    let url = config.require("database.owner_url")?;
    tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let plan = migrations::plan(&pool, &schemas::MIGRATOR);
        let plan = plan.await.context(WHERE)?;
        if let Some(why) = plan.refusal() {
            anyhow::bail!(Exit::Config(why));
        }
        if !only_plan {
            return schemas::MIGRATOR.run(&pool).await.context(WHERE);
        }
        for (number, name) in &plan.pending {
            println!("{} {name}", migrations::number(*number));
        }
        match plan.pending.len() {
            0 => println!("nothing to do"),
            count => println!("`earshot migrate` would run {count}"),
        }
        Ok(())
    })
}

/// Plans, applies or checks the topics.
pub fn topics(config: &Config, action: &Topics) -> anyhow::Result<i32> {
    config.require("kafka.brokers")?;
    let layout = layout(config)?;
    let admin = Admin::new(&config.cluster())?;
    let findings = tokio()?.block_on(async {
        match action {
            Topics::Apply => {
                fix(config).await?;
                let before = admin.check(layout).await?;
                if mismatches(&before).next().is_none() {
                    admin.apply(layout).await?;
                }
                Ok::<_, anyhow::Error>(before)
            }
            Topics::Plan | Topics::Check => Ok(admin.check(layout).await?),
        }
    })?;
    let refused = match action {
        Topics::Plan => false,
        Topics::Apply => mismatches(&findings).next().is_some(),
        Topics::Check => !findings.is_empty(),
    };
    for finding in &findings {
        match (action, finding) {
            (Topics::Apply, Finding::Missing { topic }) if !refused => println!("{topic}: made"),
            (
                Topics::Apply,
                Finding::Outdated {
                    topic,
                    what,
                    want,
                    have,
                },
            ) if !refused => {
                println!("{topic}: {what} changed from {have} to {want}");
            }
            _ => println!("{finding}"),
        }
    }
    Ok(if refused { 2 } else { 0 })
}

/// Partitions, and whose schema ids are written, are fixed by the first apply; a program with
/// another setting would route or frame what nobody finds.
pub async fn fix(config: &Config) -> anyhow::Result<()> {
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let ids = if config.optional("registry.url").is_some() {
        "registry"
    } else {
        "own"
    };
    for (key, want) in [
        ("pipeline.partitions", config.text("pipeline.partitions")),
        ("schema ids (registry.url)", ids.to_owned()),
    ] {
        let fixed = runtime::pg::deployment::fix(&pool, key, &want).await?;
        if fixed != want {
            anyhow::bail!(Exit::Config(format!(
                "{key}: `{want}` differs from `{fixed}`, which the first topics apply fixed"
            )));
        }
    }
    Ok(())
}

fn mismatches(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|finding| matches!(finding, Finding::Mismatch { .. }))
}

/// Shows or checks the configuration.
pub fn show(config: &Config, action: &ConfigAction) -> anyhow::Result<()> {
    match action {
        ConfigAction::Show { long } => {
            print!("{}", crate::settings::table(&config.show(), *long)?);
            if !long {
                println!("\n`earshot config show --long` says what each key means");
            }
        }
        ConfigAction::Diff(from) => replacing::diff(config, &from.file)?,
        ConfigAction::Import {
            file: from,
            dry_run,
        } => {
            replacing::import(config, &from.file, *dry_run)?;
        }
        ConfigAction::Check => {
            let orgs = organisations(config)?;
            for warning in orgs.warnings() {
                println!("warning: {warning}");
            }
            for org in orgs.iter() {
                println!("{}: {} account(s)", org.org_id, org.accounts.len());
            }
        }
    }
    Ok(())
}

/// The organisations as they are configured now.
pub fn organisations(config: &Config) -> anyhow::Result<Organisations> {
    Ok(tokio()?.block_on(organisations::read(config))?)
}

/// Makes or revokes an API key.
pub fn keys(config: &Config, action: &Keys) -> anyhow::Result<()> {
    let url = config.require("database.url")?;
    let clock = Clock::default();
    tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        match action {
            Keys::Create {
                org,
                role,
                name,
                messages,
                days,
            } => {
                let role = Role::parse(role).with_context(|| {
                    format!("--role {role}: expected viewer, csr, lead, admin, analyst or ops")
                })?;
                let expires_at = days.map(|days| clock.now() + TimeDelta::days(days.into()));
                let wanted = Wanted {
                    org,
                    name,
                    role,
                    messages: *messages,
                    expires_at,
                };
                println!("{}", create_key(&pool, &clock, wanted).await?);
            }
            Keys::Revoke { org, name } => api::keys::revoke(&pool, &clock, org, name).await?,
        }
        Ok(())
    })
}

async fn create_key(
    pool: &sqlx::PgPool,
    clock: &Clock,
    wanted: Wanted<'_>,
) -> anyhow::Result<String> {
    let minted = api::keys::mint(&mut rand::rng());
    let key = api::keys::create(pool, clock, minted, wanted).await?;
    Ok(key.expose_secret().to_owned())
}

/// A key for a run of the demo.
pub fn demo_key(config: &Config, org: &str, role: Role) -> anyhow::Result<String> {
    let url = config.require("database.url")?;
    let clock = Clock::default();
    tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let name = format!("demo-{}-{}", role.as_str(), clock.now().timestamp());
        let messages = role == Role::Lead;
        let wanted = Wanted {
            org,
            name: &name,
            role,
            messages,
            expires_at: None,
        };
        create_key(&pool, &clock, wanted).await
    })
}

/// Where browsers find the desk.
pub fn desk_url(config: &Config) -> String {
    let base = config.optional("http.base_url");
    base.unwrap_or_else(|| format!("http://{}", config.text("desk.addr")))
}

/// Canonical name of an organisation. Where they are configured, a slip of the pen is an error.
pub fn known(config: &Config, org: &str) -> anyhow::Result<String> {
    if config.optional("org_source").is_none() {
        return Ok(org.to_owned());
    }
    let orgs = organisations(config)?;
    let Some(found) = orgs.get(org) else {
        let known: Vec<&str> = orgs.iter().map(|org| org.org_id.as_str()).collect();
        anyhow::bail!(Exit::Config(format!(
            "--org {org}: not configured; there are {}",
            known.join(", ")
        )));
    };
    Ok(found.org_id.clone())
}

/// Who works at this terminal, for the audit.
pub fn operator() -> String {
    std::env::var("USER").unwrap_or_else(|_| "operator".to_owned())
}

/// Drops items, interactions and aliases and reads them again from the result topics.
pub fn rebuild(config: &Config) -> anyhow::Result<()> {
    let tokio = tokio()?;
    let program = tokio.block_on(Program::start("rebuild", config))?;
    let running = tokio.block_on(ages::running(&program.pg, program.clock.now()))?;
    if !running.is_empty() {
        anyhow::bail!(Exit::Config(format!(
            "stop these first, then wait half a minute: {}",
            running.join(", ")
        )));
    }
    let items = case_linker::rebuild::run(&program, tokio.handle())?;
    let interactions = interaction_writer::rebuild::run(&program, tokio.handle())?;
    println!("{items} items and {interactions} interactions read");
    Ok(())
}
