//! What a transaction works on: people locked, then items, mappings and cases loaded in separate
//! statements, changed by pure rules, and what changed written once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use runtime::pg::changes;
use runtime::{Encoder, Outgoing, StageError};
use schemas::partition::concerns;
use schemas::records::{Enriched, Item};
use schemas::{Kind, ids};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::cases::Cases;
use crate::link::{Known, inherit, link};
use crate::merge;
use crate::people::{Person, observe};
use crate::pg::items::Stored;
use crate::pg::{aliases, items, links, persons, threads};
use crate::publish::publish;
use crate::replies::Echoes;
use crate::thread::{self, Place, Thread, Unsettled};
use crate::told::Told;

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
    // Rows that went into others, and into which.
    joined: Vec<(Stored, ItemKey)>,
    customers: HashMap<PersonKey, Uuid>,
    cases: Cases,
    in_thread: HashMap<(String, String), Vec<Uuid>>,
}

/// What a transaction has written.
#[derive(Default)]
pub struct Saved {
    /// What is to be published, in order, and the item on whose behalf.
    pub out: Vec<(ItemKey, Outgoing)>,
    /// Items whose thread, or whose children's thread, may complete after the commit.
    pub unsettled: Vec<Unsettled>,
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
            world.order.push(key.clone());
            world.items.insert(key, stored);
        }
        world.customers = links::customers(scope, people).await?;
        world.cases = world.load_cases(scope, people).await?;
        Ok(world)
    }

    async fn load_cases(
        &self,
        scope: &mut PgConnection,
        people: &[PersonKey],
    ) -> Result<Cases, StageError> {
        let customers: HashSet<ItemKey> = self
            .customers
            .iter()
            .map(|((org, _), id)| (org.clone(), *id))
            .collect();
        let customers: Vec<ItemKey> = customers.into_iter().collect();
        let linked = || self.items.values().map(|stored| &stored.item);
        let named: HashSet<ItemKey> = linked()
            .filter_map(|item| Some((item.org.clone(), item.case_id?)))
            .collect();
        let named: Vec<ItemKey> = named.into_iter().collect();
        let all = links::cases(scope, people, &customers, &named).await?;
        Ok(Cases::new(&all, people, &self.customers, linked()))
    }

    /// Takes one fact in.
    pub fn see(&mut self, key: &ItemKey, fact: &Enriched) {
        for profile in &fact.profiles {
            // Of others whom a post names no more is kept than what they write themselves: their
            // rows are not locked.
            if profile.x_id != fact.author_id && profile.x_id != fact.person_id {
                continue;
            }
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
        if let Some(stored) = self.items.get_mut(key) {
            merge::merge(&mut stored.item, fact);
            return;
        }
        let mut item = merge::sighting(fact);
        item.item_id = key.1;
        let place = Place::default();
        self.items.insert(key.clone(), Stored { item, place });
        self.order.push(key.clone());
    }

    /// Versions of one post that came before their edit history was known go into its row, with
    /// what the desk did to them.
    pub fn join_versions(&mut self) {
        for at in 0..self.order.len() {
            let key = self.order[at].clone();
            let Some(stored) = self.items.get(&key) else {
                continue;
            };
            let item = &stored.item;
            let later = item.version_ids.iter().filter(|v| **v != item.x_id);
            let later: Vec<Uuid> = later.map(|v| ids::item(&key.0, item.kind, v)).collect();
            for id in later {
                self.join(&key, &(key.0.clone(), id));
            }
        }
        let left = &self.items;
        self.order.retain(|key| left.contains_key(key));
    }

    fn join(&mut self, key: &ItemKey, other: &ItemKey) {
        if key == other {
            return;
        }
        let Some(other) = self.items.remove(other) else {
            return;
        };
        let new = !self.before.contains_key(key);
        if let Some(Stored { item, .. }) = self.items.get_mut(key) {
            merge::join(item, other.item.clone());
            inherit(item, &other.item);
            if new && item.closed_at.is_none() {
                item.closed_at = other.item.closed_at;
                item.closed_by.clone_from(&other.item.closed_by);
                item.closed_rule.clone_from(&other.item.closed_rule);
            }
        }
        self.joined.push((other, key.clone()));
    }

    /// Finds every parent and derives every thread, with what of them is in the batch or the table.
    pub async fn thread(&mut self, scope: &mut PgConnection) -> Result<(), StageError> {
        let first = self.first_versions(scope).await?;
        for stored in self.items.values_mut() {
            let named = thread::parent(&stored.item);
            // Where the conversation is known, nothing hangs on the parent.
            let open = named.filter(|_| stored.item.conversation_id.is_none());
            let key = open.map(|id| (stored.item.org.clone(), id));
            stored.place.parent = key.and_then(|key| first.get(&key).copied()).or(named);
        }
        let wanted: HashSet<ItemKey> = self
            .items
            .values()
            .filter(|s| s.item.conversation_id.is_none())
            .filter_map(|s| Some((s.item.org.clone(), s.place.parent?)))
            .filter(|key| !self.items.contains_key(key))
            .collect();
        let wanted: Vec<ItemKey> = wanted.into_iter().collect();
        let above: HashMap<ItemKey, Thread> = threads::of(scope, &wanted)
            .await?
            .into_iter()
            .map(|(org, id, thread)| ((org, id), thread))
            .collect();
        let item = |key: &ItemKey| {
            let stored = self.items.get(key)?;
            Some((&stored.item, stored.place.parent))
        };
        for (key, thread) in thread::derive(&self.order, item, &above) {
            if let Some(stored) = self.items.get_mut(&key) {
                stored.place.thread = thread;
            }
        }
        Ok(())
    }

    // Later versions of the posts that are answered, and the items that they belong to.
    async fn first_versions(
        &self,
        scope: &mut PgConnection,
    ) -> Result<HashMap<ItemKey, Uuid>, StageError> {
        let of = |org: String, x_id: &str, item: Uuid| {
            let version = ids::item(&org, Kind::Post, x_id);
            ((org, version), item)
        };
        let posts = || {
            self.items
                .values()
                .map(|s| &s.item)
                .filter(|i| i.kind == Kind::Post)
        };
        let named: HashSet<(String, Kind, String)> = posts()
            .filter_map(|i| Some((i.org.clone(), i.kind, i.parent_x_id.clone()?)))
            .collect();
        let named: Vec<_> = named.into_iter().collect();
        let mut first: HashMap<ItemKey, Uuid> = aliases::resolve(scope, &named)
            .await?
            .into_iter()
            .map(|(org, x_id, item)| of(org, &x_id, item))
            .collect();
        for item in posts() {
            let later = item.version_ids.iter().filter(|v| **v != item.x_id);
            first.extend(later.map(|v| of(item.org.clone(), v, item.item_id)));
        }
        Ok(first)
    }

    /// Runs the link function over every item.
    pub async fn link(
        &mut self,
        scope: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), StageError> {
        self.load_threads(scope).await?;
        let echoes = Echoes::of(scope, self.items.values().map(|stored| &stored.item)).await?;
        for key in &self.order {
            let Some(stored) = self.items.get_mut(key) else {
                continue;
            };
            let person = (key.0.clone(), stored.item.person_id.clone());
            let whose = (key.0.clone(), concerns(&stored.item).to_owned());
            let locked = |person: &PersonKey| self.people.contains_key(person);
            if whose == person && !person.1.is_empty() && !locked(&person) {
                let why = "the item's person became known meanwhile";
                return Err(StageError::Transient(why.into()));
            }
            let thread = (key.0.clone(), stored.place.thread.id.clone());
            let known = Known {
                // Where only counts came of an answer of ours, nobody has locked whom it answers.
                customer: if whose == person || locked(&whose) {
                    self.customers.get(&whose).copied()
                } else {
                    stored.item.customer_id
                },
                cases: self.cases.of(&person),
                in_thread: self.in_thread.get(&thread).map_or(&[], Vec::as_slice),
            };
            link(&mut stored.item, known, now);
            echoes.join(&mut stored.item, now);
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
                self.cases.of(&person).len() > 1
            })
            .map(|((org, _), s)| (org.clone(), s.place.thread.id.clone()))
            .collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        for (org, thread, case) in links::in_threads(scope, &wanted).await? {
            self.in_thread.entry((org, thread)).or_default().push(case);
        }
        Ok(())
    }

    /// Those of these items that are there.
    pub fn items(&self, keys: &[ItemKey]) -> Vec<&Item> {
        let found = keys.iter().filter_map(|key| self.items.get(key));
        found.map(|stored| &stored.item).collect()
    }

    /// One item, to be changed by hand.
    pub fn item_mut(&mut self, key: &ItemKey) -> Option<&mut Item> {
        self.items.get_mut(key).map(|stored| &mut stored.item)
    }

    /// Writes what changed, each at its next revision. `touched` names rows whose work columns
    /// were written already.
    pub async fn save(
        mut self,
        scope: &mut PgConnection,
        encoder: &Encoder,
        touched: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<Saved, StageError> {
        let mut saved = Saved::default();
        let mut told = Told::default();
        for (person, (_, changed)) in &self.people {
            if *changed {
                told.person(person);
            }
        }
        for (gone, _) in &self.joined {
            told.item(gone);
        }
        self.remove_joined(scope, encoder, &mut saved, now).await?;
        let mut rows: Vec<Stored> = Vec::new();
        for key in &self.order {
            let Some(mut stored) = self.items.remove(key) else {
                continue;
            };
            let before = self.before.get(key);
            saved.unsettled.extend(Unsettled::of(&stored, before));
            if before == Some(&stored) && !touched.contains(&key.1) {
                continue;
            }
            if let Some(before) = before {
                told.item(before);
            }
            told.item(&stored);
            stored.item.revision += 1;
            stored.item.recorded_at = now;
            let record = publish(encoder, &stored.item)?;
            saved.out.push((key.clone(), record));
            rows.push(stored);
        }
        rows.sort_by(|a, b| (&a.item.org, a.item.item_id).cmp(&(&b.item.org, b.item.item_id)));
        let (items, places): (Vec<Item>, Vec<Place>) =
            rows.into_iter().map(|row| (row.item, row.place)).unzip();
        if usize::try_from(items::save(scope, &items, &places).await?) != Ok(items.len()) {
            let why = "an item was made or changed meanwhile";
            return Err(StageError::Transient(why.into()));
        }
        self.restore_work(scope, items.as_slice()).await?;
        aliases::remember(scope, &aliases::of(&items)).await?;
        let changed = self.people.into_values().filter(|(_, changed)| *changed);
        let people: Vec<Person> = changed.map(|(person, _)| person).collect();
        persons::save(scope, &people).await?;
        changes::push(scope, &told.changes()).await?;
        Ok(saved)
    }

    async fn remove_joined(
        &mut self,
        scope: &mut PgConnection,
        encoder: &Encoder,
        saved: &mut Saved,
        now: DateTime<Utc>,
    ) -> Result<(), StageError> {
        let mut gone: Vec<ItemKey> = Vec::new();
        for (Stored { mut item, .. }, kept) in std::mem::take(&mut self.joined) {
            let key = (item.org.clone(), item.item_id);
            if !self.before.contains_key(&key) {
                continue;
            }
            merge::withdraw(&mut item);
            item.revision += 1;
            item.recorded_at = now;
            saved.out.push((kept, publish(encoder, &item)?));
            gone.push(key);
        }
        gone.sort_unstable();
        Ok(items::remove(scope, &gone).await?)
    }

    // A row that stands anew under the id of its first version brings what the desk did to it.
    async fn restore_work(
        &self,
        scope: &mut PgConnection,
        items: &[Item],
    ) -> Result<(), StageError> {
        let is_new = |item: &&Item| !self.before.contains_key(&(item.org.clone(), item.item_id));
        let closed = items.iter().filter(|item| item.closed_at.is_some());
        let moved: Vec<Item> = closed.filter(is_new).cloned().collect();
        Ok(items::restore_work(scope, &moved).await?)
    }
}
