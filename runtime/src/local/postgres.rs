//! One PostgreSQL server from the system's binaries as a child process.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::child::User;
use super::error::LocalError;
use super::state::{Dir, State};
use super::{Options, child, log, pg_home, process};

const STEP_DEADLINE: Duration = Duration::from_mins(1);
const READY_DEADLINE: Duration = Duration::from_mins(1);
/// Nobody but holders of a password gets in, and only by loopback: no Unix socket is opened.
const ACCESS: &str = "host all all 127.0.0.1/32 scram-sha-256\n";

/// The settings of one server; the process itself is held by the caller.
#[derive(Debug)]
pub(super) struct Postgres {
    bin: PathBuf,
    data: PathBuf,
    user: Option<User>,
    output: PathBuf,
    port: u16,
    fsync: bool,
    statements: bool,
    since: u64,
}

impl Postgres {
    /// Finds the binaries and makes the cluster when there is none.
    pub fn prepare(dir: &Dir, state: &State, options: &Options) -> Result<Self, LocalError> {
        let user = pg_home::unprivileged()?;
        let home = pg_home::place(dir, user.as_ref())?;
        let data = home.join("data");
        let bin = pg_home::binaries(&data)?;
        let (output, _) = dir.log("postgres", true)?;
        let port = state.postgres_port;
        let server = Self {
            bin,
            data,
            user,
            output,
            port,
            fsync: options.fsync,
            statements: options.statements,
            since: 0,
        };
        if !server.data.join("PG_VERSION").exists() {
            server.initialise(&home.join("data.part"), state)?;
        }
        Ok(server)
    }

    /// Makes the cluster beside its place and moves it there when complete, so that a start which
    /// was cut off half-way leaves nothing that looks finished.
    fn initialise(&self, part: &Path, state: &State) -> Result<(), LocalError> {
        if part.exists() {
            fs::remove_dir_all(part).map_err(LocalError::path("removing", part))?;
        }
        fs::create_dir(part).map_err(LocalError::path("creating", part))?;
        fs::set_permissions(part, fs::Permissions::from_mode(0o700))
            .map_err(LocalError::path("protecting", part))?;
        if let Some(user) = &self.user {
            chown(part, Some(user.uid), Some(user.gid))
                .map_err(LocalError::path("giving away", part))?;
        }
        let mut initdb = self.tool("initdb")?;
        initdb
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ])
            .args(["--no-sync", "--no-instructions", "-D"])
            .arg(part);
        self.run(&mut initdb, "making the PostgreSQL cluster", "")?;
        let mut single = self.tool("postgres")?;
        single
            .args([
                "--single",
                "-c",
                "exit_on_error=on",
                "-c",
                "log_min_error_statement=panic",
            ])
            .arg("-D")
            .arg(part)
            .arg("postgres");
        self.run(&mut single, "making the PostgreSQL roles", &roles(state))?;
        let access = part.join("pg_hba.conf");
        fs::write(&access, ACCESS).map_err(LocalError::path("writing", &access))?;
        fs::rename(part, &self.data).map_err(LocalError::path("moving to", &self.data))
    }

    fn run(
        &self,
        command: &mut Command,
        what: &'static str,
        input: &str,
    ) -> Result<(), LocalError> {
        let mut running = child::spawn(command.stdin(Stdio::piped()), what)?;
        // A child that ended early closes the pipe; its status tells more than that error.
        if let Some(mut stdin) = running.stdin.take()
            && let Err(error) = stdin.write_all(input.as_bytes())
        {
            tracing::debug!(what, %error, "input not taken");
        }
        let status = child::end(&mut running, Instant::now() + STEP_DEADLINE)
            .map_err(LocalError::io(what))?;
        if status.success() {
            return Ok(());
        }
        let log = log::tail(&self.output, 0);
        Err(LocalError::Failed {
            what,
            status: status.to_string(),
            log,
        })
    }

    pub fn spawn(&mut self) -> Result<Child, LocalError> {
        let pid_file = self.data.join("postmaster.pid");
        process::settle(&pid_file, &self.data.to_string_lossy(), Signal::INT)?;
        self.since = fs::metadata(&self.output).map_or(0, |data| data.len());
        let mut server = self.tool("postgres")?;
        server.arg("-D").arg(&self.data).stdin(Stdio::null());
        for setting in self.settings() {
            server.args(["-c", &setting]);
        }
        child::spawn(&mut server, "PostgreSQL")
    }

    fn settings(&self) -> Vec<String> {
        let switch = if self.fsync { "on" } else { "off" };
        let mut settings: Vec<String> = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=256MB",
            "max_wal_size=2GB",
            "checkpoint_timeout=15min",
            "synchronous_commit=on",
            "timezone=UTC",
            "log_timezone=UTC",
            // Neither statements nor the values in them may reach the log: both hold post text.
            "log_min_error_statement=panic",
            "log_error_verbosity=terse",
        ]
        .map(str::to_owned)
        .into();
        settings.push(format!("port={}", self.port));
        settings.push(format!("fsync={switch}"));
        settings.push(format!("full_page_writes={switch}"));
        if self.statements {
            settings.push("shared_preload_libraries=pg_stat_statements".to_owned());
        }
        settings
    }

    /// Waits until the server takes connections; fails at once when `running` ends instead.
    pub fn await_ready(&self, running: &mut Child) -> Result<(), LocalError> {
        let what = "starting PostgreSQL";
        let pid_file = self.data.join("postmaster.pid");
        let own = running.id().to_string();
        let ready = child::poll(READY_DEADLINE, || {
            let text = fs::read_to_string(&pid_file).unwrap_or_default();
            let mut lines = text.lines().map(str::trim);
            if lines.next() == Some(own.as_str()) && lines.any(|line| line == "ready") {
                return Ok(Some(()));
            }
            match running.try_wait().map_err(LocalError::io(what))? {
                None => Ok(None),
                Some(status) => Err(LocalError::Failed {
                    what,
                    status: status.to_string(),
                    log: self.log_tail(),
                }),
            }
        })?;
        ready.ok_or_else(|| LocalError::Late {
            what,
            after: READY_DEADLINE,
            log: self.log_tail(),
        })
    }

    pub fn log_tail(&self) -> String {
        log::tail(&self.output, self.since)
    }

    /// A binary of the server, as the right user, writing to the part's log. The death signal is
    /// INT, the server's fast shutdown.
    fn tool(&self, name: &str) -> Result<Command, LocalError> {
        let output = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.output)
            .map_err(LocalError::path("opening", &self.output))?;
        let errors = output
            .try_clone()
            .map_err(LocalError::path("opening", &self.output))?;
        let mut command = child::tethered(self.bin.join(name), "INT", self.user.as_ref());
        // The server's user may not be allowed into the directory we were started in.
        command
            .current_dir("/")
            .stdout(output)
            .stderr(errors)
            .env("LC_ALL", "C.UTF-8");
        for name in [
            "PGDATA",
            "PGOPTIONS",
            "PGHOST",
            "PGPORT",
            "PGUSER",
            "PGDATABASE",
        ] {
            command.env_remove(name);
        }
        Ok(command)
    }
}

/// One statement per line: what single-user mode takes.
fn roles(state: &State) -> String {
    let State {
        super_password,
        owner_password,
        app_password,
        ..
    } = state;
    let plain = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE";
    format!(
        "ALTER ROLE postgres PASSWORD '{super_password}'\n\
         CREATE ROLE earshot_owner {plain} PASSWORD '{owner_password}'\n\
         CREATE ROLE earshot_app {plain} PASSWORD '{app_password}'\n\
         CREATE DATABASE earshot OWNER earshot_owner\n"
    )
}
