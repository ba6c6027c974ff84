//! Keeps program processes running: restarts what died, gives up on what cannot be configured,
//! stops all in the end. One supervisor per host process; systemd and Kubernetes do the same job
//! in production.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::local::{LocalError, child};
use crate::logs::Logs;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A process that lived this long was well: what killed it is news.
const WELL_AFTER: Duration = Duration::from_secs(30);
const CONFIG_ERROR: i32 = 2;
const CONFIG_TRIES: u32 = 3;

/// How long to wait before the next start, by how often it died young in a row.
#[derive(Debug)]
pub(crate) struct Backoff {
    started: Instant,
    deaths: u32,
}

impl Backoff {
    pub fn started(now: Instant) -> Self {
        Self {
            started: now,
            deaths: 0,
        }
    }

    pub fn restarted(&mut self, now: Instant) {
        self.started = now;
    }

    pub fn died(&mut self, now: Instant) -> Duration {
        if now.duration_since(self.started) >= WELL_AFTER {
            self.deaths = 0;
        }
        let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.deaths));
        self.deaths = self.deaths.saturating_add(1);
        doubled.min(LONGEST_PAUSE)
    }

    pub fn deaths(&self) -> u32 {
        self.deaths
    }
}

/// What became of a program, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The program ended and will be started again after the pause.
    Died {
        /// The program.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// How long until the next start.
        pause: Duration,
    },
    /// The program runs again.
    Restarted {
        /// The program.
        name: String,
        /// Its new process.
        pid: u32,
    },
    /// The program says, start after start, that its configuration is wrong. It stays down.
    GaveUp {
        /// The program.
        name: String,
    },
}

#[derive(Debug)]
struct Program {
    command: Command,
    child: Child,
    backoff: Backoff,
    config_errors: u32,
    phase: Phase,
}

#[derive(Debug, PartialEq)]
enum Phase {
    Running,
    Waiting(Instant),
    Down,
}

/// A set of programs, each one child process.
///
/// The children get a signal when the thread that spawned them ends, so one thread that lives as
/// long as they do (the main thread) calls everything here. Dropping the supervisor stops them.
#[derive(Debug)]
pub struct Supervisor {
    run: PathBuf,
    logs: Option<Logs>,
    programs: BTreeMap<String, Program>,
}

impl Supervisor {
    /// A supervisor that writes `<name>.pid` files to `run`, and what its programs print to
    /// `<name>.log` files in `logs`, bounded, or to our own output.
    pub fn new(run: &Path, logs: Option<&Path>) -> Result<Self, LocalError> {
        for dir in std::iter::once(run).chain(logs) {
            fs::create_dir_all(dir)
                .map_err(LocalError::io(format!("creating {}", dir.display())))?;
        }
        let logs = logs.map(Logs::new);
        Ok(Self {
            run: run.to_owned(),
            logs,
            programs: BTreeMap::new(),
        })
    }

    /// Starts `command` as `name` and keeps it running. Program, arguments, environment and
    /// directory are taken from it; its input is empty and its output goes where ours decides.
    pub fn spawn(&mut self, name: &str, command: &Command) -> Result<u32, LocalError> {
        let mut command = self.tether(name, command)?;
        let child = child::spawn(&mut command, name)?;
        let pid = child.id();
        self.note(name, pid);
        let backoff = Backoff::started(Instant::now());
        let program = Program {
            command,
            child,
            backoff,
            config_errors: 0,
            phase: Phase::Running,
        };
        self.programs.insert(name.to_owned(), program);
        Ok(pid)
    }

    /// The process of each program that runs now.
    pub fn pids(&self) -> Vec<(&str, u32)> {
        let running = self
            .programs
            .iter()
            .filter(|(_, p)| p.phase == Phase::Running);
        running
            .map(|(name, program)| (name.as_str(), program.child.id()))
            .collect()
    }

    /// Reaps what died, starts again what is due. Call it a few times a second.
    pub fn tick(&mut self) -> Result<Vec<Event>, LocalError> {
        let now = Instant::now();
        let mut events = Vec::new();
        if let Some(logs) = &mut self.logs {
            logs.tick(now);
        }
        for (name, program) in &mut self.programs {
            events.extend(program.tick(name, now)?);
        }
        for event in &events {
            match event {
                Event::Died {
                    name,
                    status,
                    pause,
                } => {
                    tracing::warn!(program = name, %status, ?pause, "program ended");
                    self.forget(name);
                }
                Event::Restarted { name, pid } => {
                    tracing::info!(program = name, pid, "program started again");
                    self.note(name, *pid);
                }
                Event::GaveUp { name } => {
                    tracing::error!(program = name, "program stays down: configuration refused");
                    self.forget(name);
                }
            }
        }
        Ok(events)
    }

    /// Asks every program to end and kills what has not ended after `deadline`.
    pub fn stop(mut self, deadline: Duration) {
        self.end_all(deadline);
    }

    fn end_all(&mut self, deadline: Duration) {
        let deadline = Instant::now() + deadline;
        let mut programs = std::mem::take(&mut self.programs);
        programs.retain(|_, program| program.phase == Phase::Running);
        for program in programs.values() {
            child::signal(&program.child, Signal::TERM);
        }
        for (name, program) in &mut programs {
            match child::end(&mut program.child, deadline) {
                Ok(status) => tracing::info!(program = name, %status, "program stopped"),
                Err(error) => tracing::error!(program = name, %error, "program not stopped"),
            }
            self.forget(name);
        }
    }

    fn tether(&self, name: &str, wanted: &Command) -> Result<Command, LocalError> {
        let mut command = child::tethered(wanted.get_program(), "TERM", None);
        command.args(wanted.get_args()).stdin(Stdio::null());
        for (key, value) in wanted.get_envs() {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        if let Some(dir) = wanted.get_current_dir() {
            command.current_dir(dir);
        }
        if let Some(logs) = &self.logs {
            let path = logs.dir().join(format!("{name}.log"));
            let fail = || LocalError::io(format!("opening {}", path.display()));
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(fail())?;
            command.stdout(log.try_clone().map_err(fail())?).stderr(log);
        }
        Ok(command)
    }

    fn pid_file(&self, name: &str) -> PathBuf {
        self.run.join(format!("{name}.pid"))
    }

    /// The file helps people and scripts; no decision rests on it.
    fn note(&self, name: &str, pid: u32) {
        if let Err(error) = fs::write(self.pid_file(name), format!("{pid}\n")) {
            tracing::warn!(program = name, %error, "pid file not written");
        }
    }

    fn forget(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.pid_file(name))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(program = name, %error, "pid file not removed");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.end_all(Duration::from_secs(20));
    }
}

impl Program {
    fn tick(&mut self, name: &str, now: Instant) -> Result<Option<Event>, LocalError> {
        let name = name.to_owned();
        match self.phase {
            Phase::Down => Ok(None),
            Phase::Waiting(until) if now < until => Ok(None),
            Phase::Waiting(_) => {
                self.child = child::spawn(&mut self.command, &name)?;
                self.backoff.restarted(now);
                self.phase = Phase::Running;
                Ok(Some(Event::Restarted {
                    name,
                    pid: self.child.id(),
                }))
            }
            Phase::Running => {
                let watching = LocalError::io(format!("watching {name}"));
                let Some(status) = self.child.try_wait().map_err(watching)? else {
                    return Ok(None);
                };
                let refused = status.code() == Some(CONFIG_ERROR);
                self.config_errors = if refused { self.config_errors + 1 } else { 0 };
                if self.config_errors > CONFIG_TRIES {
                    self.phase = Phase::Down;
                    return Ok(Some(Event::GaveUp { name }));
                }
                let pause = self.backoff.died(now);
                self.phase = Phase::Waiting(now + pause);
                Ok(Some(Event::Died {
                    name,
                    status,
                    pause,
                }))
            }
        }
    }
}

/// Something arrives whenever the process is asked to stop (SIGTERM, Ctrl-C).
pub fn stop_signals() -> io::Result<Receiver<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    let (asked, stop) = mpsc::channel();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                loop {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    if asked.send(()).is_err() {
                        return;
                    }
                }
            });
        })?;
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn until(done: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < deadline, "not in time");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn tick_until(supervisor: &mut Supervisor, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut seen = Vec::new();
        while Instant::now() < deadline {
            seen.extend(supervisor.tick().unwrap());
            if seen.iter().any(&wanted) {
                return seen;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("not seen in time, but {seen:?}");
    }

    #[test]
    fn pauses_double_to_a_bound_and_begin_anew_after_a_long_life() {
        let start = Instant::now();
        let mut backoff = Backoff::started(start);
        let pauses: Vec<u128> = (0..7).map(|_| backoff.died(start).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
        backoff.restarted(start);
        assert_eq!(backoff.died(start + WELL_AFTER), FIRST_PAUSE);
        assert_eq!(backoff.deaths(), 1);
    }

    #[test]
    fn a_killed_program_runs_again_and_all_end_with_the_supervisor() {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("log");
        let mut supervisor = Supervisor::new(&dir.path().join("run"), Some(&logs)).unwrap();
        let first = supervisor
            .spawn("sleeper", shell("echo here; exec sleep 600").env("A", "b"))
            .unwrap();
        let pid_file = dir.path().join("run/sleeper.pid");
        assert_eq!(
            fs::read_to_string(&pid_file).unwrap().trim(),
            first.to_string()
        );

        until(|| fs::read_to_string(logs.join("sleeper.log")).unwrap() == "here\n");
        child::signal(&supervisor.programs["sleeper"].child, Signal::KILL);
        let seen = tick_until(&mut supervisor, |e| matches!(e, Event::Restarted { .. }));
        assert!(
            matches!(&seen[0], Event::Died { pause, .. } if *pause == FIRST_PAUSE),
            "{seen:?}"
        );
        let (_, second) = supervisor.pids()[0];
        assert_ne!(first, second);
        assert_eq!(
            fs::read_to_string(&pid_file).unwrap().trim(),
            second.to_string()
        );

        supervisor.stop(Duration::from_secs(5));
        assert!(!Path::new(&format!("/proc/{second}")).exists());
        assert!(!pid_file.exists());
    }

    #[test]
    fn a_refused_configuration_is_tried_again_three_times() {
        let dir = tempfile::tempdir().unwrap();
        let mut supervisor = Supervisor::new(dir.path(), None).unwrap();
        supervisor.spawn("wrong", &shell("exit 2")).unwrap();
        let seen = tick_until(&mut supervisor, |e| matches!(e, Event::GaveUp { .. }));
        let died = seen
            .iter()
            .filter(|e| matches!(e, Event::Died { .. }))
            .count();
        assert_eq!(died, 3, "{seen:?}");
        assert!(supervisor.pids().is_empty());
    }

    #[test]
    fn what_a_program_prints_is_kept_within_two_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut supervisor = Supervisor::new(dir.path(), Some(dir.path())).unwrap();
        let done = dir.path().join("done");
        let script = format!(
            "head -c 40000000 /dev/zero; touch {}; sleep 600",
            done.display()
        );
        supervisor.spawn("loud", &shell(&script)).unwrap();
        until(|| done.exists());
        let size = |name: &str| fs::metadata(dir.path().join(name)).map_or(0, |meta| meta.len());
        let deadline = Instant::now() + Duration::from_secs(20);
        while size("loud.log.1") == 0 || size("loud.log") > 0 {
            assert!(Instant::now() < deadline, "not in time");
            supervisor.tick().unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(size("loud.log.1"), 16 * 1024 * 1024);
    }

    #[test]
    fn what_does_not_listen_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let mut supervisor = Supervisor::new(dir.path(), None).unwrap();
        let ready = dir.path().join("ready");
        let script = format!(
            "trap '' TERM; touch {}; while :; do sleep 1; done",
            ready.display()
        );
        let pid = supervisor.spawn("deaf", &shell(&script)).unwrap();
        until(|| ready.exists());
        supervisor.stop(Duration::from_millis(300));
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
