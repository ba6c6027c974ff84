//! Plays written conversations: in script time, for ever, with new people each time round.

mod cast;
mod script;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

pub use script::{Conversation, Role, Script, ScriptError, Step};

use crate::{
    id::XId,
    sim::Sim,
    world::{Command, Event, WorldError},
};
use cast::Cast;

/// Conversations under way at once; above it none starts.
const LIVE_MAX: usize = 1_000;
const PACE_MAX: f64 = 10_000.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlayConfig {
    pub running: bool,
    /// Script seconds per real second.
    pub pace: f64,
    /// Script seconds from one conversation's start to the next.
    pub every_seconds: f64,
}

impl Default for PlayConfig {
    fn default() -> Self {
        Self {
            running: false,
            pace: 1.0,
            every_seconds: 60.0,
        }
    }
}

impl PlayConfig {
    pub fn problem(&self) -> Option<&'static str> {
        if !(self.pace > 0.0 && self.pace <= PACE_MAX) {
            return Some("pace is above 0 and at most 10000");
        }
        let every = self.every_seconds;
        (!(0.1..=86_400.0).contains(&every)).then_some("every_seconds is 0.1 to 86400")
    }
}

/// What a conversation is made with: the world, or a test's own.
pub type Apply<'a> = dyn FnMut(Command) -> Result<Vec<Event>, WorldError> + 'a;

/// The conversations under way and those to come.
#[derive(Debug)]
pub struct Player {
    script: Script,
    rng: StdRng,
    order: VecDeque<usize>,
    live: Vec<Live>,
    next_start: f64,
    every: f64,
}

#[derive(Debug)]
struct Live {
    conversation: usize,
    step: usize,
    started: f64,
    cast: Cast,
    made: BTreeMap<String, XId>,
}

impl Player {
    pub fn new(script: Script, seed: u64, every_seconds: f64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        let order = (0..script.conversations.len()).collect();
        Self {
            script,
            rng,
            order,
            live: Vec::new(),
            next_start: 0.0,
            every: every_seconds,
        }
    }

    pub fn set_every(&mut self, every_seconds: f64) {
        self.next_start += every_seconds - self.every;
        self.every = every_seconds;
    }

    /// Script time of the next step or start.
    pub fn next_due(&self) -> f64 {
        let steps = self.live.iter().map(|live| self.due(live));
        steps.fold(self.next_start, f64::min)
    }

    fn due(&self, live: &Live) -> f64 {
        let steps = &self.script.conversations[live.conversation].steps;
        steps
            .get(live.step)
            .map_or(f64::INFINITY, |step| live.started + step.at)
    }

    /// Does everything that is due at that script time, in the order in which it is due.
    pub fn advance(&mut self, until: f64, apply: &mut Apply<'_>) {
        while self.next_due() <= until {
            let first = (0..self.live.len()).min_by(|a, b| {
                self.due(&self.live[*a])
                    .total_cmp(&self.due(&self.live[*b]))
            });
            match first.filter(|at| self.due(&self.live[*at]) <= self.next_start) {
                Some(at) => self.step(at, apply),
                None => self.start(apply),
            }
        }
    }

    fn start(&mut self, apply: &mut Apply<'_>) {
        let started = self.next_start;
        self.next_start += self.every;
        if self.live.len() >= LIVE_MAX {
            return;
        }
        if self.order.is_empty() {
            let mut order: Vec<usize> = (0..self.script.conversations.len()).collect();
            order.shuffle(&mut self.rng);
            self.order = order.into();
        }
        let Some(conversation) = self.order.pop_front() else {
            return;
        };
        let written = &self.script.conversations[conversation];
        let cast = Cast::hire(written, &self.script.names, &mut self.rng, apply);
        self.live.push(Live {
            conversation,
            step: 0,
            started,
            cast,
            made: BTreeMap::new(),
        });
    }

    /// A step that the world refuses (its post was deleted meanwhile) is left out.
    fn step(&mut self, at: usize, apply: &mut Apply<'_>) {
        let live = &mut self.live[at];
        let steps = &self.script.conversations[live.conversation].steps;
        if let Some(step) = steps.get(live.step)
            && let Some(command) = step.command(&live.cast, &live.made)
            && let Ok(events) = apply(command)
            && let (Some(id), Some(event)) = (&step.id, events.first())
        {
            live.made.insert(id.clone(), event.fact.subject());
        }
        live.step += 1;
        if live.step >= steps.len() {
            self.live.swap_remove(at);
        }
    }
}

/// Plays the demo's script on the simulator for as long as it lives.
pub(crate) async fn run(sim: Sim, script: Script) {
    let mut config = sim.play().subscribe();
    let mut player = Player::new(script, sim.config().seed, config.borrow().every_seconds);
    let mut position = 0.0;
    loop {
        let now = config
            .wait_for(|config| config.running)
            .await
            .map(|now| now.clone());
        let Ok(PlayConfig {
            pace,
            every_seconds,
            ..
        }) = now
        else {
            return;
        };
        player.set_every(every_seconds);
        let from = Instant::now();
        let wait = (player.next_due() - position).max(0.0) / pace;
        let due = from + Duration::try_from_secs_f64(wait).unwrap_or_default();
        tokio::select! {
            () = sleep_until(due) => position = player.next_due(),
            changed = config.changed() => {
                if changed.is_err() {
                    return;
                }
                position += from.elapsed().as_secs_f64() * pace;
            }
        }
        player.advance(position, &mut |command| sim.apply(command));
    }
}

/// A number such as an order or a flight has.
fn reference(rng: &mut StdRng) -> String {
    rng.random_range(10_000..99_999).to_string()
}

#[cfg(test)]
mod tests;
