//! The independent recount: what the tables and topics say against what the world knows.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use runtime::kafka::Cluster;
use runtime::kafka::reader::read_all;
use schemas::records::Item;
use schemas::topics::{LINKED_MESSAGES, LINKED_POSTS};
use schemas::wire::Codec;
use sqlx::PgPool;
use uuid::Uuid;

use crate::pg::{self, ItemRow};
use crate::traffic::{Expected, Key};

/// What was found wrong; empty is right.
#[derive(Debug, Default)]
pub struct Report {
    pub lost: usize,
    pub doubled: usize,
    pub wrong: Vec<String>,
}

impl Report {
    pub fn clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.wrong.is_empty()
    }

    /// Adds what another check found.
    pub fn merge(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        other.wrong.into_iter().for_each(|what| self.say(what));
    }

    pub(crate) fn say(&mut self, what: String) {
        const SAID_MAX: usize = 30;
        if self.wrong.len() < SAID_MAX {
            self.wrong.push(what);
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "lost {}  doubled {}  wrong {}",
            self.lost,
            self.doubled,
            self.wrong.len()
        )?;
        self.wrong
            .iter()
            .try_for_each(|what| write!(f, "\n  {what}"))
    }
}

type Truth = BTreeMap<Key, Expected>;

/// Waits until as much is there as must come and nothing is on its way; false if that never
/// happens before `deadline`. `tick` is called all the time.
pub async fn settled(
    pool: &PgPool,
    truth: &Truth,
    deadline: Duration,
    mut tick: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let content = truth.values().filter(|e| e.content).count();
    let deleted = truth.values().filter(|e| e.deleted && e.content).count();
    let messages = truth
        .iter()
        .filter(|((_, kind, _), _)| *kind == "message")
        .count();
    let want = [content, deleted, messages, 0].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let until = Instant::now() + deadline;
    let mut still = 0;
    let mut have = [-1; 4];
    while Instant::now() < until {
        tick()?;
        // PostgreSQL may be starting again.
        have = pg::counts(pool).await.unwrap_or([-1; 4]);
        still = if have == want { still + 1 } else { 0 };
        if still > 5 {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    eprintln!("content, deleted, interactions, outbox: {have:?}, expected {want:?}");
    Ok(false)
}

/// Compares every row with the truth.
pub async fn check_tables(pool: &PgPool, truth: &Truth) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut rows: HashMap<Key, ItemRow> = HashMap::new();
    for row in pg::items(pool).await? {
        let kind = if row.kind == "post" {
            "post"
        } else {
            "message"
        };
        let key = (row.org.clone(), kind, row.x_id.clone());
        if !truth.contains_key(&key) && row.direction.is_some() {
            report.say(format!("unexpected {key:?}"));
        }
        if rows.insert(key.clone(), row).is_some() {
            report.doubled += 1;
            report.say(format!("doubled {key:?}"));
        }
    }
    for (key, expected) in truth {
        match rows.get(key) {
            None => {
                report.lost += 1;
                report.say(format!("lost {key:?}"));
            }
            Some(row) => compare(key, expected, row, &mut report),
        }
    }
    let interactions: HashMap<Uuid, i64> = pg::interactions(pool).await?.into_iter().collect();
    for ((org, kind, x_id), _) in truth.iter().filter(|((_, kind, _), _)| *kind == "message") {
        let id = schemas::ids::item(org, schemas::Kind::Message, x_id);
        if !interactions.contains_key(&id) {
            report.lost += 1;
            report.say(format!("no interaction of {kind} {x_id} of {org}"));
        }
    }
    Ok(report)
}

fn compare(key: &Key, expected: &Expected, row: &ItemRow, report: &mut Report) {
    if expected.deleted != row.deleted {
        report.say(format!(
            "{key:?}: deleted {} expected {}",
            row.deleted, expected.deleted
        ));
    }
    if !expected.content {
        return;
    }
    let direction = if expected.inbound {
        "inbound"
    } else {
        "outbound"
    };
    if row.direction.as_deref() != Some(direction) {
        report.say(format!("{key:?}: {:?} expected {direction}", row.direction));
    }
    if row.author != expected.author {
        report.say(format!(
            "{key:?}: author {} expected {}",
            row.author, expected.author
        ));
    }
    // X counts in milliseconds where a record says so, else in seconds.
    let apart = row
        .posted_at
        .map(|at| (at - expected.posted_at).num_milliseconds().abs());
    if apart.is_none_or(|ms| ms > 1_000) {
        report.say(format!(
            "{key:?}: at {:?} expected {}",
            row.posted_at, expected.posted_at
        ));
    }
    if !expected.repost && row.text != expected.text {
        // Texts may be other people's: their lengths must do.
        let (have, want) = (row.text.len(), expected.text.len());
        report.say(format!(
            "{key:?}: text of {have} bytes, expected {want} bytes"
        ));
    }
}

/// Every item is in the thread of its conversation.
pub async fn check_threads(pool: &PgPool, truth: &Truth) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for row in pg::items(pool).await? {
        let kind = if row.kind == "post" {
            "post"
        } else {
            "message"
        };
        let key = (row.org, kind, row.x_id);
        if let Some(expected) = truth
            .get(&key)
            .filter(|e| e.content && e.thread != row.thread)
        {
            report.say(format!(
                "{key:?}: thread {} expected {}",
                row.thread, expected.thread
            ));
        }
    }
    Ok(report)
}

/// The linked topics: the last value of each key is its highest revision, and the table's row.
pub async fn check_topics(cluster: &Cluster, pool: &PgPool) -> anyhow::Result<Report> {
    let codec = Codec::own()?;
    let reader = cluster.clone();
    let (last, highest, unreadable) = tokio::task::spawn_blocking(move || {
        let mut last: HashMap<Uuid, i64> = HashMap::new();
        let mut highest: HashMap<Uuid, i64> = HashMap::new();
        let mut unreadable = 0_usize;
        for topic in [&LINKED_POSTS, &LINKED_MESSAGES] {
            read_all(&reader, topic, |record| {
                let Some(value) = record.value.as_deref() else {
                    return;
                };
                let Ok(item) = codec.decode::<Item>(value) else {
                    unreadable += 1;
                    return;
                };
                last.insert(item.item_id, item.revision);
                let known = highest.entry(item.item_id).or_default();
                *known = item.revision.max(*known);
            })?;
        }
        anyhow::Ok((last, highest, unreadable))
    })
    .await
    .context("reader")??;
    let mut report = Report {
        lost: unreadable,
        ..Report::default()
    };
    for (item, revision) in &highest {
        if last[item] != *revision {
            report.say(format!(
                "{item}: the topic ends at {} of {revision}",
                last[item]
            ));
        }
    }
    for row in pg::items(pool).await? {
        match highest.get(&row.item_id) {
            None => report.lost += 1,
            Some(revision) if *revision != row.revision => report.say(format!(
                "{}: topic at revision {revision}, table at {}",
                row.item_id, row.revision
            )),
            Some(_) => {}
        }
    }
    Ok(report)
}
