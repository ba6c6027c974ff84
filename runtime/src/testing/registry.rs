//! A real schema registry, for tests that are told where one is.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::local::child;

/// Names the directory that `scripts/registry` prints.
const HOME: &str = "EARSHOT_TEST_REGISTRY";
const START_MAX: Duration = Duration::from_mins(2);

/// A registry of its own, empty; it ends when dropped, and with the thread that started it.
pub struct RegistryServer {
    /// What Confluent clients are given.
    pub url: String,
    process: Child,
}

impl RegistryServer {
    /// Starts it where `EARSHOT_TEST_REGISTRY` names one; else says how to switch the test on.
    pub fn start() -> Option<Self> {
        let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else {
            println!("skipped: no real schema registry. For one: {HOME}=$(scripts/registry)");
            return None;
        };
        let jar = std::fs::read_dir(&home)
            .expect(HOME)
            .flatten()
            .map(|entry| entry.file_name().into_string().unwrap_or_default())
            .find(|name| name.ends_with("-runner.jar"))
            .expect("a registry in EARSHOT_TEST_REGISTRY");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a free port").port();
        drop(listener);
        let mut java = child::tethered("java", "KILL", None);
        java.args(["-Xms64m", "-Xmx384m", "-XX:+UseSerialGC"])
            .arg("-Dquarkus.http.host=127.0.0.1")
            .arg(format!("-Dquarkus.http.port={port}"))
            .args(["-jar", &jar])
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = child::spawn(&mut java, "the schema registry").expect("java");
        let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
        Some(Self { url, process })
    }

    /// Waits until it answers.
    pub async fn ready(&mut self) {
        let subjects = format!("{}/subjects", self.url);
        super::wait_for("the schema registry answers", START_MAX, || {
            let ended = self.process.try_wait().expect("its own child");
            assert!(ended.is_none(), "the schema registry ended: {ended:?}");
            let ask = reqwest::get(subjects.clone());
            async { ask.await.ok()?.status().is_success().then_some(()) }
        })
        .await;
    }
}

impl Drop for RegistryServer {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            tracing::warn!(%error, "the schema registry did not end");
        }
    }
}
