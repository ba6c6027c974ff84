//! The desk in a real browser on a hundred thousand rows, ten thousand of which wait: the API and the built desk as they are,
//! a script that works as a CSR does, and a day's changes while it does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use sqlx::PgPool;

use crate::pg::desk::{LONG, WAITING, arrive, close, fill};
use crate::pg::lists::ORG;
use crate::stack::{Org, Parts, Stack};

/// The folder of the desk, with what its own tests drive a browser with.
const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/desk.mjs");
const EMAIL: &str = "dana@northwind.example";
const PASSWORD: &str = "a parcel that is not here";
/// Items that come in a day of eight hours, and as many that are done.
const DAY: u32 = 14_400;

/// Fills the database, starts the API, runs the script; whether every budget was kept. The day
/// is replayed in so many seconds.
pub fn measure(
    (binary, dir): (&Path, &Path),
    parts: &Parts,
    replay: Duration,
) -> anyhow::Result<bool> {
    ensure!(
        Path::new(WEB).join("build/index.html").exists(),
        "the desk is not built: scripts/web build"
    );
    let orgs = [Org::new(ORG, "northwindgear", "1498213377015349251")];
    let desk_dir = Path::new(WEB).join("build").display().to_string();
    let extra = [
        ("EARSHOT_LOG_LEVEL", "warn"),
        ("EARSHOT_DESK_DIR", desk_dir.as_str()),
    ];
    let mut stack = Stack::start((binary, dir), parts, ("desk.", &orgs), &extra, &["api"])?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.app_url, 1)?
    };
    tokio.block_on(fill(&parts.owner_url))?;
    user(&stack)?;
    let mut child = Command::new("node")
        .arg(SCRIPT)
        .env(
            "DESK",
            json!({
                "url": format!("http://{}", stack.desk), "web": WEB, "long": LONG,
                "email": EMAIL, "password": PASSWORD, "replay_s": replay.as_secs(),
            })
            .to_string(),
        )
        .stdout(Stdio::piped())
        .spawn()
        .context("node")?;
    let out = child.stdout.take().context("the script says nothing")?;
    let mut day = None;
    for line in BufReader::new(out).lines() {
        let line = line?;
        match line.as_str() {
            "replay" => day = Some(tokio.spawn(work(pool.clone(), replay / DAY))),
            "replayed" => {
                if let Some(day) = day.take() {
                    day.abort();
                }
            }
            said => println!("{said}"),
        }
        stack.tick()?;
    }
    let kept = child.wait()?.success();
    stack.stop();
    Ok(kept)
}

fn user(stack: &Stack) -> anyhow::Result<()> {
    let add = format!("users add --org {ORG} --email {EMAIL} --name Dana --role csr --messages");
    let add: Vec<&str> = add.split(' ').collect();
    let added = stack.command(&add).output()?;
    ensure!(
        added.status.success(),
        "{}",
        String::from_utf8_lossy(&added.stderr)
    );
    let mut passwd = stack
        .command(&["users", "passwd", "--email", EMAIL, "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut stdin = passwd.stdin.take().context("no standard input")?;
    writeln!(stdin, "{PASSWORD}")?;
    drop(stdin);
    ensure!(passwd.wait()?.success(), "the password was refused");
    Ok(())
}

// An item comes and one is done, each time, until it is aborted.
async fn work(pool: PgPool, every: Duration) {
    let mut rng = StdRng::seed_from_u64(7);
    let mut tick = tokio::time::interval(every);
    for nth in 0.. {
        tick.tick().await;
        // Every tenth writes messages.
        let mut posts =
            || rng.random_range(WAITING.start / 10..WAITING.end / 10) * 10 + nth % 9 + 1;
        let (came, done) = (posts(), posts());
        for result in [arrive(&pool, came, nth).await, close(&pool, done).await] {
            if let Err(error) = result {
                eprintln!("the replay: {error}");
            }
        }
    }
}
