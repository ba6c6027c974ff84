//! Kill -9 anything at any moment: nothing is lost, nothing is doubled.

use earshot_bench::campaign::{self, Plan};
use earshot_bench::stack::{Parts, Stack};
use runtime::local::{LocalParts, Options};

use crate::{binary, directory, orgs};

const WITHOUT_API: [&str; 5] = [
    "relay",
    "interaction-writer",
    "case-linker",
    "enrich",
    "ingest",
];

#[test]
fn programs_broker_and_database_killed_under_load_lose_and_double_nothing() {
    let dir = directory();
    let options = Options {
        dir: dir.join("parts"),
        kafka: true,
        postgres: true,
        fsync: false,
        statements: false,
    };
    let mut local = LocalParts::start(&options).unwrap();
    let endpoints = local.endpoints().clone();
    let base = endpoints.super_url.rsplit_once('/').unwrap().0.to_owned();
    let parts = Parts {
        brokers: endpoints.brokers,
        owner_url: endpoints.owner_url,
        app_url: endpoints.app_url,
        super_url: format!("{base}/earshot"),
    };
    let mut plan = Plan::small();
    plan.victims
        .extend(["kafka".to_owned(), "postgres".to_owned()]);
    prove(&dir, &parts, &plan, "", Some(&mut local));
    local.stop();
}

fn prove(
    dir: &std::path::Path,
    parts: &Parts,
    plan: &Plan,
    points: &str,
    local: Option<&mut LocalParts>,
) {
    let prefix = format!("{}.", runtime::testing::unique("faults"));
    let extra = [
        ("EARSHOT_LOG_LEVEL", "warn"),
        ("EARSHOT_CHAOS_KILL", points),
    ];
    let mut stack = Stack::start(
        (&binary(), dir),
        parts,
        (&prefix, &orgs()),
        &extra,
        &WITHOUT_API,
    )
    .unwrap();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2).unwrap()
    };
    let outcome = campaign::run(&mut stack, &pool, plan, local).unwrap();
    println!(
        "{} bodies, {} refused and sent again, {} kills",
        outcome.delivered, outcome.refusals, outcome.kills
    );
    assert!(outcome.settled, "not everything came: {}", outcome.report);
    assert!(outcome.report.clean(), "{}", outcome.report);
    stack.stop();
}

/// Needs the kill points of a binary with the feature.
#[cfg(feature = "chaos")]
mod points {
    use std::time::Duration;

    use earshot_bench::campaign::Plan;

    use super::prove;
    use crate::{directory, shared};

    #[test]
    fn death_at_each_named_point_loses_and_doubles_nothing() {
        let points = "pure-before-produce:3,pure-after-produce:5,pure-before-commit:7,\
                      scoped-before-commit:5,scoped-after-commit:9,relay-before-commit:11,\
                      relay-after-commit:17,relay-before-remove:23";
        let plan = Plan {
            kill_every: Duration::ZERO,
            steps: 600,
            rate: 100.0,
            ..Plan::small()
        };
        prove(&directory(), &shared(), &plan, points, None);
    }
}
