//! The stage: facts in, whole item rows out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use runtime::clock::Clock;
use runtime::scoped::ScopedStage;
use runtime::{Encoder, Outgoing, Program, RawRecord, StageError, Verdict};
use schemas::records::{Content, Enriched, ReplyStepped};
use schemas::topics::{ENRICHED_MESSAGES, ENRICHED_POSTS, REPLIES, Topic};
use schemas::wire::{Codec, WireError};
use schemas::{Kind, ids};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::pg::{aliases, items, threads};
use crate::replies;
use crate::thread::Unsettled;
use crate::world::{ItemKey, PersonKey, World};

/// Reasons that this stage gives.
pub const REASONS: &[&str] = &["unchanged", "merged", "profile", "reply"];

/// How often link jobs are looked for that nobody continued.
const JOBS_EVERY: Duration = Duration::from_secs(5);

/// What the linker reads.
#[derive(Debug, Clone)]
pub enum Input {
    /// Something was seen at X.
    Fact(Box<Enriched>),
    /// A reply of the desk went a step.
    Reply(Box<ReplyStepped>),
}

/// The case linker: merge, person lock, customer mapping, case link.
pub struct CaseLinker {
    encoder: Encoder,
    clock: Clock,
    followup: Followup,
    jobs_at: Option<Instant>,
}

/// What waits until after a commit.
#[derive(Default)]
struct Followup {
    // Organisations met; true when all that a crash may have left open was looked at.
    orgs: BTreeMap<String, bool>,
    unsettled: Vec<Unsettled>,
    undecided: BTreeMap<String, BTreeSet<String>>,
}

impl CaseLinker {
    /// The stage of this program.
    pub fn new(program: &Program) -> Self {
        Self {
            encoder: program.encoder.clone(),
            clock: program.clock.clone(),
            followup: Followup::default(),
            jobs_at: None,
        }
    }
}

impl ScopedStage for CaseLinker {
    const NAME: &'static str = "case-linker";
    type In = Input;

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&ENRICHED_POSTS, &ENRICHED_MESSAGES, &REPLIES]
    }

    fn decode(&self, record: &RawRecord, codec: &Codec) -> Result<Input, WireError> {
        let value = record.value.as_deref().unwrap_or_default();
        if record.position.topic == &REPLIES {
            return codec.decode(value).map(|step| Input::Reply(Box::new(step)));
        }
        codec.decode(value).map(|fact| Input::Fact(Box::new(fact)))
    }

    fn org<'a>(&self, input: &'a Input) -> &'a str {
        match input {
            Input::Fact(fact) => &fact.org,
            Input::Reply(step) => &step.org,
        }
    }

    async fn process(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Input],
    ) -> Result<Vec<Verdict>, StageError> {
        let now = self.clock.now();
        let (mut facts, mut steps): (Vec<&Enriched>, Vec<&ReplyStepped>) = (Vec::new(), Vec::new());
        for input in batch {
            match input {
                Input::Fact(fact) => facts.push(fact),
                Input::Reply(step) => steps.push(step),
            }
        }
        let mut verdicts = self.facts(scope, &facts, &steps, now).await?.into_iter();
        replies::fold(scope, &self.encoder, &steps, now).await?;
        replies::erase(scope, &facts).await?;
        let of = |input: &&Input| match input {
            Input::Fact(_) => verdicts.next().unwrap_or(Verdict::Skip("unchanged")),
            Input::Reply(_) => Verdict::Skip("reply"),
        };
        Ok(batch.iter().map(of).collect())
    }

    async fn between(&mut self, program: &Program) -> Result<(), StageError> {
        self.followup.settle(program).await?;
        if self.jobs_at.is_none_or(|at| at.elapsed() > JOBS_EVERY) {
            for org in self.followup.orgs.keys() {
                while crate::desk::continue_job(program, org).await? {}
            }
            self.jobs_at = Some(Instant::now());
        }
        Ok(())
    }
}

impl CaseLinker {
    async fn facts(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Enriched],
        steps: &[&ReplyStepped],
        now: DateTime<Utc>,
    ) -> Result<Vec<Verdict>, StageError> {
        let keys = keys(scope, batch).await?;
        let mut people = people(scope, batch, &keys).await?;
        // All of the batch in one order: what replies concern is locked with the rest.
        let answered = steps.iter().filter(|step| replies::ends(step));
        people.extend(answered.map(|step| (step.org.clone(), step.person_id.clone())));
        people.sort_unstable();
        people.dedup();
        let mut world = World::load(scope, &people, &wanted(batch, &keys)).await?;
        for (fact, key) in batch.iter().zip(&keys) {
            world.see(key, fact);
        }
        world.join_versions();
        world.thread(scope).await?;
        world.link(scope, now).await?;
        let saved = world.save(scope, &self.encoder, &[], now).await?;
        for fact in batch {
            if !self.followup.orgs.contains_key(&fact.org) {
                self.followup.orgs.insert(fact.org.clone(), false);
            }
        }
        self.followup.unsettled.extend(saved.unsettled);
        Ok(verdicts(batch, &keys, saved.out))
    }
}

impl Followup {
    // What fails is done after the next batch.
    async fn settle(&mut self, program: &Program) -> Result<(), StageError> {
        for (org, caught_up) in &mut self.orgs {
            if !*caught_up {
                let moved = threads::complete(&program.pg, org, None).await?;
                self.undecided.entry(org.clone()).or_default().extend(moved);
                *caught_up = true;
            }
        }
        for (org, items) in threads::late(&program.pg, &self.unsettled).await? {
            let moved = threads::complete(&program.pg, &org, Some(&items)).await?;
            self.undecided.entry(org).or_default().extend(moved);
        }
        self.unsettled.clear();
        while let Some((org, people)) = self.undecided.first_key_value() {
            crate::desk::relink_undecided(program, org, people).await?;
            self.undecided.pop_first();
        }
        Ok(())
    }
}

// The last fact of an item speaks for all of this batch.
fn verdicts(
    batch: &[&Enriched],
    keys: &[ItemKey],
    records: Vec<(ItemKey, Outgoing)>,
) -> Vec<Verdict> {
    let mut out: HashMap<ItemKey, Vec<Outgoing>> = HashMap::new();
    for (key, record) in records {
        out.entry(key).or_default().push(record);
    }
    let mut spoken: HashSet<&ItemKey> = HashSet::new();
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(batch.len());
    for (fact, key) in batch.iter().zip(keys).rev() {
        verdicts.push(match out.remove(key) {
            Some(records) => Verdict::Emit(records),
            None if fact.fact == "profile" => Verdict::Skip("profile"),
            None if spoken.contains(key) => Verdict::Skip("merged"),
            None => Verdict::Skip("unchanged"),
        });
        spoken.insert(key);
    }
    verdicts.reverse();
    verdicts
}

// The item of each fact. What names a later version of an edited post belongs to the post,
// whether its history is stored or comes with this batch.
async fn keys(scope: &mut PgConnection, batch: &[&Enriched]) -> Result<Vec<ItemKey>, StageError> {
    let version = |fact: &Enriched, id: &str| (fact.org.clone(), fact.kind, id.to_owned());
    let mut known: HashMap<(String, Kind, String), Uuid> = HashMap::new();
    let mut shared = Vec::new();
    for fact in batch {
        for later in later_versions(fact) {
            known.insert(version(fact, later), fact.item_id);
            shared.push(version(fact, later));
        }
        if fact.person_id.is_empty() && fact.fact != "profile" {
            shared.push(version(fact, &fact.x_id));
        }
    }
    aliases::lock(scope, &shared).await?;
    let wanted: HashSet<_> = batch
        .iter()
        .filter(|fact| fact.kind == Kind::Post && fact.fact != "profile")
        .map(|fact| version(fact, &fact.x_id))
        .collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    for (org, x_id, item) in aliases::resolve(scope, &wanted).await? {
        known.insert((org, Kind::Post, x_id), item);
    }
    Ok(batch
        .iter()
        .map(|fact| {
            let item = known.get(&version(fact, &fact.x_id));
            (fact.org.clone(), item.copied().unwrap_or(fact.item_id))
        })
        .collect())
}

fn later_versions(fact: &Enriched) -> impl Iterator<Item = &String> {
    let versions = fact.content.iter().flat_map(|c| &c.version_ids);
    versions.filter(|version| **version != fact.x_id)
}

// Whom a post of ours answers: their customer is its customer.
fn answered(fact: &Enriched) -> Option<&String> {
    let ours = |content: &&Content| content.direction == "outbound" && fact.kind == Kind::Post;
    let content = fact.content.as_ref().filter(ours)?;
    content
        .in_reply_to_x_id
        .as_ref()
        .filter(|id| !id.is_empty())
}

// Everybody whose items or profile the batch changes, in lock order. Where a deletion names no
// author, the item does, if it is known.
async fn people(
    scope: &mut PgConnection,
    batch: &[&Enriched],
    keys: &[ItemKey],
) -> Result<Vec<PersonKey>, StageError> {
    let mut people: Vec<PersonKey> = Vec::with_capacity(batch.len());
    let mut unnamed: Vec<ItemKey> = Vec::new();
    for (fact, key) in batch.iter().zip(keys) {
        let named = [&fact.author_id, &fact.person_id];
        let named = named.into_iter().filter(|id| !id.is_empty());
        let named = named.chain(answered(fact));
        people.extend(named.map(|id| (fact.org.clone(), id.clone())));
        if fact.person_id.is_empty() && fact.fact != "profile" {
            unnamed.push(key.clone());
        }
    }
    people.extend(items::persons(scope, &unnamed).await?);
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

// The rows to load: each item, and for an edited post the rows its versions may have had.
fn wanted(batch: &[&Enriched], keys: &[ItemKey]) -> Vec<ItemKey> {
    let mut wanted: HashSet<ItemKey> = HashSet::with_capacity(keys.len());
    for (fact, key) in batch.iter().zip(keys) {
        if fact.fact != "profile" {
            wanted.insert(key.clone());
        }
        for version in later_versions(fact) {
            let id = ids::item(&fact.org, fact.kind, version);
            wanted.insert((fact.org.clone(), id));
        }
    }
    wanted.into_iter().collect()
}
