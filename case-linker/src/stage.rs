//! The stage: facts in, whole item rows out.

use std::collections::{HashMap, HashSet};

use runtime::clock::Clock;
use runtime::scoped::ScopedStage;
use runtime::{Encoder, Program, RawRecord, StageError, Verdict};
use schemas::Kind;
use schemas::records::Enriched;
use schemas::topics::{ENRICHED_MESSAGES, ENRICHED_POSTS, Topic};
use schemas::wire::{Codec, WireError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::pg::{aliases, threads};
use crate::world::{ItemKey, PersonKey, World};

/// Reasons that this stage gives.
pub const REASONS: &[&str] = &["unchanged", "merged", "profile"];

/// The case linker: merge, person lock, customer mapping, case link.
pub struct CaseLinker {
    encoder: Encoder,
    clock: Clock,
    unsettled: HashMap<String, Vec<Uuid>>,
    orgs: HashSet<String>,
}

impl CaseLinker {
    /// The stage of this program.
    pub fn new(program: &Program) -> Self {
        Self {
            encoder: program.encoder.clone(),
            clock: program.clock.clone(),
            unsettled: HashMap::new(),
            orgs: HashSet::new(),
        }
    }
}

impl ScopedStage for CaseLinker {
    const NAME: &'static str = "case-linker";
    type In = Enriched;

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&ENRICHED_POSTS, &ENRICHED_MESSAGES]
    }

    fn decode(&self, record: &RawRecord, codec: &Codec) -> Result<Enriched, WireError> {
        codec.decode(record.value.as_deref().unwrap_or_default())
    }

    fn org<'a>(&self, fact: &'a Enriched) -> &'a str {
        &fact.org
    }

    async fn process(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Enriched],
    ) -> Result<Vec<Verdict>, StageError> {
        let now = self.clock.now();
        let keys = keys(scope, batch).await?;
        let mut world = World::load(scope, &people(batch), &wanted(batch, &keys)).await?;
        for (fact, key) in batch.iter().zip(&keys) {
            world.see(key, fact);
        }
        world.join_versions();
        world.thread(scope).await?;
        world.link(scope, now).await?;
        let mut out: HashMap<ItemKey, _> = world
            .save(scope, &self.encoder, &[], now)
            .await?
            .into_iter()
            .collect();
        for (org, item) in world.unsettled() {
            self.unsettled.entry(org.clone()).or_default().push(*item);
        }
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(batch.len());
        // The last fact of an item speaks for all of this batch.
        let mut spoken: HashSet<&ItemKey> = HashSet::new();
        for (fact, key) in batch.iter().zip(&keys).rev() {
            verdicts.push(match out.remove(key) {
                Some(record) => Verdict::Emit(vec![record]),
                None if fact.fact == "profile" => Verdict::Skip("profile"),
                None if spoken.contains(key) => Verdict::Skip("merged"),
                None => Verdict::Skip("unchanged"),
            });
            spoken.insert(key);
        }
        verdicts.reverse();
        Ok(verdicts)
    }

    async fn between(&mut self, program: &Program) -> Result<(), StageError> {
        for (org, items) in std::mem::take(&mut self.unsettled) {
            // The first time, all that a crash may have left open.
            let all = self.orgs.insert(org.clone());
            let items = (!all).then_some(items.as_slice());
            let moved = threads::complete(&program.pg, &org, items).await?;
            if !moved.is_empty() {
                crate::desk::relink_undecided(program, &org, &moved).await?;
            }
            while crate::desk::continue_job(program, &org).await? {}
        }
        Ok(())
    }
}

// The item of each fact. A deletion or a count names a version; its item may be an earlier one.
async fn keys(scope: &mut PgConnection, batch: &[&Enriched]) -> Result<Vec<ItemKey>, StageError> {
    let versions: Vec<(String, Kind, String)> = batch
        .iter()
        .filter(|fact| fact.kind == Kind::Post && matches!(&*fact.fact, "delete" | "counts"))
        .map(|fact| (fact.org.clone(), fact.kind, fact.x_id.clone()))
        .collect();
    let mut known: HashMap<(String, String), Uuid> = HashMap::new();
    for (org, x_id, item) in aliases::resolve(scope, &versions).await? {
        known.insert((org, x_id), item);
    }
    Ok(batch
        .iter()
        .map(|fact| {
            let item = match known.get(&(fact.org.clone(), fact.x_id.clone())) {
                Some(item) if fact.content.is_none() => *item,
                _ => fact.item_id,
            };
            (fact.org.clone(), item)
        })
        .collect())
}

// Everybody whose items or profile the batch changes, in lock order.
fn people(batch: &[&Enriched]) -> Vec<PersonKey> {
    let mut people: Vec<PersonKey> = batch
        .iter()
        .flat_map(|fact| {
            let author = if fact.author_id.is_empty() {
                &fact.x_id
            } else {
                &fact.author_id
            };
            let person = if fact.person_id.is_empty() {
                author
            } else {
                &fact.person_id
            };
            [
                (fact.org.clone(), author.clone()),
                (fact.org.clone(), person.clone()),
            ]
        })
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}

// The rows to load: each item, and for an edited post the rows its versions may have had.
fn wanted(batch: &[&Enriched], keys: &[ItemKey]) -> Vec<ItemKey> {
    let mut wanted: HashSet<ItemKey> = keys.iter().cloned().collect();
    for fact in batch {
        let versions = fact.content.as_ref().map_or(&[][..], |c| &c.version_ids);
        for version in versions.iter().skip(1) {
            wanted.insert((
                fact.org.clone(),
                schemas::ids::item(&fact.org, fact.kind, version),
            ));
        }
    }
    wanted.into_iter().collect()
}
