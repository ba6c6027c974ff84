//! How far behind the stages are: what makes the sources stop taking.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use runtime::pg::ages::{oldest, report};
use runtime::testing::migrated;

const HOUR: Duration = Duration::from_hours(1);

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

#[tokio::test]
async fn the_oldest_record_of_any_stage_counts_and_a_dead_stage_ages_on() {
    let database = migrated().await;
    let pool = runtime::pg::pool(&database.app_url, 1).unwrap();
    assert_eq!(
        oldest(&pool, at(0)).await.unwrap(),
        None,
        "nobody has reported"
    );

    report(&pool, "enrich", "enrich-0", Duration::ZERO, at(0))
        .await
        .unwrap();
    report(&pool, "case-linker", "case-linker-0", 3 * HOUR, at(0))
        .await
        .unwrap();
    report(&pool, "case-linker", "case-linker-1", HOUR, at(0))
        .await
        .unwrap();
    assert_eq!(oldest(&pool, at(0)).await.unwrap(), Some(3 * HOUR));

    report(&pool, "case-linker", "case-linker-0", Duration::ZERO, at(1))
        .await
        .unwrap();
    assert_eq!(
        oldest(&pool, at(1)).await.unwrap(),
        Some(HOUR + HOUR / 60),
        "the other one waits"
    );

    // case-linker-1 is gone for good: its partitions went to the other one.
    report(
        &pool,
        "case-linker",
        "case-linker-0",
        Duration::ZERO,
        at(30),
    )
    .await
    .unwrap();
    report(&pool, "enrich", "enrich-0", Duration::ZERO, at(30))
        .await
        .unwrap();
    assert_eq!(oldest(&pool, at(30)).await.unwrap(), Some(Duration::ZERO));

    // All of it dead: whatever comes now waits since it was seen last.
    assert_eq!(
        oldest(&pool, at(30 + 19 * 60)).await.unwrap(),
        Some(19 * HOUR)
    );
}
