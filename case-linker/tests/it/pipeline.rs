//! Enriched facts in, Feeds, Messages and interactions out, through the real broker; then both
//! tables again from the topics.

use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::Duration;

use case_linker::{CaseLinker, desk, rebuild};
use interaction_writer::InteractionWriter;
use runtime::kafka::Cluster;
use runtime::kafka::admin::{Admin, Layout};
use runtime::kafka::reader::read_all;
use runtime::pg::outbox;
use runtime::testing::{parts, unique, wait_for};
use runtime::{Exit, Program, relay, scoped};
use schemas::records::{Enriched, Interaction, Item, Record};
use schemas::topics::{INTERACTIONS, LINKED_MESSAGES, LINKED_POSTS, Topic, enriched};
use sqlx::postgres::PgPool;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::facts::*;
use crate::lab::{Lab, dump, tables};

const PATIENCE: Duration = Duration::from_mins(1);

struct Line {
    cluster: Cluster,
    lab: Lab,
    running: Vec<(Program, JoinHandle<Result<(), Exit>>)>,
}

impl Line {
    async fn new() -> Self {
        let (_, pool) = tables().await;
        let cluster = Cluster::plain(&parts().brokers, &format!("{}.", unique("line")));
        let mut lab = Lab::on(pool.clone());
        lab.program = Program::for_test("case-linker", cluster.clone(), pool).unwrap();
        let layout = Layout {
            partitions: lab.program.encoder.partitions(),
            replication: 1,
        };
        Admin::new(&cluster).unwrap().apply(layout).await.unwrap();
        Self {
            cluster,
            lab,
            running: Vec::new(),
        }
    }

    fn pool(&self) -> PgPool {
        self.lab.program.pg.clone()
    }

    fn start(&mut self, name: &'static str, run: fn(&Program) -> Result<(), Exit>) {
        let program = Program::for_test(name, self.cluster.clone(), self.pool()).unwrap();
        let own = program.clone();
        let thread = std::thread::spawn(move || run(&own));
        self.running.push((program, thread));
    }

    fn stop(&mut self) {
        for (program, _) in &self.running {
            program.shutdown.cancel();
        }
        for (_, thread) in self.running.drain(..) {
            thread.join().unwrap().unwrap();
        }
    }

    /// Puts facts on the enriched topics; the relay carries them.
    async fn produce(&self, facts: &[Enriched]) {
        let encoder = &self.lab.program.encoder;
        let records: Vec<_> = facts
            .iter()
            .map(|fact| {
                let key = fact.item_id.to_string().into_bytes();
                let routing = if fact.author_id.is_empty() {
                    &fact.x_id
                } else {
                    &fact.author_id
                };
                let topic = enriched(fact.kind);
                encoder
                    .encode(topic, &fact.org, routing, key, fact)
                    .unwrap()
            })
            .collect();
        let mut scope = self.lab.scope().await;
        outbox::push(&mut scope, &records).await.unwrap();
        scope.commit().await.unwrap();
    }

    /// Waits until `query` counts `expected` rows and nothing waits to be published.
    async fn wait(&self, query: &'static str, expected: i64) {
        wait_for(query, PATIENCE, async || {
            let mut scope = self.lab.scope().await;
            let found: i64 = sqlx::query_scalar(query)
                .fetch_one(&mut *scope)
                .await
                .unwrap();
            let waiting = outbox::oldest(&mut scope).await.unwrap();
            (found == expected && waiting.is_none()).then_some(())
        })
        .await;
    }

    async fn rows(&self) -> String {
        let mut scope = self.lab.scope().await;
        let all = dump(&mut scope, &[]).await;
        let people = |line: &&str| !line.starts_with("person");
        all.lines().filter(people).collect::<Vec<_>>().join("\n")
    }

    /// The latest revision of each key of a topic.
    async fn latest<T: Record>(
        &self,
        topic: &'static Topic,
        of: fn(&T) -> (Uuid, i64),
    ) -> HashMap<Uuid, T> {
        let program = self.lab.program.clone();
        let read = move || {
            let mut latest: HashMap<Uuid, T> = HashMap::new();
            read_all(&program.cluster, topic, |record| {
                let value = record.value.as_deref().unwrap();
                let record: T = program.encoder.codec().decode(value).unwrap();
                let (id, revision) = of(&record);
                if latest.get(&id).is_none_or(|known| of(known).1 < revision) {
                    latest.insert(id, record);
                }
            })
            .unwrap();
            latest
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    async fn execute(&self, statement: &'static str) {
        let mut scope = self.lab.scope().await;
        sqlx::query(statement).execute(&mut *scope).await.unwrap();
        scope.commit().await.unwrap();
    }
}

fn link(program: &Program) -> Result<(), Exit> {
    scoped::run(program, CaseLinker::new(program))
}

fn interact(program: &Program) -> Result<(), Exit> {
    scoped::run(program, InteractionWriter::new(program))
}

fn facts() -> Vec<Enriched> {
    vec![
        post("100", "20"),
        reply("101", "21", "100"),
        reply("103", "21", "102"),
        reply("102", "20", "101"),
        version(&["110", "111"], "20"),
        version(&["120", "121"], "20"),
        post("130", "20"),
        message("100", "22", BRAND),
        message("101", BRAND, "22"),
        counts("100", "20", 9, 4),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_become_rows_and_records_and_the_records_the_same_rows_again() {
    let mut line = Line::new().await;
    line.start("relay", relay::run);
    line.start("case-linker", link);
    line.start("interaction-writer", interact);
    // Of an edited post the later version comes first, without its history.
    line.produce(&[version(&["121"], "20")]).await;
    line.wait("SELECT count(*) FROM items", 1).await;
    line.produce(&facts()).await;
    // Messages have interactions, posts without a case have none.
    line.wait("SELECT count(*) FROM items", 9).await;
    line.wait("SELECT count(*) FROM interactions", 2).await;
    let customer = line.lab.customer().await;
    line.lab.attach("20", Some(customer)).await;
    let case = line.lab.open_case(Some("20"), None, 1).await;
    line.wait("SELECT count(*) FROM interactions WHERE op = 'upsert'", 7)
        .await;
    unlink_and_close(&line.lab).await;
    line.produce(&[deletion("130", "20"), counts("100", "20", 12, 9)])
        .await;
    line.wait("SELECT count(*) FROM interactions WHERE op = 'upsert'", 5)
        .await;
    line.wait("SELECT count(*) FROM interactions WHERE op <> 'upsert'", 2)
        .await;
    line.wait("SELECT count(*) FROM interactions WHERE likes = 9", 1)
        .await;
    line.stop();

    check_records(&line, customer, case).await;

    let before = line.rows().await;
    assert_eq!(before.lines().count(), 9 + 7 + 2, "{before}");
    let program = line.lab.program.clone();
    let again = move || {
        let handle = Handle::current();
        let items = rebuild::run(&program, &handle).unwrap();
        (
            items,
            interaction_writer::rebuild::run(&program, &handle).unwrap(),
        )
    };
    assert_eq!(tokio::task::spawn_blocking(again).await.unwrap(), (9, 7));
    assert_eq!(line.rows().await, before, "rebuilt");

    // Every linked record once more, over the rows and over none.
    for emptied in ["DELETE FROM outbox", "DELETE FROM interactions"] {
        line.execute(emptied).await;
        line.execute("DELETE FROM stage_offsets WHERE stage = 'interaction-writer'")
            .await;
        line.start("interaction-writer", interact);
        line.start("relay", relay::run);
        line.wait(
            "SELECT CASE WHEN (SELECT count(*) FROM stage_offsets WHERE stage = 'interaction-writer') > 0
                    THEN (SELECT count(*) FROM interactions) ELSE 0 END",
            7,
        )
        .await;
        wait_for("the replay", PATIENCE, async || {
            (line.rows().await == before).then_some(())
        })
        .await;
        line.stop();
        assert_eq!(line.rows().await, before, "{emptied}");
    }
}

async fn unlink_and_close(lab: &Lab) {
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &["20"], &[]).await.unwrap();
    let encoder = &lab.program.encoder;
    let item = (&locked, post_id("102"));
    desk::set_case(&mut scope, encoder, item, None, "ana", at(7))
        .await
        .unwrap();
    let ids = [post_id("100"), post_id("110")];
    let done = desk::close_items(&mut scope, encoder, (&locked, &ids), "ana", at(8))
        .await
        .unwrap();
    assert_eq!(done.1.changed, 2);
    scope.commit().await.unwrap();
}

async fn check_records(line: &Line, customer: Uuid, case: Uuid) {
    let items = line
        .latest::<Item>(&LINKED_POSTS, |i| (i.item_id, i.revision))
        .await;
    let messages = line
        .latest::<Item>(&LINKED_MESSAGES, |i| (i.item_id, i.revision))
        .await;
    let told = line
        .latest::<Interaction>(&INTERACTIONS, |i| (i.interaction_id, i.revision))
        .await;
    assert_eq!((items.len(), messages.len(), told.len()), (8, 2, 7));
    let item = &items[&post_id("100")];
    assert_eq!(
        (item.likes, item.case_id, item.customer_id),
        (9, Some(case), Some(customer))
    );
    assert!(item.closed_at.is_some());
    assert_eq!(items[&post_id("121")].op, "withdraw");
    assert_eq!(items[&post_id("130")].text, "");
    let of = |x_id: &str| &told[&schemas::ids::interaction(ORG, post_id(x_id))];
    assert_eq!((of("100").likes, of("100").case_id), (9, Some(case)));
    assert_eq!(
        (of("102").op.as_str(), of("102").case_id),
        ("withdraw", None)
    );
    assert_eq!(of("130").op, "erase");
    assert_eq!(of("120").revision, items[&post_id("120")].revision);
}
