//! What a transaction works on: people locked, then items, mappings and cases loaded in separate
//! statements, changed by pure rules, and what changed written once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use runtime::{Encoder, Outgoing, StageError};
use schemas::records::{Enriched, Item};
use schemas::{Kind, ids};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::link::{Case, Known, link};
use crate::merge;
use crate::people::{Person, observe};
use crate::pg::items::Stored;
use crate::pg::{aliases, items, links, persons, threads};
use crate::thread::{self, Thread};

/// Organisation and X id.
pub type PersonKey = (String, String);
/// Organisation and item.
pub type ItemKey = (String, Uuid);

/// The rows of one transaction, before and after.
#[derive(Default)]
pub struct World {
    people: HashMap<PersonKey, (Person, bool)>,
    before: HashMap<ItemKey, Stored>,
    items: HashMap<ItemKey, Stored>,
    order: Vec<ItemKey>,
    customers: HashMap<PersonKey, Uuid>,
    cases: HashMap<PersonKey, Vec<Case>>,
    in_thread: HashMap<(String, String), Vec<Uuid>>,
    parents: HashMap<ItemKey, Thread>,
}

impl World {
    /// Locks the people, then loads the items and all that links depend on.
    pub async fn load(
        scope: &mut PgConnection,
        people: &[PersonKey],
        wanted: &[ItemKey],
    ) -> Result<Self, StageError> {
        let mut world = Self::default();
        for person in persons::lock(scope, people).await? {
            let key = (person.org.clone(), person.x_id.clone());
            world.people.insert(key, (person, false));
        }
        for stored in items::load(scope, wanted).await? {
            let key = (stored.item.org.clone(), stored.item.item_id);
            world.before.insert(key.clone(), stored.clone());
            world.touch(key, stored);
        }
        world.customers = links::customers(scope, people).await?;
        world.load_cases(scope, people).await?;
        Ok(world)
    }

    async fn load_cases(
        &mut self,
        scope: &mut PgConnection,
        people: &[PersonKey],
    ) -> Result<(), StageError> {
        let mut customers: Vec<ItemKey> = self
            .customers
            .iter()
            .map(|((org, _), id)| (org.clone(), *id))
            .collect();
        customers.sort_unstable();
        customers.dedup();
        let named: Vec<ItemKey> = self
            .items
            .values()
            .filter_map(|s| Some((s.item.org.clone(), s.item.case_id?)))
            .collect();
        let cases = links::cases(scope, people, &customers, &named).await?;
        for key in people {
            let customer = self.customers.get(key);
            let of_person: Vec<Case> = cases
                .iter()
                .filter(|(org, case)| {
                    *org == key.0
                        && (case.person_id.as_ref() == Some(&key.1)
                            || (case.customer_id.is_some()
                                && case.customer_id.as_ref() == customer)
                            || named.contains(&(org.clone(), case.case_id)))
                })
                .map(|(_, case)| case.clone())
                .collect();
            if !of_person.is_empty() {
                self.cases.insert(key.clone(), of_person);
            }
        }
        Ok(())
    }

    fn touch(&mut self, key: ItemKey, stored: Stored) {
        if self.items.insert(key.clone(), stored).is_none() {
            self.order.push(key);
        }
    }

    /// Takes one fact in.
    pub fn see(&mut self, key: &ItemKey, fact: &Enriched) {
        for profile in &fact.profiles {
            let person = (fact.org.clone(), profile.x_id.clone());
            if let Some((known, changed)) = self.people.get_mut(&person) {
                let before = known.clone();
                observe(known, profile);
                *changed |= before != *known;
            }
        }
        if fact.fact == "profile" {
            return;
        }
        let known = self.items.get(key).cloned().unwrap_or_else(|| Stored {
            item: Item {
                item_id: key.1,
                ..merge::empty(fact)
            },
            thread: Thread::default(),
        });
        let item = merge::merge(&known.item, fact);
        self.touch(
            key.clone(),
            Stored {
                item,
                thread: known.thread,
            },
        );
    }

    /// Versions of one post that came before their edit history was known join its row.
    pub fn join_versions(&mut self) {
        let edited: Vec<ItemKey> = self
            .order
            .iter()
            .filter(|key| self.items[*key].item.version_ids.len() > 1)
            .cloned()
            .collect();
        for key in edited {
            let mut item = self.items[&key].item.clone();
            for version in item.version_ids.clone() {
                let other = (key.0.clone(), ids::item(&key.0, item.kind, &version));
                if other != key
                    && let Some(other) = self.items.get(&other)
                {
                    merge::absorb(&mut item, &other.item);
                }
            }
            if let Some(stored) = self.items.get_mut(&key) {
                stored.item = item;
            }
        }
    }

    /// Derives every thread, with the parents' threads from the batch or the table.
    pub async fn thread(&mut self, scope: &mut PgConnection) -> Result<(), StageError> {
        let wanted: Vec<ItemKey> = self
            .items
            .values()
            .filter(|s| s.item.conversation_id.is_none())
            .filter_map(|s| Some((s.item.org.clone(), thread::parent(&s.item)?)))
            .filter(|key| !self.items.contains_key(key))
            .collect();
        for (org, id, thread) in threads::of(scope, &wanted).await? {
            self.parents.insert((org, id), thread);
        }
        for key in self.order.clone() {
            let derived = self.derive(&key, 0);
            if let Some(stored) = self.items.get_mut(&key) {
                stored.thread = derived;
            }
        }
        Ok(())
    }

    // Follows parents inside the batch, to a depth that no honest chain of one batch exceeds.
    fn derive(&self, key: &ItemKey, depth: usize) -> Thread {
        const DEPTH_MAX: usize = 100;
        let Some(stored) = self.items.get(key) else {
            return Thread::default();
        };
        let parent = thread::parent(&stored.item).map(|id| (key.0.clone(), id));
        let parent = parent.and_then(|parent| match self.items.get(&parent) {
            Some(known) if known.item.direction.is_some() && depth < DEPTH_MAX => {
                Some(self.derive(&parent, depth + 1))
            }
            _ => self.parents.get(&parent).cloned(),
        });
        thread::of(&stored.item, parent.as_ref())
    }

    /// Runs the link function over every item.
    pub async fn link(
        &mut self,
        scope: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), StageError> {
        self.load_threads(scope).await?;
        for key in self.order.clone() {
            let Some(stored) = self.items.get_mut(&key) else {
                continue;
            };
            let person = (key.0.clone(), stored.item.person_id.clone());
            let thread = (key.0.clone(), stored.thread.id.clone());
            let known = Known {
                customer: self.customers.get(&person).copied(),
                cases: self.cases.get(&person).map_or(&[], Vec::as_slice),
                in_thread: self.in_thread.get(&thread).map_or(&[], Vec::as_slice),
            };
            link(&mut stored.item, known, now);
            if let Some(case) = stored.item.case_id {
                let of_thread = self.in_thread.entry(thread).or_default();
                if !of_thread.contains(&case) {
                    of_thread.push(case);
                }
            }
        }
        Ok(())
    }

    // Which cases a thread has matters only where a person has several to choose from.
    async fn load_threads(&mut self, scope: &mut PgConnection) -> Result<(), StageError> {
        let wanted: HashSet<(String, String)> = self
            .items
            .iter()
            .filter(|((org, _), s)| {
                let person = (org.clone(), s.item.person_id.clone());
                self.cases.get(&person).is_some_and(|cases| cases.len() > 1)
            })
            .map(|((org, _), s)| (org.clone(), s.thread.id.clone()))
            .collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        for (org, thread, case) in links::in_threads(scope, &wanted).await? {
            self.in_thread.entry((org, thread)).or_default().push(case);
        }
        for cases in self.in_thread.values_mut() {
            cases.sort_unstable();
        }
        Ok(())
    }

    /// One item, to be changed by hand.
    pub fn item_mut(&mut self, key: &ItemKey) -> Option<&mut Item> {
        self.items.get_mut(key).map(|stored| &mut stored.item)
    }

    /// Writes what changed, each at its next revision, and gives what is to be published.
    /// `touched` names rows whose work columns were written already.
    pub async fn save(
        &mut self,
        scope: &mut PgConnection,
        encoder: &Encoder,
        touched: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<Vec<(ItemKey, Outgoing)>, StageError> {
        let mut rows = Vec::new();
        let mut out = Vec::new();
        let mut versions: Vec<(String, Kind, String, Uuid)> = Vec::new();
        for key in &self.order {
            let Some(stored) = self.items.get_mut(key) else {
                continue;
            };
            let same = self.before.get(key).is_some_and(|before| {
                !merge::changed(&before.item, &stored.item) && before.thread == stored.thread
            });
            if same && !touched.contains(&key.1) {
                continue;
            }
            stored.item.revision += 1;
            stored.item.recorded_at = now;
            out.push((key.clone(), crate::publish::publish(encoder, &stored.item)?));
            let item = &stored.item;
            for version in item
                .version_ids
                .iter()
                .filter(|version| **version != item.x_id)
            {
                versions.push((key.0.clone(), item.kind, version.clone(), key.1));
            }
            rows.push(stored.clone());
        }
        rows.sort_by(|a, b| (&a.item.org, a.item.item_id).cmp(&(&b.item.org, b.item.item_id)));
        items::save(scope, &rows).await?;
        aliases::remember(scope, &versions).await?;
        let people: Vec<Person> = self
            .people
            .values()
            .filter(|(_, changed)| *changed)
            .map(|(p, _)| p.clone())
            .collect();
        persons::save(scope, &people).await?;
        Ok(out)
    }

    /// Items whose thread, or whose children's thread, may complete after the commit.
    pub fn unsettled(&self) -> impl Iterator<Item = &ItemKey> {
        self.order.iter().filter(|key| {
            let new = self
                .before
                .get(*key)
                .is_none_or(|before| before.item.direction.is_none());
            let stored = &self.items[*key];
            stored.item.kind == Kind::Post
                && stored.item.direction.is_some()
                && (new || stored.thread != self.before[*key].thread)
        })
    }
}
