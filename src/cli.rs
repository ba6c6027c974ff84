//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use runtime::Exit;
use runtime::config::Config;
use runtime::local::{Endpoints, Options};

use crate::{
    channels, delete, deployment, doctor, imports, orgs, programs, quarantine, supervisor, tail,
    upgrade, users,
};

/// Listens to what people say to a company on X, and gives its customer service a desk.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Settings {
    /// Configuration file; earshot.toml if that exists.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// One setting, key=value; see `earshot config show`.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
    /// Kafka brokers, host:port list.
    #[arg(long, global = true)]
    kafka: Option<String>,
    /// PostgreSQL of the app role.
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// Use (and for `all` and `demo` start) the local Kafka and PostgreSQL of the local directory.
    #[arg(long, global = true)]
    local: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Everything on this machine, with invented conversations of two companies.
    Demo {
        /// Seconds between conversations, about.
        #[arg(long, default_value_t = 4.0)]
        every: f64,
    },
    /// Supervisor: one child process for each program.
    All,
    /// Source: X's webhooks to the raw topics.
    Ingest(Check),
    /// Stage: raw to normalised items.
    Enrich(Check),
    /// Stage: customer mapping and case linking.
    Link(Check),
    /// Stage: customer interactions.
    Interact(Check),
    /// Outbox to topics.
    Relay(Check),
    /// Sender: replies, messages, likes, deletions to X.
    Respond(Check),
    /// HTTP API.
    Api(Check),
    /// A stand-in for X, for tests and the demo.
    XSim {
        /// Configuration, JSON.
        #[arg(long)]
        sim_config: Option<PathBuf>,
    },
    /// Looks at everything an installation needs: each line ok, warn or FAIL, with what cures it.
    Doctor(doctor::Doctor),
    /// Brings the database to this version.
    Migrate {
        /// Only says what would be run.
        #[arg(long)]
        plan: bool,
    },
    /// The topics on the cluster.
    Topics {
        #[command(subcommand)]
        action: deployment::Topics,
    },
    /// Going to another version.
    Upgrade {
        #[command(subcommand)]
        action: upgrade::Upgrade,
    },
    /// What could not be handled.
    Quarantine {
        #[command(subcommand)]
        action: quarantine::Action,
    },
    /// A topic as JSON lines, decoded by its schema; private texts masked.
    Tail(tail::Tail),
    /// The configuration.
    Config {
        #[command(subcommand)]
        action: deployment::ConfigAction,
    },
    /// API keys.
    Keys {
        #[command(subcommand)]
        action: deployment::Keys,
    },
    /// People who sign in at the desk.
    Users {
        #[command(subcommand)]
        action: users::Users,
    },
    /// The ways by which items come.
    Channels {
        #[command(subcommand)]
        action: channels::Action,
    },
    /// Organisations.
    Orgs {
        #[command(subcommand)]
        action: orgs::Orgs,
    },
    /// Customers.
    Customers {
        #[command(subcommand)]
        action: imports::Customers,
    },
    /// Reason and resolution codes.
    Codes {
        #[command(subcommand)]
        action: imports::Codes,
    },
    /// Takes what was said from every place that holds it, with a receipt.
    Delete(delete::Delete),
    /// Drops the read model and reads it again from the result topics.
    Rebuild,
    /// Local Kafka and PostgreSQL.
    Local {
        #[command(subcommand)]
        action: Local,
    },
}

#[derive(Args)]
pub struct Check {
    /// Parse everything, the organisations too, connect, exit.
    #[arg(long)]
    pub check: bool,
}

#[derive(Subcommand)]
enum Local {
    /// Runs a command beside a Kafka and a PostgreSQL of its own.
    Run {
        /// The command and its arguments.
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
    /// Starts Kafka and PostgreSQL and keeps them until stopped.
    Up,
}

impl Cli {
    /// Runs the command; the exit code of the process.
    pub fn run(self) -> anyhow::Result<i32> {
        let config = self.settings.load()?;
        let local = self.settings.local;
        match self.command {
            Command::Demo { every } => supervisor::demo(config, every)?,
            Command::All => supervisor::all(config, local)?,
            Command::Ingest(check) => programs::run("ingest", &config, &check)?,
            Command::Enrich(check) => programs::run("enrich", &config, &check)?,
            Command::Link(check) => programs::run("case-linker", &config, &check)?,
            Command::Interact(check) => programs::run("interaction-writer", &config, &check)?,
            Command::Relay(check) => programs::run("relay", &config, &check)?,
            Command::Respond(check) => programs::run("respond", &config, &check)?,
            Command::Api(check) => programs::run("api", &config, &check)?,
            Command::XSim { sim_config } => programs::x_sim(sim_config.as_deref())?,
            Command::Doctor(doctor) => return doctor::run(&config, &doctor),
            Command::Migrate { plan } => deployment::migrate(&config, plan)?,
            Command::Topics { action } => return deployment::topics(&config, &action),
            Command::Upgrade { action } => return upgrade::run(&config, &action),
            Command::Quarantine { action } => quarantine::run(&config, &action)?,
            Command::Tail(tail) => tail::run(&config, &tail)?,
            Command::Config { action } => deployment::show(&config, &action)?,
            Command::Keys { action } => deployment::keys(&config, &action)?,
            Command::Users { action } => users::run(&config, &action)?,
            Command::Channels { action } => channels::run(&config, &action)?,
            Command::Orgs { action } => orgs::run(&config, &action)?,
            Command::Customers { action } => imports::customers(&config, &action)?,
            Command::Codes { action } => imports::codes(&config, &action)?,
            Command::Delete(what) => delete::run(&config, &what)?,
            Command::Rebuild => deployment::rebuild(&config)?,
            Command::Local {
                action: Local::Run { command },
            } => {
                let options = parts(&config, false);
                return Ok(runtime::local::run_command(&options, &command)?);
            }
            Command::Local { action: Local::Up } => supervisor::parts_only(&config)?,
        }
        Ok(0)
    }
}

/// Options of the local parts of this configuration; tests of the project do without fsync.
pub fn parts(config: &Config, fsync: bool) -> Options {
    let dir = PathBuf::from(config.text("local.dir"));
    let dir = if fsync { dir } else { dir.join("run-parts") };
    Options {
        dir,
        kafka: true,
        postgres: true,
        fsync,
        statements: false,
    }
}

impl Settings {
    fn load(&self) -> Result<Config, Exit> {
        let default = PathBuf::from("earshot.toml");
        let file = self
            .config
            .clone()
            .or_else(|| default.exists().then_some(default));
        let mut flags = Vec::new();
        for pair in &self.set {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Exit::Config(format!("--set {pair}: expected key=value")))?;
            flags.push((key.to_owned(), value.to_owned()));
        }
        let named = [
            ("kafka.brokers", &self.kafka),
            ("database.url", &self.database_url),
        ];
        for (key, value) in named {
            flags.extend(value.iter().map(|value| (key.to_owned(), value.clone())));
        }
        let mut config = Config::load(file.as_deref(), std::env::vars(), &flags)?;
        if self.local {
            local(&mut config)?;
        }
        Ok(config)
    }
}

// The running local parts, if they run; `all` and `demo` start them.
fn local(config: &mut Config) -> Result<(), Exit> {
    let file = PathBuf::from(config.text("local.dir")).join("run/local.json");
    if let Ok(endpoints) = Endpoints::read(&file) {
        use_parts(config, &endpoints)?;
    }
    Ok(())
}

/// Points a configuration at local parts.
pub fn use_parts(config: &mut Config, endpoints: &Endpoints) -> Result<(), Exit> {
    config.set("kafka.brokers", endpoints.brokers.clone(), "local")?;
    config.set("database.url", endpoints.app_url.clone(), "local")?;
    config.set("database.owner_url", endpoints.owner_url.clone(), "local")
}
