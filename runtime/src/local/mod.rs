//! The real parts that earshot needs, run as child processes from a directory of their own: one
//! Apache Kafka node and one PostgreSQL server. Demo, tests and benchmarks use the same code.
//!
//! Children end with their parent, also when it is killed: the kernel signals them when the
//! *thread* that spawned them ends. So [`LocalParts::start`] and [`LocalParts::tick`] belong on a
//! thread that lives as long as the parts: the main thread.

mod command;
mod error;
mod jars;
mod kafka;
mod log;
mod part;
mod pg_home;
mod postgres;
mod process;
mod state;

pub(crate) mod child;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

pub use command::run_command;
pub use error::LocalError;
pub use jars::ensure_jars;

use kafka::Kafka;
use part::Part;
use postgres::Postgres;
use state::{Dir, State};

use crate::logs::Logs;

const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// Which parts to run, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory; made when absent, refused when in use.
    pub dir: PathBuf,
    /// Whether to run Kafka.
    pub kafka: bool,
    /// Whether to run PostgreSQL.
    pub postgres: bool,
    /// Whether PostgreSQL waits for the disk. Off is for tests that do not cut the power.
    pub fsync: bool,
    /// PostgreSQL counts what each statement costs (`pg_stat_statements`): for a measurement.
    pub statements: bool,
}

/// How to reach the parts. Empty strings stand for a part that was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Kafka's bootstrap servers.
    pub brokers: String,
    /// Database `earshot` as the role that owns it and migrates it.
    pub owner_url: String,
    /// Database `earshot` as the role of the programs, bound by row-level security.
    pub app_url: String,
    /// Database `postgres` as superuser, for making databases.
    pub super_url: String,
}

impl Endpoints {
    /// Reads what a running set of parts has written to `run/local.json`.
    pub fn read(path: &Path) -> Result<Self, LocalError> {
        let text = std::fs::read(path).map_err(LocalError::path("reading", path))?;
        serde_json::from_slice(&text).map_err(|error| LocalError::Remembered {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Running parts. Dropping them stops them.
#[derive(Debug)]
pub struct LocalParts {
    endpoints: Endpoints,
    kafka: Option<Part<Kafka>>,
    postgres: Option<Part<Postgres>>,
    logs: Logs,
    dir: Dir,
}

impl LocalParts {
    /// Starts the parts and waits until they can be used: about 7 s in a new directory.
    ///
    /// Must be called from a thread that outlives the parts.
    pub fn start(options: &Options) -> Result<Self, LocalError> {
        let dir = Dir::claim(&options.dir)?;
        end_earlier(&dir)?;
        let mut state = State::load(&dir)?;
        state.endpoints = endpoints(options, &state);
        // Before the parts are made: a cluster whose passwords are lost is of no use.
        state.save(&dir)?;

        let kafka = options
            .kafka
            .then(|| Kafka::prepare(&dir, &state))
            .transpose()?;
        let format = match &kafka {
            Some(kafka) => kafka.begin_format()?,
            None => None,
        };
        let mut parts = Self {
            endpoints: state.endpoints.clone(),
            kafka: None,
            postgres: None,
            logs: Logs::new(&dir.join("log")),
            dir,
        };
        if options.postgres {
            let postgres = Postgres::prepare(&parts.dir, &state, options)?;
            parts.postgres = Some(Part::spawn(postgres)?);
        }
        if let Some(kafka) = kafka {
            kafka.end_format(format)?;
            parts.kafka = Some(Part::spawn(kafka)?);
        }
        if let Some(postgres) = &mut parts.postgres {
            postgres.await_ready()?;
        }
        if let Some(kafka) = &mut parts.kafka {
            kafka.await_ready()?;
        }
        tracing::info!(dir = %parts.dir.path().display(), "local parts are ready");
        Ok(parts)
    }

    /// How to reach the parts; the same as long as they run, through restarts too.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The file that tells other processes how to reach the parts.
    pub fn endpoints_file(&self) -> PathBuf {
        self.dir.join("run/local.json")
    }

    /// Reaps a part that died and starts it again, on its port and with its data. Call it a few
    /// times a second, from the thread that called [`Self::start`].
    ///
    /// Does not wait for readiness: clients retry. Returns the names of what was started; fails
    /// when a part keeps dying.
    pub fn tick(&mut self) -> Result<Vec<&'static str>, LocalError> {
        let mut started = Vec::new();
        if let Some(kafka) = &mut self.kafka {
            started.extend(kafka.tick()?);
        }
        if let Some(postgres) = &mut self.postgres {
            started.extend(postgres.tick()?);
        }
        self.logs.tick(Instant::now());
        Ok(started)
    }

    /// The parts by name with the process that runs each now.
    pub fn pids(&self) -> Vec<(&'static str, u32)> {
        let kafka = self.kafka.iter().map(Part::pid);
        kafka.chain(self.postgres.iter().map(Part::pid)).collect()
    }

    /// Stops the parts cleanly; what does not end in time is killed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for LocalParts {
    fn drop(&mut self) {
        let deadline = Instant::now() + STOP_DEADLINE;
        if let Some(kafka) = &self.kafka {
            kafka.ask_to_stop();
        }
        if let Some(postgres) = &self.postgres {
            postgres.ask_to_stop();
        }
        if let Some(kafka) = &mut self.kafka {
            kafka.await_end(deadline);
        }
        if let Some(postgres) = &mut self.postgres {
            postgres.await_end(deadline);
        }
    }
}

/// Ends what an earlier, killed supervisor left, before its ports are looked at.
fn end_earlier(dir: &Dir) -> Result<(), LocalError> {
    for (home, pid_file, gentle) in [
        ("kafka", "pid", Signal::TERM),
        ("postgres/data", "postmaster.pid", Signal::INT),
    ] {
        // The path without links is the one on the command line.
        if let Ok(home) = dir.join(home).canonicalize() {
            process::settle(&home.join(pid_file), &home.to_string_lossy(), gentle)?;
        }
    }
    Ok(())
}

fn endpoints(options: &Options, state: &State) -> Endpoints {
    let url = |role: &str, password: &str, database: &str| {
        if !options.postgres {
            return String::new();
        }
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{database}",
            state.postgres_port
        )
    };
    let brokers = if options.kafka {
        format!("127.0.0.1:{}", state.kafka_port)
    } else {
        String::new()
    };
    Endpoints {
        brokers,
        owner_url: url("earshot_owner", &state.owner_password, "earshot"),
        app_url: url("earshot_app", &state.app_password, "earshot"),
        super_url: url("postgres", &state.super_password, "postgres"),
    }
}

/// Percent of the file system of `path` that are free for this user.
pub fn free_percent(path: &Path) -> std::io::Result<u64> {
    let seen = rustix::fs::statvfs(path)?;
    Ok(seen.f_bavail.saturating_mul(100) / seen.f_blocks.max(1))
}
