//! The same against a real agent, where `CONSUL_BIN` names one.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::testing::wait_for;
use runtime::watch::Change;

use crate::watching::{LIVE_WITHIN, PREFIX, copy, watching};

struct Agent {
    child: Child,
    url: String,
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Agent {
    async fn start(binary: &std::ffi::OsStr, http: u16) -> Self {
        let child = Command::new(binary)
            .args([
                "agent",
                "-dev",
                "-bind=127.0.0.1",
                "-client=127.0.0.1",
                "-log-level=error",
            ])
            .args(["-dns-port=-1", "-grpc-port=-1", "-grpc-tls-port=-1"])
            .arg(format!("-http-port={http}"))
            .args(["server", "serf-lan", "serf-wan"].map(|of| format!("-{of}-port={}", port())))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Self {
            child,
            url: format!("http://127.0.0.1:{http}"),
        };
        let leader = format!("{}/v1/status/leader", agent.url);
        wait_for("a leader", Duration::from_mins(1), async || {
            let answer = reqwest::get(&leader).await.ok()?.text().await.ok()?;
            (answer.len() > 2).then_some(())
        })
        .await;
        agent
    }

    async fn put(&self, key: &str, value: &'static str) {
        let url = format!("{}/v1/kv/{key}", self.url);
        let put = reqwest::Client::new().put(url).body(value);
        assert_eq!(
            put.send().await.unwrap().text().await.unwrap().trim(),
            "true"
        );
    }

    async fn delete(&self, key: &str) {
        let url = format!("{}/v1/kv/{key}", self.url);
        assert!(
            reqwest::Client::new()
                .delete(url)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }
}

#[tokio::test]
async fn a_real_agent_is_followed_through_changes_and_its_absence() {
    let Some(binary) = std::env::var_os("CONSUL_BIN") else {
        println!("skipped: CONSUL_BIN names no Consul");
        return;
    };
    let (dir, http) = (tempfile::tempdir().unwrap(), port());
    let agent = Agent::start(&binary, http).await;
    let (a, b) = (format!("{PREFIX}/a"), format!("{PREFIX}/b"));
    agent.put(&a, "1").await;
    agent.put(&format!("{PREFIX}-other"), "none of ours").await;
    let source = format!("consul:{}/{PREFIX}", agent.url);
    let mut watching = watching(&source, Some(copy(dir.path(), &source)), None)
        .await
        .unwrap();
    assert_eq!(watching.numbers(), [1]);
    agent.put(&b, "2").await;
    let took = watching.becomes(&[1, 2]).await;
    println!("a change was in force after {took:?}");
    assert!(took < LIVE_WITHIN);
    agent.put(&b, "two").await;
    watching.is_refused().await;
    assert_eq!(watching.numbers(), [1, 2]);
    agent.delete(&b).await;
    assert!(watching.becomes(&[1]).await < LIVE_WITHIN);

    drop(agent);
    watching.is_away(true).await;
    let restarted = crate::watching::watching(&source, Some(copy(dir.path(), &source)), None);
    let mut restarted = restarted.await.unwrap();
    assert_eq!(restarted.numbers(), [1]);
    // A new dev agent has forgotten everything: its index begins anew, and nothing stands there.
    // Both are followed at their next request; `a` is written before that or after.
    let agent = Agent::start(&binary, http).await;
    agent.put(&a, "7").await;
    for watching in [&mut watching, &mut restarted] {
        watching.becomes(&[7]).await;
        assert_eq!(watching.count(Change::Away), 1);
    }
}
