//! The alarms: rules that Prometheus takes, over metrics that exist, each with a page to read at night.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> String {
    std::fs::read_to_string(here().join("deploy/prometheus/alerts.yml")).unwrap()
}

#[test]
fn each_alarm_rings_when_it_should_and_not_before() {
    let found = Command::new(here().join("scripts/promtool"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&found.stderr);
    if !found.status.success() {
        println!("skipped, no promtool: {said}");
        return;
    }
    let promtool = String::from_utf8(found.stdout).unwrap();
    for args in [
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        let mut command = Command::new(promtool.trim());
        command.args(args);
        let dir = here().join("deploy/prometheus");
        let output = command.current_dir(dir).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
    }
}

#[test]
fn each_alarm_has_a_page() {
    let page = std::fs::read_to_string(here().join("docs/operations.md")).unwrap();
    let rules = rules();
    let alarms = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let headings: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let mut count = 0;
    for alarm in alarms {
        let link = format!("docs/operations.md#{}", alarm.to_lowercase());
        assert!(rules.contains(&link), "{alarm} names no page");
        assert!(headings.contains(&alarm), "{alarm} has no page");
        count += 1;
    }
    assert!(count > 15, "{count}");
}

#[test]
fn each_metric_of_a_rule_is_one_of_ours() {
    let sources = sources(here());
    let word = |c: char| c.is_ascii_lowercase() || c == '_';
    let rules = rules();
    let named: BTreeSet<&str> = rules
        .split(|c| !word(c))
        .filter(|name| name.starts_with("earshot_"))
        .map(|name| name.trim_end_matches("_bucket"))
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        // Some programs put the first part before each of their names.
        let short = name.trim_start_matches("earshot_ingest_");
        let known = [name, short].map(|name| format!("\"{name}\""));
        assert!(known.iter().any(|name| sources.contains(name)), "{name}");
    }
}

fn sources(root: &Path) -> String {
    let crates = ["", "ingest", "runtime", "respond", "api", "x-account"];
    let mut open: Vec<PathBuf> = crates.map(|name| root.join(name).join("src")).to_vec();
    let mut text = String::new();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}
