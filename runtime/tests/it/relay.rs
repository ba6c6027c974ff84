//! Promises of the relay.

use runtime::pg::outbox;
use runtime::testing::wait_for;
use runtime::{Outgoing, relay};
use schemas::topics::INTERACTIONS;
use sqlx::{Connection, Executor, PgConnection};

use super::bed::{Bed, PARTITIONS, PATIENCE, Running};
use super::stages::OUTBOX;

pub fn start(bed: &Bed) -> Running {
    Running::start(&bed.program("relay"), relay::run)
}

pub fn record(key: &str, partition: i32, value: Option<&[u8]>) -> Outgoing {
    Outgoing {
        topic: &INTERACTIONS,
        partition,
        key: key.as_bytes().to_vec(),
        value: value.map(<[u8]>::to_vec),
        erases: false,
    }
}

pub async fn push(bed: &Bed, records: &[Outgoing]) {
    let mut scope = bed.pool.begin().await.unwrap();
    outbox::push(&mut scope, records).await.unwrap();
    scope.commit().await.unwrap();
}

pub async fn until_published(bed: &Bed) {
    let empty = "SELECT 1 - count(*) FROM (SELECT FROM outbox LIMIT 1) AS waiting";
    bed.until_count(empty, 1).await;
}

fn keys(bed: &Bed) -> Vec<String> {
    let records = bed.read(&INTERACTIONS);
    records
        .into_iter()
        .map(|r| String::from_utf8(r.key.unwrap()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_out_in_the_order_of_their_numbers() {
    let bed = Bed::new().await;
    let all: Vec<String> = (0..9_000).map(|n| format!("{n:05}")).collect();
    let relay = start(&bed);
    for some in all.chunks(700) {
        let records: Vec<Outgoing> = some.iter().map(|key| record(key, 1, None)).collect();
        push(&bed, &records).await;
    }
    until_published(&bed).await;
    relay.stop().await.unwrap();
    assert_eq!(keys(&bed), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_becomes_visible_in_between_is_not_removed_unsent() {
    let bed = Bed::new().await;
    push(&bed, &[record("first", 0, None)]).await;
    let mut late = bed.pool.begin().await.unwrap();
    outbox::push(&mut late, &[record("late", 0, None)])
        .await
        .unwrap();
    push(&bed, &[record("last", 0, None)]).await;

    let mut connection = PgConnection::connect(&bed.database.app_url).await.unwrap();
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    let mut scope = connection.begin_with(begin).await.unwrap();
    let taken = outbox::take(&mut scope, 0, 100).await.unwrap();
    let keys: Vec<&[u8]> = taken.records.iter().map(|r| r.key.as_slice()).collect();
    assert_eq!(keys, [b"first".as_slice(), b"last".as_slice()]);
    late.commit().await.unwrap();
    assert_eq!(
        outbox::remove(&mut scope, taken.range.unwrap())
            .await
            .unwrap(),
        2
    );
    scope.commit().await.unwrap();
    assert_eq!(
        bed.count("SELECT count(*) FROM outbox WHERE key = 'late'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_relay_stands_by_and_takes_over() {
    let bed = Bed::new().await;
    let first_program = bed.program("relay");
    let first = Running::start(&first_program, relay::run);
    wait_for("the first leads", PATIENCE, || {
        std::future::ready(first_program.telemetry.unready().is_empty().then_some(()))
    })
    .await;
    let second_program = bed.program("relay");
    let second = Running::start(&second_program, relay::run);
    let why = wait_for("the second stands by", PATIENCE, || {
        std::future::ready(second_program.telemetry.unready().remove("relay"))
    })
    .await;
    assert!(why.contains("standby"), "{why}");
    push(&bed, &[record("one", 0, None)]).await;
    until_published(&bed).await;
    first.stop().await.unwrap();
    push(&bed, &[record("two", 0, None)]).await;
    until_published(&bed).await;
    second.stop().await.unwrap();
    assert_eq!(keys(&bed), ["one", "two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_does_not_grow_with_what_has_passed_through() {
    let bed = Bed::new().await;
    let relay = start(&bed);
    let mut owner = PgConnection::connect(&bed.database.owner_url)
        .await
        .unwrap();
    let mut sizes: Vec<i64> = Vec::new();
    let value = [7; 300];
    for _ in 0..5 {
        for _ in 0..5 {
            let records: Vec<Outgoing> = (0..2_000)
                .map(|n| record(&n.to_string(), n % PARTITIONS, Some(&value)))
                .collect();
            push(&bed, &records).await;
        }
        until_published(&bed).await;
        // What autovacuum does by itself, each minute at the soonest. A snapshot that the idle
        // relay held would keep it from doing anything.
        owner.execute("VACUUM outbox").await.unwrap();
        let size = "SELECT pg_total_relation_size('outbox')";
        sizes.push(
            sqlx::query_scalar(size)
                .fetch_one(&mut owner)
                .await
                .unwrap(),
        );
    }
    relay.stop().await.unwrap();
    assert_eq!(bed.count(OUTBOX).await, 0);
    // All of them at once are 16 MB and more; how many wait together is chance.
    assert!(sizes[4] < 4_000_000, "50,000 rows through: {sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_the_oldest_row_is_true_also_after_a_restart() {
    let bed = Bed::new().await;
    push(&bed, &[record("old", 0, None), record("young", 0, None)]).await;
    let an_hour_ago = "UPDATE outbox SET added_at = now() - interval '1 hour' WHERE key = 'old'";
    sqlx::query(an_hour_ago).execute(&bed.pool).await.unwrap();
    // Holds the rows, so that the relay cannot remove them.
    let mut holder = bed.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM outbox FOR UPDATE")
        .execute(&mut *holder)
        .await
        .unwrap();
    let until = async |program: &runtime::Program, told: &dyn Fn(f64) -> bool| {
        wait_for("the age", PATIENCE, || {
            let text = program.telemetry.text();
            let mut lines = text.lines();
            let age = lines.find_map(|l| l.strip_prefix("earshot_relay_outbox_age_seconds "));
            let age = age.and_then(|age| age.parse::<f64>().ok());
            std::future::ready(age.filter(|age| told(*age)))
        })
        .await
    };
    let first = bed.program("relay");
    let mut running = Running::start(&first, relay::run);
    until(&first, &|age| (3_600.0..3_700.0).contains(&age)).await;
    let killer = runtime::pg::pool(&runtime::testing::parts().super_url, 1).unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = $1 AND query LIKE 'DELETE FROM outbox%'";
    wait_for("its connection ends", PATIENCE, async || {
        let ended = sqlx::query_scalar::<_, i64>(end).bind(bed.database.name());
        (ended.fetch_one(&killer).await.unwrap() == 1).then_some(())
    })
    .await;
    running.outcome().await.unwrap_err();

    let second = bed.program("relay");
    let running = Running::start(&second, relay::run);
    until(&second, &|age| (3_600.0..3_700.0).contains(&age)).await;
    holder.rollback().await.unwrap();
    until_published(&bed).await;
    until(&second, &|age| age == 0.0).await;
    running.stop().await.unwrap();
}
