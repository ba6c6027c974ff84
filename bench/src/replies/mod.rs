//! Replies through senders that are killed at any moment: what is at X is counted, and compared with
//! what the rows say.

mod desk;
mod recount;
pub mod sender;
mod x;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use respond::decide::Command;
use runtime::Program;
use runtime::kafka::Cluster;
use schemas::org_config::{Organisations, parse_toml};

pub use recount::Outcome;
use sender::{Place, Process};
use sqlx::PgPool;
use x::X;

use crate::pg::replies as pg;

const ORG: &str = "northwind";
/// X's own limits are those of an account: many accounts send at once.
const ACCOUNTS: usize = 20;
const PEOPLE: usize = 60;
/// A process that gets nothing done is killed all the same.
const STUCK: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// The clocks go on so far at a time, once nothing more happens.
const LEAP_S: i64 = 200;
/// Leaps until a person is asked.
const LEAPS: i64 = 6;
/// A sender that gets nothing done for so long never will.
const NOTHING_DONE: Duration = Duration::from_mins(1);

fn account(n: usize) -> String {
    (1_000 + n).to_string()
}

fn person(n: usize) -> String {
    (5_000 + n).to_string()
}

fn organisations() -> anyhow::Result<Organisations> {
    let mut text = format!("[org.{ORG}]\ntier = \"enterprise\"\n");
    for n in 0..ACCOUNTS {
        writeln!(
            text,
            "[[org.{ORG}.accounts]]\npageId = \"brand{n}\"\nconsumerKey = \"key\"\nconsumerSecret = \
             \"secret\"\naccessToken = \"{}-token\"\naccessTokenSecret = \"secret\"",
            account(n)
        )?;
    }
    Ok(parse_toml(&text)?)
}

/// What is done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub sends: usize,
    pub kills: usize,
    pub seed: u64,
}

/// Writes, sends, kills, lets a person decide what is left, recounts.
pub async fn prove(
    binary: &Path,
    dir: &Path,
    (owner_url, app_url, super_url): (&str, &str, &str),
    plan: Plan,
) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    schemas::MIGRATOR
        .run(&runtime::pg::pool(owner_url, 1)?)
        .await?;
    let nowhere = Cluster::plain("127.0.0.1:1", "");
    let program = Program::for_test("desk", nowhere, runtime::pg::pool(app_url, 4)?)?;
    let x = X::start().await?;
    let mut targets = Vec::with_capacity(PEOPLE);
    for n in 0..PEOPLE {
        targets.push(x.post(n).await?);
    }
    desk::write(&program, &targets, plan.sends).await?;
    x.disturb().await?;
    let place = Place {
        database: app_url.to_owned(),
        x: x.url(),
        media: dir.join("media").display().to_string(),
        ahead: 0,
    };
    let mut proof = Proof {
        binary,
        place,
        program,
        all: runtime::pg::pool(super_url, 1)?,
        x,
    };
    proof.kill(plan).await?;
    proof.x.calm().await?;
    for _ in 0..LEAPS {
        proof.settle().await?;
        proof.leap().await?;
    }
    let by_itself = recount::doubts(&desk::all(&proof.program).await?);
    let told = proof.person().await?;
    proof.settle().await?;
    let replies = desk::all(&proof.program).await?;
    let mut outcome = recount::recount(&replies, &proof.x.sent().await?);
    outcome.kills = plan.kills;
    outcome.doubtful = by_itself;
    outcome.told = told;
    outcome.seconds = began.elapsed().as_secs();
    Ok(outcome)
}

struct Proof<'a> {
    binary: &'a Path,
    place: Place,
    program: Program,
    // Sees every row.
    all: PgPool,
    x: X,
}

impl Proof<'_> {
    fn start(&self) -> anyhow::Result<Process> {
        Process::start(self.binary, &self.place)
    }

    // Each process does some of the work; how much, and so at which step it dies, is chance.
    async fn kill(&self, plan: Plan) -> anyhow::Result<()> {
        let mut rng = StdRng::seed_from_u64(plan.seed);
        let share = (plan.sends / (plan.kills + 1)).max(1);
        for _ in 0..plan.kills {
            let until = self.x.total().await? + rng.random_range(0..u64::try_from(2 * share)?);
            let began = Instant::now();
            let mut process = self.start()?;
            while self.x.total().await? <= until && began.elapsed() < STUCK {
                ensure!(!process.ended(), "the sender ended by itself");
                tokio::time::sleep(LOOK_EVERY).await;
            }
            tokio::time::sleep(Duration::from_micros(rng.random_range(0..20_000))).await;
        }
        Ok(())
    }

    // Until nothing is due any more.
    async fn settle(&self) -> anyhow::Result<()> {
        let (mut done, mut since) = (0, Instant::now());
        let mut process = self.start()?;
        loop {
            ensure!(!process.ended(), "the sender ended by itself");
            let (due, now_done) = pg::due(&self.all, self.program.clock.now()).await?;
            if due == 0 {
                return Ok(());
            }
            if now_done > done {
                (done, since) = (now_done, Instant::now());
            }
            ensure!(since.elapsed() < NOTHING_DONE, "{due} replies never end");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn leap(&mut self) -> anyhow::Result<()> {
        self.x.advance(LEAP_S).await?;
        self.program.clock.advance(TimeDelta::seconds(LEAP_S));
        self.place.ahead += LEAP_S;
        Ok(())
    }

    // What a person does who looks at X: it is there, or it is not and is sent again.
    async fn person(&self) -> anyhow::Result<recount::Told> {
        let mut told = recount::Told::default();
        let sent = self.x.sent().await?;
        let all = desk::all(&self.program).await?;
        for reply in all.iter().filter(|reply| reply.state == "unknown") {
            let text = desk::text(reply.written_by.parse().context("a number")?);
            let at_x = sent.iter().find(|(sent, _)| *sent == text);
            if let Some(id) = at_x.and_then(|(_, ids)| ids.first()) {
                let there = (Command::ItIsThere, Some(id.as_str()));
                desk::command(&self.program, reply.reply_id, there).await?;
                told.there += 1;
            } else {
                for command in [Command::ItIsNotThere, Command::Resend] {
                    desk::command(&self.program, reply.reply_id, (command, None)).await?;
                }
                told.sent_again += 1;
            }
        }
        Ok(told)
    }
}
