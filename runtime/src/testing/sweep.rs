//! The fault sweep that every scoped stage gets: whatever effect fails, rows and outbox end the
//! same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, PgPool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

use super::{TestDatabase, at, parts, unique};
use crate::kafka::Cluster;
use crate::program::Program;
use crate::scoped::ScopedStage;
use crate::scoped::scope::Scope;
use crate::stage::{RawRecord, StageError, chain};

/// Tries of one batch at most.
const TRIES_MAX: usize = 20;
/// Messages of one batch at most: more means that nothing ends.
const CUTS_MAX: usize = 400;
const ANSWER_MAX: Duration = Duration::from_millis(300);

/// Whether the message that is cut off still reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Before,
    // The server did what was asked, and nobody heard: a commit of unknown outcome.
    After,
}

/// Runs `batch` through the stage on copies of `seeded`: once undisturbed, then with the connection
/// to PostgreSQL cut at its n-th message, before and after the server has it, for every n. Panics
/// if `digest` (asked as superuser) is not the same every time; returns how many cuts were made.
/// Call it from a thread outside the async pool.
pub fn sweep<S: ScopedStage, T: PartialEq + std::fmt::Debug>(
    handle: &Handle,
    seeded: &TestDatabase,
    batch: &[RawRecord],
    make: impl Fn(&Program) -> S,
    digest: &impl AsyncFn(&PgPool) -> T,
) -> usize {
    let _inside = handle.enter();
    let trial = |cut: Cut, nth: usize| {
        let copy = handle.block_on(copy(seeded));
        let server = copy.app_url.clone();
        let (url, seen) = handle.block_on(cutter(&server, cut, nth));
        settle(handle, &url, batch, &make);
        let super_url = at(&parts().super_url, &copy.name());
        let pool = crate::pg::pool(&super_url, 1).expect("a URL");
        let found = handle.block_on(digest(&pool));
        handle.block_on(pool.close());
        handle.block_on(drop_database(&copy.name()));
        (found, seen.load(Ordering::SeqCst) >= nth)
    };
    let (expected, _) = trial(Cut::Before, usize::MAX);
    let mut cuts = 0;
    for nth in 1..=CUTS_MAX {
        let mut cut_off = false;
        for cut in [Cut::Before, Cut::After] {
            let (found, hit) = trial(cut, nth);
            assert_eq!(found, expected, "cut {cut:?} message {nth}");
            cuts += usize::from(hit);
            cut_off |= hit;
        }
        if !cut_off {
            return cuts;
        }
    }
    panic!("{CUTS_MAX} messages and no end");
}

// As the driver does: transient, the same batch again; anything else, a new process that reads its
// offsets again.
fn settle<S: ScopedStage>(
    handle: &Handle,
    url: &str,
    batch: &[RawRecord],
    make: &impl Fn(&Program) -> S,
) {
    let mut tries = 0..TRIES_MAX;
    'process: while tries.next().is_some() {
        let pool = crate::pg::stage_pool(url, 1).expect("a URL");
        let program = Program::for_test(S::NAME, Cluster::default(), pool).expect("a program");
        let mut scope = Scope::new(&program, make(&program));
        let Ok(left) = handle.block_on(place(&program, &scope, batch)) else {
            continue;
        };
        while !left.is_empty() && tries.next().is_some() {
            match scope.attempt(&left, None) {
                Ok(_) => break,
                Err(StageError::Transient(_)) => {}
                Err(StageError::Data(error)) => panic!("refused: {}", chain(&*error)),
                Err(StageError::Fatal(_)) => continue 'process,
            }
        }
        while tries.next().is_some() {
            match scope.between() {
                Ok(()) => return,
                Err(StageError::Transient(_)) => {}
                Err(error) => panic!("between batches: {}", chain(&error)),
            }
        }
    }
    panic!("not settled in {TRIES_MAX} tries");
}

// The records that are still to be handled, by the stored offsets.
async fn place<S: ScopedStage>(
    program: &Program,
    scope: &Scope<S>,
    batch: &[RawRecord],
) -> Result<Vec<RawRecord>, sqlx::Error> {
    let mut left = Vec::new();
    for record in batch {
        let at = &record.position;
        let (topic, partition) = (at.topic.name, at.partition);
        let found = crate::pg::offsets::load(&program.pg, S::NAME, topic, partition).await?;
        let next = found.map(|(_, next)| next);
        scope.stored().set(topic, partition, "swept", next);
        if next.is_none_or(|next| at.offset >= next) {
            left.push(record.clone());
        }
    }
    Ok(left)
}

async fn copy(seeded: &TestDatabase) -> TestDatabase {
    let name = unique("sweep").replace('-', "_");
    let mut connection = PgConnection::connect(&parts().super_url)
        .await
        .expect("PostgreSQL");
    let seed = seeded.name();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    sqlx::query(end)
        .bind(&seed)
        .execute(&mut connection)
        .await
        .expect("no connection stays");
    let create = format!("CREATE DATABASE {name} TEMPLATE {seed} OWNER earshot_owner");
    connection
        .execute(sqlx::AssertSqlSafe(create))
        .await
        .expect("a copy");
    connection.close().await.expect("closing");
    TestDatabase {
        owner_url: at(&seeded.owner_url, &name),
        app_url: at(&seeded.app_url, &name),
    }
}

async fn drop_database(name: &str) {
    let mut connection = PgConnection::connect(&parts().super_url)
        .await
        .expect("PostgreSQL");
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    connection
        .execute(sqlx::AssertSqlSafe(drop))
        .await
        .expect("the copy goes");
}

/// A way to the server of `url` that ends at the `nth` message towards it, once; and how many
/// messages there were.
async fn cutter(url: &str, cut: Cut, nth: usize) -> (String, Arc<AtomicUsize>) {
    let (before, rest) = url.split_once('@').expect("a user in the URL");
    let (server, name) = rest.split_once('/').expect("a database in the URL");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let through = listener.local_addr().expect("an address");
    let seen = Arc::new(AtomicUsize::new(0));
    let (server, counted) = (server.to_owned(), seen.clone());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, counted) = (server.clone(), counted.clone());
            tokio::spawn(async move {
                if let Ok(server) = TcpStream::connect(server).await {
                    pass(client, server, cut, nth, &counted).await;
                }
            });
        }
    });
    (format!("{before}@{through}/{name}"), seen)
}

// Ends with either side, and then both do.
async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    cut: Cut,
    nth: usize,
    seen: &AtomicUsize,
) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(size @ 1..) = read else { return };
                let hit = seen.fetch_add(1, Ordering::SeqCst) + 1 == nth;
                if hit && cut == Cut::Before {
                    return;
                }
                if server.write_all(&asked[..size]).await.is_err() {
                    return;
                }
                if hit {
                    // Its answer is awaited, not passed on; some messages have none.
                    let heard = tokio::time::timeout(ANSWER_MAX, server.read(&mut answered)).await;
                    drop(heard);
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(size @ 1..) = read else { return };
                if client.write_all(&answered[..size]).await.is_err() {
                    return;
                }
            }
        }
    }
}
