//! The local parts end with their supervisor, come back after a kill, and keep their data.
//! One test with one life of a directory, since each start costs seconds.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use runtime::local::Endpoints;
use runtime::testing::wait_for;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};

const PATIENCE: Duration = Duration::from_mins(1);

struct Supervisor {
    child: Child,
    lines: Receiver<String>,
    pids: HashMap<String, u32>,
}

impl Supervisor {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(example())
            .arg(dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|l| said.send(l))
        });
        let mut supervisor = Self {
            child,
            lines,
            pids: HashMap::new(),
        };
        supervisor.expect("ready");
        supervisor
    }

    fn expect(&mut self, word: &str) {
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        assert!(line.starts_with(word), "{word} expected: {line}");
        let pairs = line
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='));
        self.pids = pairs
            .map(|(name, pid)| (name.to_owned(), pid.parse().unwrap()))
            .collect();
    }

    fn end(mut self, signal: Signal) {
        send(self.child.id(), signal);
        self.child.wait().unwrap();
        for (name, pid) in self.pids {
            until(&format!("{name} is gone"), || (!alive(pid)).then_some(()));
        }
    }
}

/// Built here, since `cargo test --test local_parts` alone would find none, or an old one.
fn build_example() {
    let cargo = std::env::var_os("CARGO").unwrap();
    let args = [
        "build",
        "--quiet",
        "--package",
        "runtime",
        "--example",
        "local",
    ];
    assert!(Command::new(cargo).args(args).status().unwrap().success());
}

fn example() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/local")
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('Z')
    })
}

fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    block_on(wait_for(what, PATIENCE, || std::future::ready(check())))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn admin(endpoints: &Endpoints) -> AdminClient<DefaultClientContext> {
    ClientConfig::new()
        .set("bootstrap.servers", &endpoints.brokers)
        .create()
        .unwrap()
}

fn write(endpoints: &Endpoints) {
    block_on(async {
        let mut owner = PgConnection::connect(&endpoints.owner_url).await.unwrap();
        sqlx::query("CREATE TABLE kept (id int)")
            .execute(&mut owner)
            .await
            .unwrap();
        sqlx::query("INSERT INTO kept VALUES (7)")
            .execute(&mut owner)
            .await
            .unwrap();
        sqlx::query("GRANT SELECT ON kept TO earshot_app")
            .execute(&mut owner)
            .await
            .unwrap();
        let topic = NewTopic::new("kept", 3, TopicReplication::Fixed(1));
        let made = admin(endpoints)
            .create_topics(&[topic], &AdminOptions::new())
            .await
            .unwrap();
        made[0].as_ref().unwrap();
    });
}

/// What was written is there, once the parts answer.
fn read(endpoints: &Endpoints) {
    block_on(wait_for("the row is read", PATIENCE, || async {
        let mut app = PgConnection::connect(&endpoints.app_url).await.ok()?;
        let (id,): (i32,) = sqlx::query_as("SELECT id FROM kept")
            .fetch_one(&mut app)
            .await
            .ok()?;
        (id == 7).then_some(())
    }));
    until("the topic has leaders", || {
        let admin = admin(endpoints);
        let metadata = admin
            .inner()
            .fetch_metadata(Some("kept"), Duration::from_secs(2))
            .ok()?;
        let partitions = metadata.topics().first()?.partitions();
        (partitions.len() == 3 && partitions.iter().all(|p| p.leader() == 1)).then_some(())
    });
}

#[test]
fn parts_keep_their_data_and_leave_no_orphan() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    build_example();
    let began = Instant::now();
    let mut first = Supervisor::start(dir);
    println!("first start: {:?}", began.elapsed());
    let endpoints = Endpoints::read(&dir.join("run/local.json")).unwrap();
    write(&endpoints);
    roles_are_bound(&endpoints);

    let refused = Command::new(example()).arg(dir).output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        words.contains(&format!("in use by process {}", first.child.id())),
        "{words}"
    );

    for part in ["postgres", "kafka"] {
        let killed = first.pids[part];
        send(killed, Signal::KILL);
        first.expect("restarted");
        assert_ne!(first.pids[part], killed);
        read(&endpoints);
    }

    // The supervisor has no chance to end its children: the kernel does.
    first.end(Signal::KILL);

    let began = Instant::now();
    let second = Supervisor::start(dir);
    println!("start after a kill: {:?}", began.elapsed());
    assert_eq!(
        Endpoints::read(&dir.join("run/local.json")).unwrap(),
        endpoints
    );
    read(&endpoints);
    second.end(Signal::TERM);
    assert!(
        !dir.join("postgres/data/postmaster.pid").exists(),
        "a clean end"
    );

    let script = "test -f \"$EARSHOT_TEST_PARTS\" && test -n \"$EARSHOT_DATABASE_URL\" && exit 7";
    let status = Command::new(example())
        .arg(dir)
        .args(["sh", "-c", script])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7), "the command's own code");
    let pid_file = dir.join("postgres/data/postmaster.pid");
    assert!(!pid_file.exists(), "nothing is left running");
}

/// Neither role may see past row-level security.
fn roles_are_bound(endpoints: &Endpoints) {
    for url in [&endpoints.owner_url, &endpoints.app_url] {
        let (role, bound): (String, bool) = block_on(async {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_as(
                "SELECT rolname::text, NOT rolsuper AND NOT rolbypassrls FROM pg_roles \
                 WHERE rolname = current_user",
            )
            .fetch_one(&mut connection)
            .await
            .unwrap()
        });
        assert!(bound, "{role}");
    }
}
