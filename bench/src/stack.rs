//! A whole installation for a test: every program as a child process of this one, on real parts.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use runtime::kafka::Cluster;
use runtime::kafka::admin::{Admin, Layout};
use runtime::supervise::Supervisor;

/// No program listens there: a reserved port.
const NOBODY: &str = "http://127.0.0.1:9";
/// Name of the process and of the subcommand.
pub const PROGRAMS: &[(&str, &str)] = &[
    ("relay", "relay"),
    ("interaction-writer", "interact"),
    ("case-linker", "link"),
    ("enrich", "enrich"),
    ("api", "api"),
    ("ingest", "ingest"),
];
const PARTITIONS: i32 = 12;
const DRAIN: Duration = Duration::from_secs(22);

/// Subcommand of a program.
pub fn subcommand(name: &str) -> &'static str {
    PROGRAMS
        .iter()
        .find(|(program, _)| *program == name)
        .map_or("", |(_, subcommand)| subcommand)
}

/// An organisation of a test.
#[derive(Debug, Clone)]
pub struct Org {
    pub id: String,
    pub handle: String,
    pub x_id: String,
    pub secret: String,
    /// Handle and X id of each further account.
    pub accounts: Vec<(String, String)>,
}

impl Org {
    pub fn new(id: &str, handle: &str, x_id: &str) -> Self {
        let secret = format!("secret-of-{id}");
        Self {
            id: id.into(),
            handle: handle.into(),
            x_id: x_id.into(),
            secret,
            accounts: Vec::new(),
        }
    }
}

/// Where the parts are.
#[derive(Debug, Clone)]
pub struct Parts {
    pub brokers: String,
    pub owner_url: String,
    pub app_url: String,
    pub super_url: String,
}

/// The installation.
pub struct Stack {
    pub cluster: Cluster,
    pub parts: Parts,
    pub hooks: SocketAddr,
    pub desk: SocketAddr,
    pub orgs: Vec<Org>,
    binary: PathBuf,
    dir: PathBuf,
    environment: BTreeMap<String, String>,
    supervisor: Option<Supervisor>,
}

impl Stack {
    /// Migrates, makes the topics, writes the configuration, starts every program in `only`
    /// (all, if empty). Must be called, and ticked, from a thread that lives as long.
    pub fn start(
        (binary, dir): (&Path, &Path),
        parts: &Parts,
        (prefix, orgs): (&str, &[Org]),
        extra: &[(&str, &str)],
        only: &[&str],
    ) -> anyhow::Result<Self> {
        let cluster = Cluster::plain(&parts.brokers, prefix);
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        tokio.block_on(async {
            let pool = runtime::pg::pool(&parts.owner_url, 1)?;
            schemas::MIGRATOR.run(&pool).await?;
            Admin::new(&cluster)?
                .apply(Layout {
                    partitions: PARTITIONS,
                    replication: 1,
                })
                .await?;
            anyhow::Ok(())
        })?;
        std::fs::create_dir_all(dir)?;
        let file = dir.join("social.properties");
        std::fs::write(&file, properties(orgs))?;
        let (hooks, desk) = (free()?, free()?);
        let mut environment: BTreeMap<String, String> = [
            ("EARSHOT_KAFKA_BROKERS", parts.brokers.clone()),
            ("EARSHOT_KAFKA_TOPIC_PREFIX", prefix.to_owned()),
            ("EARSHOT_DATABASE_URL", parts.app_url.clone()),
            ("EARSHOT_DATABASE_OWNER_URL", parts.owner_url.clone()),
            ("EARSHOT_ORG_SOURCE", format!("file:{}", file.display())),
            // Nobody: what is measured is delivered, not fetched.
            ("EARSHOT_X_BASE_URL", NOBODY.to_owned()),
            ("EARSHOT_X_STREAM_URL", NOBODY.to_owned()),
            ("EARSHOT_HOOKS_ADDR", hooks.to_string()),
            ("EARSHOT_DESK_ADDR", desk.to_string()),
            ("EARSHOT_LOCAL_DIR", dir.display().to_string()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
        environment.extend(
            extra
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        let supervisor = Supervisor::new(&dir.join("run"), Some(&dir.join("log")))?;
        let mut stack = Self {
            cluster,
            parts: parts.clone(),
            hooks,
            desk,
            orgs: orgs.to_vec(),
            binary: binary.to_owned(),
            dir: dir.to_owned(),
            environment,
            supervisor: Some(supervisor),
        };
        for (name, subcommand) in PROGRAMS {
            if only.is_empty() || only.contains(name) {
                stack.spawn(name, &[subcommand])?;
            }
        }
        Ok(stack)
    }

    /// Starts one program.
    pub fn spawn(&mut self, name: &str, args: &[&str]) -> anyhow::Result<u32> {
        let mut command = Command::new(&self.binary);
        command.args(args).envs(&self.environment);
        let supervisor = self.supervisor.as_mut().context("stopped")?;
        Ok(supervisor.spawn(name, &command)?)
    }

    /// The command line of this installation, for one-shot commands.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args).envs(&self.environment);
        command
    }

    /// Restarts what died.
    pub fn tick(&mut self) -> anyhow::Result<()> {
        if let Some(supervisor) = &mut self.supervisor {
            supervisor.tick()?;
        }
        Ok(())
    }

    /// Process id of a program, if it runs.
    pub fn pid(&self, name: &str) -> Option<u32> {
        let pids = self.supervisor.as_ref()?.pids();
        pids.into_iter()
            .find(|(program, _)| *program == name)
            .map(|(_, pid)| pid)
    }

    /// Sends a signal (`KILL`, `STOP`, `CONT`) to a program.
    pub fn signal(&self, name: &str, signal: &str) {
        if let Some(pid) = self.pid(name) {
            signal_pid(pid, signal);
        }
    }

    /// Where X delivers for an organisation.
    pub fn hook(&self, org: &Org) -> String {
        format!("http://{}/hooks/x/{}", self.hooks, org.id)
    }

    /// Waits until the webhook listener answers a challenge.
    pub fn await_hooks(&mut self) -> anyhow::Result<()> {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let url = self.hook(&self.orgs[0]);
        let url = format!("{url}?crc_token=0123456789abcdef");
        let until = Instant::now() + Duration::from_mins(1);
        while Instant::now() < until {
            self.tick()?;
            let answer = tokio.block_on(reqwest::get(&url));
            if answer.is_ok_and(|a| a.status().is_success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("the webhook listener did not come up within a minute")
    }

    /// Makes an API key of a role that may read messages.
    pub fn key(&self, org: &str, role: &str) -> anyhow::Result<String> {
        let name = uuid::Uuid::new_v4().to_string();
        let args = [
            "keys",
            "create",
            "--org",
            org,
            "--role",
            role,
            "--name",
            &name,
            "--messages",
        ];
        let output = self.command(&args).output()?;
        if !output.status.success() {
            bail!("keys create: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// The metrics of a program whose names begin so.
    pub fn metrics(&self, program: &str, begin: &str) -> String {
        let file = self.dir.join(format!("run/{program}-0.json"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let place: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(addr) = place["internal"].as_str() else {
            return String::new();
        };
        let url = format!("http://{addr}/metrics");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let fetch = async { reqwest::get(url).await?.text().await };
        let text = runtime.map(|runtime| runtime.block_on(fetch).unwrap_or_default());
        let lines = text.unwrap_or_default();
        lines
            .lines()
            .filter(|line| line.starts_with(begin))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Stops every program, as an operator would.
    pub fn stop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.stop(DRAIN);
        }
    }
}

/// Sends a signal to a process.
pub fn signal_pid(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    if let Err(error) = sent {
        eprintln!("kill: {error}");
    }
}

fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn properties(orgs: &[Org]) -> String {
    let account = |org: &Org, handle: &str, x_id: &str| {
        format!(
            "{{\"pageId\":\"{handle}\",\"X/TwitterConsumerKey\":\"k\",\
             \"X/TwitterConsumerSecret\":\"{}\",\"X/TwitterAccessTokenId\":\"{x_id}-t\",\
             \"X/TwitterAccessTokenSecret\":\"s\"}}",
            org.secret
        )
    };
    let one = |org: &Org| {
        let more = org.accounts.iter().filter(|(_, x_id)| *x_id != org.x_id);
        let all: Vec<String> = std::iter::once(account(org, &org.handle, &org.x_id))
            .chain(more.map(|(handle, x_id)| account(org, handle, x_id)))
            .collect();
        let list = all.join(",");
        format!(
            "socialConfig.{}={{\"orgId\":\"{}\",\"X/TwitterConfig\":[{list}]}}\n",
            org.id, org.id
        )
    };
    orgs.iter().map(one).collect()
}
