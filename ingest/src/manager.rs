//! Which process works which account by which way: decided every few seconds from configuration and
//! commands, held by leases, so that an account is polled once and a stream is opened once however
//! many processes there are.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::accounts::{Account, by_app};
use crate::context::{Context, SourceError};
use crate::pg::channels::{self, Wanted};
use crate::pg::gaps::{NewGap, note};
use crate::pg::leases::{self, Job};
use crate::pg::wake;
use crate::publish::Publish;
use crate::refresh::asked;
use crate::sightings::Sightings;
use crate::{gaps, media, poll, refresh, stream, webhook};

/// Seconds between two looks; a command wakes at once.
const EVERY_S: u32 = 1;
/// Seconds until a connection that wakes is asked for again. Looks go on without it.
const LISTEN_AGAIN_S: u32 = 5;
/// Both streams are opened: each sees what the other does not.
const STREAMS: [stream::Kind; 2] = [stream::Kind::Activity, stream::Kind::Filtered];
/// A lease that is not renewed for so long is free for others.
const LEASE: TimeDelta = TimeDelta::seconds(15);

/// Runs every way that is wanted until `stop`.
pub async fn run<P: Publish>(context: Context<P>, sightings: Sightings, stop: CancellationToken) {
    let mut manager = Manager {
        context,
        sightings,
        holder: Uuid::new_v4().to_string(),
        running: BTreeMap::new(),
    };
    let mut woken = manager.context.woken.subscribe();
    let listening = tokio::spawn(listen(manager.context.clone()));
    while !stop.is_cancelled() {
        let turn = manager.turn().await;
        if let Err(error) = &turn {
            tracing::warn!(%error, "the sources were not looked after; tried again");
        }
        manager.end_lapsed();
        tokio::select! {
            () = stop.cancelled() => {}
            _ = woken.changed() => {}
            () = manager.context.pause(EVERY_S) => {}
        }
    }
    listening.abort();
    manager.end().await;
}

async fn listen<P: Publish>(context: Context<P>) {
    loop {
        if let Err(error) = wake::listen(&context.pg, &context.woken).await {
            tracing::debug!(%error, "commands are found by looking for them");
        }
        context.pause(LISTEN_AGAIN_S).await;
    }
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
    until: DateTime<Utc>,
}

struct Manager<P> {
    context: Context<P>,
    sightings: Sightings,
    holder: String,
    running: BTreeMap<Job, Running>,
}

impl<P: Publish> Manager<P> {
    async fn turn(&mut self) -> Result<(), SourceError> {
        let accounts = self.context.accounts.clone();
        accounts.refresh();
        if accounts.learn(self.context.now()).await {
            accounts.refresh();
        }
        self.write().await?;
        let orgs = accounts.org_ids();
        let orgs: Vec<&str> = orgs.iter().map(String::as_str).collect();
        let commands = channels::wanted(&self.context.pg, &orgs).await?;
        let jobs = wanted(&accounts.all(), &commands);
        self.obey(&orgs).await?;
        let now = self.context.now();
        let until = now + LEASE;
        let held = leases::hold(&self.context.pg, &jobs, &self.holder, until, now).await?;
        let gone: Vec<Job> = self
            .running
            .keys()
            .filter(|job| !held.contains(job))
            .cloned()
            .collect();
        for job in &gone {
            self.stop(job).await;
        }
        let given_up: Vec<Job> = gone.into_iter().filter(|job| !jobs.contains(job)).collect();
        leases::release(&self.context.pg, &given_up, &self.holder).await?;
        for job in held {
            let ended = self
                .running
                .get(&job)
                .is_some_and(|running| running.task.is_finished());
            if ended {
                self.running.remove(&job);
            }
            match self.running.get_mut(&job) {
                Some(running) => running.until = until,
                None => self.start(job, until),
            }
        }
        Ok(())
    }

    fn start(&mut self, job: Job, until: DateTime<Utc>) {
        let stop = CancellationToken::new();
        let key = (job.org.clone(), job.subject.clone());
        let context = self.context.clone();
        tracing::info!(org = job.org, way = job.way, "a source starts");
        let task = match job.way {
            poll::WAY => tokio::spawn(poll::run(context, key, stop.clone())),
            webhook::WAY => tokio::spawn(webhook::run(context, key, stop.clone())),
            asked::WAY => tokio::spawn(asked::run(context, key.0, stop.clone())),
            refresh::WAY => tokio::spawn(refresh::run(context, key.0, stop.clone())),
            media::WAY => tokio::spawn(media::run(context, key.0, stop.clone())),
            gaps::WAY => tokio::spawn(gaps::run(context, key.0, stop.clone())),
            way => match STREAMS.into_iter().find(|kind| kind.job() == way) {
                Some(kind) => tokio::spawn(stream::run(context, key, kind, stop.clone())),
                None => return,
            },
        };
        let running = Running { stop, task, until };
        self.running.insert(job, running);
    }

    async fn stop(&mut self, job: &Job) {
        if let Some(running) = self.running.remove(job) {
            running.stop.cancel();
            // It ends at its next wait; nothing of it may go on beside another process.
            let ended = running.task.await;
            tracing::info!(org = job.org, way = job.way, ?ended, "a source ended");
        }
    }

    // While PostgreSQL is away leases lapse: another process may have taken over.
    fn end_lapsed(&mut self) {
        let now = self.context.now();
        self.running.retain(|_, running| {
            let holds = running.until > now;
            if !holds {
                running.stop.cancel();
            }
            holds
        });
    }

    async fn obey(&self, orgs: &[&str]) -> Result<(), SourceError> {
        for command in channels::open(&self.context.pg, orgs).await? {
            let (org, way, action) = (&command.org, &command.way, &command.action);
            tracing::info!(
                org,
                way,
                action,
                actor = command.actor,
                "a command to a channel"
            );
            if let Some(from_at) = command.from_at {
                let gap = NewGap {
                    org,
                    account: &command.account,
                    way,
                    cause: "asked for by command",
                    from_at,
                    to_at: Some(command.at),
                };
                note(&self.context.pg, &gap).await?;
            }
            let place = (org.as_str(), command.command_id);
            channels::done(&self.context.pg, place, "obeyed", self.context.now()).await?;
        }
        Ok(())
    }

    async fn write(&self) -> Result<(), SourceError> {
        let pg = &self.context.pg;
        for ((org, account, way), at) in self.sightings.take() {
            channels::brought(pg, (&org, &account, way), at).await?;
        }
        Ok(())
    }

    async fn end(mut self) {
        let jobs: Vec<Job> = self.running.keys().cloned().collect();
        for job in &jobs {
            self.stop(job).await;
        }
        let released = leases::release(&self.context.pg, &jobs, &self.holder).await;
        if let Err(error) = released {
            tracing::warn!(%error, "leases were not released; they lapse");
        }
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "the last facts were not written");
        }
    }
}

/// What is to be worked, from the configuration's modes and the commands over them. Pure.
pub fn wanted(accounts: &[Account], commands: &[Wanted]) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut add = |org: &str, subject: &str, way| {
        jobs.push(Job {
            org: org.to_owned(),
            subject: subject.to_owned(),
            way,
        });
    };
    for ((org, app), of_app) in by_app(accounts) {
        for account in &of_app {
            if is_wanted(account, commands, poll::WAY) {
                add(&org, &account.x_id, poll::WAY);
            }
        }
        let on = |way| of_app.iter().any(|one| is_wanted(one, commands, way));
        if on(stream::WAY) {
            for kind in STREAMS {
                add(&org, &app, kind.job());
            }
        }
        // A webhook that is stopped by command is removed at X, so it is looked after too.
        let told = commands
            .iter()
            .any(|one| one.org == org && one.way == webhook::WAY);
        if on(webhook::WAY) || on(stream::WAY) || told {
            add(&org, &app, webhook::WAY);
        }
        add(&org, "*", gaps::WAY);
        add(&org, "*", refresh::WAY);
        add(&org, "*", asked::WAY);
        add(&org, "*", media::WAY);
    }
    jobs.sort();
    jobs.dedup();
    jobs
}

/// Whether a way of an account is on: by the newest command, else by the configuration.
pub fn is_wanted(account: &Account, commands: &[Wanted], way: &str) -> bool {
    let of_this = |command: &&Wanted| {
        command.org == account.org_id() && command.account == account.x_id && command.way == way
    };
    let modes = account.org.settings.modes;
    match commands.iter().find(of_this) {
        Some(command) => command.start,
        None => match way {
            poll::WAY => modes.poll_s > 0,
            "stream" => modes.stream,
            _ => modes.webhook,
        },
    }
}
