//! Topics under a prefix of their own, a database of their own, programs as threads.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use runtime::kafka::Cluster;
use runtime::kafka::admin::{Admin, Layout};
use runtime::kafka::producer::Producer;
use runtime::kafka::reader::read_all;
use runtime::testing::{TestDatabase, migrated, parts, unique, wait_for};
use runtime::{Encoder, Exit, Outgoing, Program, RawRecord};
use schemas::records::{Enriched, Received, Record};
use schemas::topics::{ENRICHED_POSTS, RAW_POSTS, Topic};
use schemas::wire::Codec;
use schemas::{Kind, ids};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub const PARTITIONS: i32 = 2;
pub const PATIENCE: Duration = Duration::from_mins(1);
pub const LAYOUT: Layout = Layout {
    partitions: PARTITIONS,
    replication: 1,
};

pub struct Bed {
    pub cluster: Cluster,
    pub database: TestDatabase,
    /// As the app role.
    pub pool: PgPool,
    pub encoder: Encoder,
    pub admin: Admin,
    producer: Producer,
}

impl Bed {
    pub async fn new() -> Self {
        let database = migrated().await;
        let owner = runtime::pg::pool(&database.owner_url, 1).unwrap();
        super::stages::prepare(&owner).await;
        let cluster = Cluster::plain(&parts().brokers, &format!("{}.", unique("it")));
        let admin = Admin::new(&cluster).unwrap();
        admin.apply(LAYOUT).await.unwrap();
        Self {
            pool: runtime::pg::pool(&database.app_url, 4).unwrap(),
            producer: Producer::new(&cluster, "test", Duration::from_secs(20)).unwrap(),
            encoder: Encoder::new(Arc::new(Codec::own().unwrap()), PARTITIONS),
            admin,
            cluster,
            database,
        }
    }

    pub fn program(&self, name: &'static str) -> Program {
        self.program_on(name, &self.database.app_url)
    }

    pub fn program_on(&self, name: &'static str, url: &str) -> Program {
        program(name, self.cluster.clone(), url)
    }

    pub async fn send(&self, records: &[Outgoing]) {
        self.producer.send_all(records, PATIENCE).await.unwrap();
    }

    pub fn received(&self, x_ids: impl IntoIterator<Item = usize>) -> Vec<Outgoing> {
        let make = |n: usize| {
            let record = Received {
                org: "acme".into(),
                x_id: Some(n.to_string()),
                payload: format!("post {n}").into_bytes(),
                ..Received::default()
            };
            self.encode(&RAW_POSTS, n, &record)
        };
        x_ids.into_iter().map(make).collect()
    }

    pub fn enriched(&self, x_ids: impl IntoIterator<Item = usize>) -> Vec<Outgoing> {
        let make = |n: usize| self.encode(&ENRICHED_POSTS, n, &enriched("acme", &n.to_string()));
        x_ids.into_iter().map(make).collect()
    }

    pub fn encode<T: Record>(&self, topic: &'static Topic, n: usize, record: &T) -> Outgoing {
        let (routing, key) = ((n % 7).to_string(), n.to_string().into_bytes());
        self.encoder
            .encode(topic, "acme", &routing, key, record)
            .unwrap()
    }

    /// Everything that is in the topic now.
    pub fn read(&self, topic: &'static Topic) -> Vec<RawRecord> {
        let mut records = Vec::new();
        tokio::task::block_in_place(|| read_all(&self.cluster, topic, |r| records.push(r)))
            .unwrap();
        records
    }

    pub fn decoded<T: Record>(&self, topic: &'static Topic) -> Vec<T> {
        let values = self.read(topic).into_iter().filter_map(|r| r.value);
        let codec = self.encoder.codec();
        values.map(|value| codec.decode(&value).unwrap()).collect()
    }

    /// The sum of the next offsets: records, and markers of transactions.
    pub fn end(&self, topic: &'static Topic) -> i64 {
        let marks =
            tokio::task::block_in_place(|| self.admin.watermarks(topic, PARTITIONS)).unwrap();
        marks.iter().map(|(_, end)| end).sum()
    }

    pub async fn until_end(&self, topic: &'static Topic, at_least: i64) {
        let what = format!("{at_least} records in {}", topic.name);
        wait_for(&what, PATIENCE, || {
            std::future::ready((self.end(topic) >= at_least).then_some(()))
        })
        .await;
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    pub async fn until_count(&self, sql: &'static str, wanted: i64) {
        wait_for(sql, PATIENCE, || async {
            (self.count(sql).await >= wanted).then_some(())
        })
        .await;
    }
}

pub fn enriched(org: &str, x_id: &str) -> Enriched {
    Enriched {
        org: org.into(),
        item_id: ids::item(org, Kind::Post, x_id),
        x_id: x_id.into(),
        ..Enriched::default()
    }
}

pub fn program(name: &'static str, cluster: Cluster, url: &str) -> Program {
    let pool = runtime::pg::stage_pool(url, 4).unwrap();
    let mut program = Program::for_test(name, cluster, pool).unwrap();
    program.encoder = Encoder::new(Arc::new(Codec::own().unwrap()), PARTITIONS);
    program
}

/// A program on a thread of its own; asked to end when dropped.
pub struct Running {
    shutdown: CancellationToken,
    thread: Option<JoinHandle<Result<(), Exit>>>,
}

impl Running {
    pub fn start(
        program: &Program,
        run: impl FnOnce(&Program) -> Result<(), Exit> + Send + 'static,
    ) -> Self {
        let own = program.clone();
        Self {
            shutdown: program.shutdown.clone(),
            thread: Some(std::thread::spawn(move || run(&own))),
        }
    }

    pub fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// How it ends when it is not asked to.
    pub async fn outcome(&mut self) -> Result<(), Exit> {
        wait_for("the program ends", PATIENCE, || {
            std::future::ready(self.ended().then_some(()))
        })
        .await;
        self.thread.take().unwrap().join().unwrap()
    }

    /// Asks it to drain, and waits.
    pub async fn stop(mut self) -> Result<(), Exit> {
        self.shutdown.cancel();
        self.outcome().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
