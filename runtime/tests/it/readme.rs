//! The tables of the README are what the code says.

use std::fmt::Write as _;

use runtime::config::{Config, KEYS};

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_lists_every_key_of_the_configuration() {
    let mut table = String::from("| key | default | bounds | meaning |\n|---|---|---|---|\n");
    for key in KEYS {
        let (name, doc) = (key.name, key.doc);
        let default = if key.default.is_empty() {
            String::new()
        } else {
            format!("`{}`", key.default)
        };
        let bounds = Config::bounds(name).map_or(String::new(), |(a, b)| format!("{a} … {b}"));
        writeln!(table, "| `{name}` | {default} | {bounds} | {doc} |").unwrap();
    }
    let (_, rest) = README.split_once("<!-- config -->\n").unwrap();
    let (found, _) = rest.split_once("<!-- /config -->").unwrap();
    assert!(
        found == table,
        "runtime/README.md: the table between the config marks must be\n{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_lists_every_metric_of_the_drivers() {
    let bed = super::bed::Bed::new().await;
    let (stage, relay) = (bed.program("fold"), bed.program("relay"));
    let runs = [
        super::bed::Running::start(&stage, |p| {
            runtime::scoped::run(p, super::stages::Fold::of(p))
        }),
        super::bed::Running::start(&relay, runtime::relay::run),
    ];
    bed.send(&bed.enriched(0..5)).await;
    bed.until_count("SELECT count(*) FROM stage_ages", 1).await;
    super::relay::until_published(&bed).await;
    for (program, run) in [stage, relay].into_iter().zip(runs) {
        run.stop().await.unwrap();
        for family in program.telemetry.registry().gather() {
            let row = format!("| `{}` |", family.name());
            assert!(README.contains(&row), "runtime/README.md: no row {row}");
        }
    }
    for reason in runtime::program::DRIVER_REASONS {
        assert!(
            README.contains(&format!("`{reason}`")),
            "runtime/README.md: no reason {reason}"
        );
    }
}
