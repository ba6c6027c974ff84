//! The internal port: alive, ready with reasons, metrics that Prometheus takes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::http::StatusCode;
use runtime::config::Config;
use runtime::{Program, scoped};
use serde_json::{Value, json};

use super::bed::{Bed, PARTITIONS, Running};
use super::stages::{Fold, ROWS};

async fn get(addr: &str, path: &str) -> (StatusCode, String) {
    let answer = reqwest::get(format!("http://{addr}{path}")).await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_that_it_lives_whether_it_is_ready_and_what_it_did() {
    let bed = Bed::new().await;
    let dir = tempfile::tempdir().unwrap();
    let flags = [
        ("database.url", bed.database.app_url.as_str()),
        ("kafka.brokers", &bed.cluster.brokers),
        ("kafka.topic_prefix", &bed.cluster.prefix),
        ("pipeline.partitions", &PARTITIONS.to_string()),
        ("local.dir", dir.path().to_str().unwrap()),
        ("log.level", "warn"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(None, [], &flags).unwrap();
    let program = Program::start("fold", &config).await.unwrap();
    let announced = std::fs::read_to_string(dir.path().join("run/fold-0.json")).unwrap();
    let announced: Value = serde_json::from_str(&announced).unwrap();
    assert_eq!(announced["pid"], std::process::id());
    let addr = announced["internal"].as_str().unwrap();

    assert_eq!(
        get(addr, "/healthz").await,
        (StatusCode::OK, "alive\n".to_owned())
    );
    let (status, body) = get(addr, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        json!({ "ready": false, "waiting": { "program": "starting" } })
    );

    bed.send(&bed.enriched(0..10)).await;
    let running = Running::start(&program, |p| scoped::run(p, Fold::of(p)));
    bed.until_count(ROWS, 10).await;
    program.telemetry.report("kafka", Err("away".to_owned()));
    let (status, body) = get(addr, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert!(body.contains("\"kafka\":\"away\""), "{body}");
    program.telemetry.report("kafka", Ok(()));
    assert_eq!(get(addr, "/readyz").await.0, StatusCode::OK);

    let (status, metrics) = get(addr, "/metrics").await;
    running.stop().await.unwrap();
    assert_eq!(status, StatusCode::OK);
    let counted = "earshot_stage_records_total{reason=\"\",stage=\"fold\",topic=\"social.enriched.posts.v1\",verdict=\"emit\"} 10";
    assert!(metrics.contains(counted), "{metrics}");
    check(&metrics);
}

fn check(metrics: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/promtool");
    let found = Command::new(script).output().unwrap();
    let promtool = String::from_utf8(found.stdout).unwrap();
    if !found.status.success() {
        println!(
            "skipped, no promtool: {}",
            String::from_utf8_lossy(&found.stderr)
        );
        return;
    }
    let mut child = Command::new(promtool.trim())
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(metrics.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        out.status.success(),
        "{words}{}",
        String::from_utf8_lossy(&out.stdout)
    );
}
