//! The process that sends, and is killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use runtime::Program;
use runtime::kafka::Cluster;
use x_client::oauth2::NoTokens;
use x_client::retry::RetryPolicy;
use x_client::usage::PriceTable;
use x_client::{Api, Deps, Settings};

use super::organisations;

/// A process that nobody kills ends by itself.
const LIFE: Duration = Duration::from_mins(20);

/// Where a sender works.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    #[arg(long)]
    pub database: String,
    #[arg(long)]
    pub x: String,
    #[arg(long)]
    pub media: String,
    /// Seconds that its clock runs ahead.
    #[arg(long, default_value_t = 0)]
    pub ahead: i64,
}

/// Sends until it is killed. Its time-outs are short, for the stand-in hangs in real time; a loaded
/// machine answers within them.
pub async fn run(place: &Place) -> anyhow::Result<()> {
    let pool = runtime::pg::stage_pool(&place.database, 20)?;
    let nowhere = Cluster::plain("127.0.0.1:1", "");
    let program = Program::for_test("respond", nowhere, pool)?;
    program.clock.advance(TimeDelta::seconds(place.ahead));
    let settings = Settings {
        base_url: place.x.clone(),
        request_timeout: Duration::from_secs(8),
        retry: RetryPolicy {
            pause_min: Duration::from_millis(1),
            pause_max: Duration::from_millis(5),
            ..RetryPolicy::default()
        },
        ..Settings::new(PriceTable::built_in()?)
    };
    let clock = program.clock.clone();
    let deps = Deps {
        now: Arc::new(move || clock.now()),
        observer: Arc::new(x_account::Ledger::new(&program.telemetry)),
        tokens: Arc::new(NoTokens),
        seed: rand::random(),
    };
    let orgs = tokio::sync::watch::channel(Arc::new(organisations()?)).1;
    let api = Api::new(settings, deps)?;
    let sender = respond::Sender::new(program, orgs, api, Path::new(&place.media));
    match tokio::time::timeout(LIFE, sender.run()).await {
        Ok(ended) => ended.context("the sender"),
        Err(_) => Ok(()),
    }
}

/// A sender's process. It is killed when this is dropped.
pub struct Process(Child);

impl Process {
    pub fn start(binary: &Path, place: &Place) -> anyhow::Result<Self> {
        let child = Command::new(binary)
            .arg("replies-sender")
            .args(["--database", &place.database, "--x", &place.x])
            .args(["--media", &place.media, "--ahead", &place.ahead.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .context("the sender's process")?;
        Ok(Self(child))
    }

    /// Whether it ended by itself: it should not.
    pub fn ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: nothing of it runs to an end. It may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
