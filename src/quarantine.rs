//! `earshot quarantine`: what could not be handled, looked at, sent again or dropped.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use clap::Subcommand;
use runtime::config::Config;
use runtime::kafka::Cluster;
use runtime::kafka::producer::Producer;
use runtime::kafka::reader::{read_all, read_one};
use runtime::pg::marks;
use runtime::quarantine::again;
use runtime::registry::{Registry, resolve};
use runtime::{Exit, Position};
use schemas::records::Quarantined;
use schemas::topics::{QUARANTINE_MESSAGES, QUARANTINE_POSTS};
use schemas::wire::Codec;

/// What could not be handled.
#[derive(Subcommand)]
pub enum Action {
    /// One line for each record: id, when, stage, reason, where from.
    List {
        /// Those that were replayed or dropped too.
        #[arg(long)]
        all: bool,
    },
    /// Everything about one record; its bytes go to standard output.
    Show {
        /// Id, as `list` prints it.
        id: String,
    },
    /// Sends a record again to the topic it came from.
    Replay {
        /// Ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Marks a record as given up; it leaves with the topic's retention.
    Drop {
        /// Ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

const DELIVERY: Duration = Duration::from_secs(15);

/// Runs the command.
pub fn run(config: &Config, action: &Action) -> anyhow::Result<()> {
    let cluster = config.cluster();
    config.require("kafka.brokers")?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&config.require("database.url")?, 1)?
    };
    let desk = Desk {
        cluster,
        pool,
        tokio,
        codec: Codec::own()?,
        registry: Registry::of(config)?,
    };
    match action {
        Action::List { all } => desk.list(*all),
        Action::Show { id } => desk.show(id),
        Action::Replay { ids } => ids.iter().try_for_each(|id| desk.replay(id)),
        Action::Drop { ids } => ids.iter().try_for_each(|id| desk.mark(id, "dropped")),
    }
}

struct Desk {
    cluster: Cluster,
    pool: sqlx::PgPool,
    tokio: tokio::runtime::Runtime,
    codec: Codec,
    registry: Option<Registry>,
}

impl Desk {
    fn list(&self, all: bool) -> anyhow::Result<()> {
        let marks: HashMap<String, String> = self
            .tokio
            .block_on(marks::all(&self.pool))?
            .into_iter()
            .map(|(at, action)| (again::id(&at), action))
            .collect();
        for topic in [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES] {
            read_all(&self.cluster, topic, |record| {
                let id = again::id(&record.position);
                let mark = marks.get(&id);
                if mark.is_some() && !all {
                    return;
                }
                let value = record.value.as_deref().unwrap_or_default();
                match self.decode(value) {
                    Ok(q) => println!(
                        "{id}  {}  {}  {}  {}/{}/{}  {}{}",
                        q.quarantined_at.format("%FT%TZ"),
                        q.stage,
                        q.reason,
                        q.topic,
                        q.partition,
                        q.offset,
                        q.org,
                        mark.map(|mark| format!("  ({mark})")).unwrap_or_default()
                    ),
                    Err(error) => println!("{id}  cannot be read: {error}"),
                }
            })?;
        }
        Ok(())
    }

    fn show(&self, id: &str) -> anyhow::Result<()> {
        let (_, q) = self.fetch(id)?;
        eprintln!("org {}  stage {}  reason {}", q.org, q.stage, q.reason);
        eprintln!("detail {}", q.detail);
        eprintln!(
            "from {}/{}/{}  at {}",
            q.topic, q.partition, q.offset, q.quarantined_at
        );
        eprintln!("schema id {:?}  {} bytes:", q.schema_id, q.value.len());
        std::io::Write::write_all(&mut std::io::stdout(), &q.value)?;
        Ok(())
    }

    fn replay(&self, id: &str) -> anyhow::Result<()> {
        let (_, q) = self.fetch(id)?;
        let record = again::again(q).with_context(|| id.to_owned())?;
        let _inside = self.tokio.enter();
        let producer = Producer::new(&self.cluster, "quarantine", DELIVERY)?;
        self.tokio
            .block_on(producer.send_all(&[record], DELIVERY))?;
        self.mark(id, "replayed")
    }

    fn mark(&self, id: &str, action: &str) -> anyhow::Result<()> {
        let at = position(id)?;
        let by = crate::deployment::operator();
        let new = self
            .tokio
            .block_on(marks::mark(&self.pool, &at, action, &by, Utc::now()))?;
        println!("{id} {}", if new { action } else { "was marked before" });
        Ok(())
    }

    fn fetch(&self, id: &str) -> anyhow::Result<(Position, Quarantined)> {
        let at = position(id)?;
        let record = read_one(&self.cluster, &at)?;
        let record = record.with_context(|| format!("{id} is not there any more"))?;
        Ok((
            at,
            self.decode(record.value.as_deref().unwrap_or_default())?,
        ))
    }

    fn decode(&self, value: &[u8]) -> anyhow::Result<Quarantined> {
        let read = |codec: &Codec| codec.decode(value);
        let handle = self.tokio.handle();
        Ok(resolve(&self.codec, self.registry.as_ref(), handle, read)??)
    }
}

fn position(id: &str) -> anyhow::Result<Position> {
    let at = again::position(id);
    Ok(at.ok_or_else(|| Exit::Config(format!("`{id}`: expected an id that `list` prints")))?)
}
