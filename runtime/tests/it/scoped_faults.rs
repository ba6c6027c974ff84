//! PostgreSQL away, for a moment and for long: nothing lost, nothing twice.

use std::time::{Duration, Instant};

use runtime::scoped;
use runtime::testing::{parts, wait_for};
use sqlx::{Connection, PgConnection};

use super::bed::{Bed, PATIENCE, Running};
use super::cut::Door;
use super::stages::{DOUBLES, Fold, OUTBOX, ROWS};

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_terminated_lose_and_double_nothing() {
    let bed = Bed::new().await;
    let all = 3_000;
    bed.send(&bed.enriched(0..3_000)).await;
    let slow = || {
        let mut program = bed.program("fold");
        program.window.records_max = 20;
        Running::start(&program, |p| scoped::run(p, Fold::of(p)))
    };
    let name = bed.database.name();
    let mut other = PgConnection::connect(&super_url(&name)).await.unwrap();
    let (mut killed, mut rows, mut running) = (0_i64, 0, slow());
    let began = Instant::now();
    while rows < all {
        assert!(
            began.elapsed() < PATIENCE,
            "{rows} rows, {killed} connections terminated"
        );
        if killed < 15 {
            let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = $1 AND pid <> pg_backend_pid()";
            let ended: i64 = sqlx::query_scalar(end)
                .bind(&name)
                .fetch_one(&mut other)
                .await
                .unwrap();
            killed += ended;
        }
        // A commit of unknown outcome ends the process: its supervisor starts another.
        if running.ended() {
            assert_eq!(running.outcome().await.unwrap_err().code(), 4);
            running = slow();
        }
        let more = rows + 100;
        while rows < more.min(all) && !running.ended() && began.elapsed() < PATIENCE {
            rows = sqlx::query_scalar(ROWS)
                .fetch_one(&mut other)
                .await
                .unwrap();
        }
    }
    running.stop().await.unwrap();
    assert!(killed >= 5, "{killed}");
    assert_eq!((bed.count(ROWS).await, bed.count(DOUBLES).await), (all, 0));
    assert_eq!(bed.count(OUTBOX).await, all);
}

fn super_url(name: &str) -> String {
    let (server, _) = parts().super_url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_waited_for_with_its_reason_and_the_assignment_kept() {
    let bed = Bed::new().await;
    let door = Door::to(&bed.database.app_url).await;
    bed.send(&bed.enriched(0..100)).await;
    let program = bed.program_on("fold", &door.url);
    let running = Running::start(&program, |p| scoped::run(p, Fold::of(p)));
    bed.until_count(ROWS, 100).await;

    door.close();
    bed.send(&bed.enriched(100..200)).await;
    let why = wait_for("the stage waits", PATIENCE, || {
        std::future::ready(program.telemetry.unready().remove("postgres"))
    })
    .await;
    assert!(!why.is_empty());
    // Longer than the session time-out: it must not be thrown out of its group.
    let began = Instant::now();
    wait_for("the session time-out passes", PATIENCE, || {
        assert!(!running.ended(), "it waits and does not end");
        std::future::ready((began.elapsed() > Duration::from_secs(11)).then_some(()))
    })
    .await;
    assert!(program.telemetry.unready().contains_key("postgres"));
    door.open();
    bed.until_count(ROWS, 200).await;
    wait_for("ready again", PATIENCE, || {
        std::future::ready(program.telemetry.unready().is_empty().then_some(()))
    })
    .await;
    running.stop().await.unwrap();
    assert_eq!(
        (bed.count(DOUBLES).await, bed.count(OUTBOX).await),
        (0, 200)
    );
}
