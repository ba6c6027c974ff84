//! The stage: item revisions in, interactions out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use runtime::pg::changes::{self, Change};
use runtime::scoped::ScopedStage;
use runtime::{Encoder, Outgoing, Program, RawRecord, StageError, Verdict};
use schemas::changes::PERSON;
use schemas::partition::routing;
use schemas::records::{Interaction, Item};
use schemas::topics::{INTERACTIONS, LINKED_MESSAGES, LINKED_POSTS, Topic};
use schemas::wire::{Codec, WireError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::decide::{Decision, decide};
use crate::pg;

/// Reasons that this stage gives.
pub const REASONS: &[&str] = &[
    "deleted",
    "no-content",
    "no-case",
    "superseded",
    "already-recorded",
];

/// The interaction writer.
pub struct InteractionWriter {
    encoder: Encoder,
}

impl InteractionWriter {
    /// The stage of this program.
    pub fn new(program: &Program) -> Self {
        Self {
            encoder: program.encoder.clone(),
        }
    }

    fn publish(&self, item: &Item, interaction: &Interaction) -> Result<Outgoing, WireError> {
        let key = interaction.interaction_id.to_string().into_bytes();
        self.encoder
            .encode(&INTERACTIONS, &item.org, &routing(item), key, interaction)
    }
}

impl ScopedStage for InteractionWriter {
    const NAME: &'static str = "interaction-writer";
    type In = Item;

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&LINKED_POSTS, &LINKED_MESSAGES]
    }

    fn decode(&self, record: &RawRecord, codec: &Codec) -> Result<Item, WireError> {
        codec.decode(record.value.as_deref().unwrap_or_default())
    }

    fn org<'a>(&self, item: &'a Item) -> &'a str {
        &item.org
    }

    async fn process(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Item],
    ) -> Result<Vec<Verdict>, StageError> {
        // A key's highest revision is the truth, and one statement touches a row once.
        let mut newest: HashMap<(&str, Uuid), i64> = HashMap::new();
        for item in batch {
            let revision = newest.entry((&item.org, item.item_id)).or_default();
            *revision = item.revision.max(*revision);
        }
        let mut seen = HashSet::new();
        let mut decisions: Vec<Decision> = Vec::with_capacity(batch.len());
        for item in batch {
            let key = (item.org.as_str(), item.item_id);
            let latest = newest[&key] == item.revision && seen.insert(key);
            decisions.push(if latest {
                decide(item)
            } else {
                Decision::Nothing("superseded")
            });
        }
        let recorded: Vec<Interaction> = decisions
            .iter()
            .filter_map(|decision| match decision {
                Decision::Record(interaction) => Some((**interaction).clone()),
                Decision::Nothing(_) => None,
            })
            .collect();
        let done: HashSet<Uuid> = pg::record(scope, &recorded).await?.into_iter().collect();
        changes::push(scope, &told(&recorded, &done)).await?;
        batch
            .iter()
            .zip(&decisions)
            .map(|(item, decision)| match decision {
                Decision::Record(i) if done.contains(&i.interaction_id) => {
                    Ok(Verdict::Emit(vec![self.publish(item, i)?]))
                }
                Decision::Record(_) => Ok(Verdict::Skip("already-recorded")),
                Decision::Nothing(reason) => Ok(Verdict::Skip(reason)),
            })
            .collect()
    }
}

// Whose interactions these are: panels that show them look again.
fn told(recorded: &[Interaction], done: &HashSet<Uuid>) -> Vec<Change> {
    let mut people: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for i in recorded.iter().filter(|i| done.contains(&i.interaction_id)) {
        people.entry(&i.org).or_default().insert(&i.person_id);
    }
    let of = |ids: BTreeSet<&str>| ids.into_iter().map(str::to_owned).collect();
    let told = people.into_iter();
    told.map(|(org, ids)| Change::of(org, PERSON, of(ids)))
        .collect()
}
