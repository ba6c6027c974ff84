//! The stage on a real PostgreSQL, as the role of the programs: one interaction per item, at its
//! latest revision, whatever the order and the batches.
#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, Utc};
use interaction_writer::InteractionWriter;
use runtime::kafka::Cluster;
use runtime::scoped::ScopedStage;
use runtime::testing::database;
use runtime::{Program, Verdict};
use schemas::records::{Interaction, Item};
use schemas::{Kind, ids};
use uuid::Uuid;

const ORG: &str = "bakery-de";
const CASE: Uuid = Uuid::from_u128(0xca5e);

struct Lab {
    program: Program,
    writer: InteractionWriter,
}

impl Lab {
    async fn new() -> Self {
        let database = database().await;
        let owner = runtime::pg::pool(&database.owner_url, 1).unwrap();
        schemas::MIGRATOR.run(&owner).await.unwrap();
        let pool = runtime::pg::stage_pool(&database.app_url, 4).unwrap();
        let nowhere = Cluster::plain("127.0.0.1:1", "");
        let program = Program::for_test("interaction-writer", nowhere, pool).unwrap();
        let writer = InteractionWriter::new(&program);
        Self { program, writer }
    }

    async fn take(&mut self, items: &[Item]) -> Vec<Verdict> {
        let mut orgs: Vec<&str> = items.iter().map(|item| item.org.as_str()).collect();
        orgs.sort_unstable();
        orgs.dedup();
        let mut scope = runtime::pg::begin(&self.program.pg, &orgs).await.unwrap();
        let batch: Vec<&Item> = items.iter().collect();
        let verdicts = self.writer.process(&mut scope, &batch).await.unwrap();
        assert_eq!(verdicts.len(), items.len());
        scope.commit().await.unwrap();
        verdicts
    }

    async fn rows(&self, org: &str) -> Vec<Interaction> {
        let mut scope = runtime::pg::begin(&self.program.pg, &[org]).await.unwrap();
        sqlx::query_scalar("SELECT n FROM interactions n ORDER BY interaction_id")
            .fetch_all(&mut *scope)
            .await
            .unwrap()
    }

    async fn clear(&self) {
        let mut scope = runtime::pg::begin(&self.program.pg, &[ORG]).await.unwrap();
        sqlx::query("DELETE FROM interactions")
            .execute(&mut *scope)
            .await
            .unwrap();
        scope.commit().await.unwrap();
    }

    fn told(&self, verdicts: &[Verdict]) -> Vec<Interaction> {
        let codec = self.program.encoder.codec();
        let records = verdicts.iter().flat_map(|verdict| match verdict {
            Verdict::Emit(records) => records.as_slice(),
            _ => &[],
        });
        records
            .map(|r| codec.decode(r.value.as_deref().unwrap()).unwrap())
            .collect()
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
}

fn item(kind: Kind, x_id: &str, revision: i64) -> Item {
    Item {
        org: ORG.to_owned(),
        item_id: ids::item(ORG, kind, x_id),
        kind,
        revision,
        op: "upsert".to_owned(),
        x_id: x_id.to_owned(),
        author_id: "20".to_owned(),
        person_id: "20".to_owned(),
        recipient_x_id: (kind == Kind::Message).then(|| "30".to_owned()),
        direction: Some("inbound".to_owned()),
        text: "stale bread".to_owned(),
        likes: revision,
        received_at: at(1),
        recorded_at: at(revision),
        source: "webhook".to_owned(),
        ..Item::default()
    }
}

fn linked(item: Item) -> Item {
    Item {
        case_id: Some(CASE),
        had_case: true,
        ..item
    }
}

fn unlinked(item: Item) -> Item {
    Item {
        case_id: None,
        had_case: true,
        ..item
    }
}

fn deleted(item: Item) -> Item {
    Item {
        op: "erase".to_owned(),
        text: String::new(),
        deleted_at: Some(at(9)),
        ..item
    }
}

/// The life of five items: linked late and unlinked and linked again, never linked, deleted, a
/// message, a message deleted.
fn lives() -> Vec<Item> {
    let (post, message) = (Kind::Post, Kind::Message);
    vec![
        item(post, "100", 1),
        linked(item(post, "100", 2)),
        unlinked(item(post, "100", 3)),
        linked(item(post, "100", 4)),
        item(post, "101", 1),
        deleted(item(post, "101", 2)),
        linked(item(post, "102", 1)),
        deleted(linked(item(post, "102", 2))),
        linked(item(post, "103", 1)),
        unlinked(item(post, "103", 2)),
        item(message, "100", 1),
        linked(item(message, "100", 2)),
        item(message, "101", 1),
        deleted(item(message, "101", 2)),
    ]
}

fn summary(rows: &[Interaction]) -> Vec<(Kind, String, i64, bool)> {
    let mut rows: Vec<_> = rows
        .iter()
        .map(|n| (n.kind, n.op.clone(), n.revision, n.case_id.is_some()))
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn every_order_and_every_batch_end_in_one_row_per_item() {
    let mut lab = Lab::new().await;
    lab.take(&lives()).await;
    let expected = lab.rows(ORG).await;
    let told = summary(&expected);
    let row = |kind, op: &str, revision, case| (kind, op.to_owned(), revision, case);
    assert_eq!(
        told,
        [
            row(Kind::Post, "erase", 2, true),
            row(Kind::Post, "upsert", 4, true),
            row(Kind::Post, "withdraw", 2, false),
            row(Kind::Message, "erase", 2, false),
            row(Kind::Message, "upsert", 2, true),
        ]
    );
    let mut seed: u64 = 11;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % end
    };
    for round in 0..40 {
        let mut facts = [lives(), lives()].concat();
        for last in (1..facts.len()).rev() {
            facts.swap(last, below(last + 1));
        }
        lab.clear().await;
        let mut rest = facts.as_slice();
        while !rest.is_empty() {
            let (batch, left) = rest.split_at(1 + below(rest.len()));
            lab.take(batch).await;
            rest = left;
        }
        assert_eq!(lab.rows(ORG).await, expected, "round {round}");
    }
    // Compaction leaves the last revisions alone: the same rows.
    lab.clear().await;
    let all = lives();
    let is_last = |i: &&Item| {
        !all.iter()
            .any(|o| (o.item_id, o.revision) == (i.item_id, i.revision + 1))
    };
    let compacted: Vec<Item> = all.iter().filter(is_last).cloned().collect();
    assert_eq!(compacted.len(), 6);
    lab.take(&compacted).await;
    assert_eq!(lab.rows(ORG).await, expected, "compacted");
}

#[tokio::test]
async fn each_step_is_published_once_and_older_revisions_change_nothing() {
    let mut lab = Lab::new().await;
    let post = |revision| item(Kind::Post, "100", revision);
    let steps = [
        (post(1), Err("no-case")),
        (linked(post(2)), Ok("upsert")),
        (linked(post(2)), Err("already-recorded")),
        (linked(post(3)), Ok("upsert")),
        (unlinked(post(4)), Ok("withdraw")),
        (linked(post(3)), Err("already-recorded")),
        (linked(post(5)), Ok("upsert")),
        (deleted(linked(post(6))), Ok("erase")),
        (linked(post(5)), Err("already-recorded")),
    ];
    for (item, expected) in steps {
        let verdicts = lab.take(std::slice::from_ref(&item)).await;
        match expected {
            Ok(op) => {
                let told = lab.told(&verdicts);
                assert_eq!((told.len(), told[0].op.as_str()), (1, op));
                assert_eq!(
                    (told[0].revision, told[0].likes),
                    (item.revision, item.likes)
                );
                assert_eq!(lab.rows(ORG).await, told, "the record is the row");
            }
            Err(reason) => assert_eq!(verdicts, [Verdict::Skip(reason)]),
        }
    }
    let batch = [linked(post(8)), linked(post(7)), linked(post(8))];
    let verdicts = lab.take(&batch).await;
    assert_eq!(lab.told(&verdicts).len(), 1, "once for the batch");
    assert_eq!(
        verdicts[1..],
        [Verdict::Skip("superseded"), Verdict::Skip("superseded")]
    );
}

#[tokio::test]
async fn what_the_brand_wrote_has_one_only_where_a_case_was_linked_by_hand() {
    let mut lab = Lab::new().await;
    let ours = |x_id: &str| Item {
        direction: Some("outbound".to_owned()),
        ..item(Kind::Post, x_id, 1)
    };
    lab.take(&[ours("100"), linked(ours("101"))]).await;
    let rows = lab.rows(ORG).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].item_id, ids::item(ORG, Kind::Post, "101"));
    assert_eq!(
        (rows[0].direction.as_str(), rows[0].case_id),
        ("outbound", Some(CASE))
    );
}

#[tokio::test]
async fn another_organisation_has_its_own() {
    let mut lab = Lab::new().await;
    let elsewhere = |item: Item| Item {
        org: "florist".to_owned(),
        item_id: ids::item("florist", item.kind, &item.x_id),
        ..item
    };
    let theirs = elsewhere(linked(item(Kind::Post, "100", 5)));
    lab.take(&[linked(item(Kind::Post, "100", 1)), theirs])
        .await;
    let before = lab.rows("florist").await;
    assert_eq!(before.len(), 1);
    lab.take(&[deleted(linked(item(Kind::Post, "100", 9)))])
        .await;
    assert_eq!(lab.rows("florist").await, before);
    assert_eq!(lab.rows(ORG).await[0].op, "erase");
}
