//! What desk commands call inside their transaction: the same locks in the same order, the same
//! link function, the same publishing. They never write a link column or a revision themselves.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use runtime::pg::outbox;
use runtime::{Encoder, Program, StageError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::pg::{jobs, links, persons};
use crate::replies;
use crate::world::{ItemKey, PersonKey, World};
use crate::{link, merge};

/// Items that one transaction links; a job continues with the rest.
pub const ITEMS_MAX: i64 = 1_000;

/// Persons and customers that a transaction holds.
#[derive(Debug, Clone)]
pub struct Locked {
    org: String,
    persons: Vec<String>,
}

impl Locked {
    /// Whether a person is held.
    pub fn holds(&self, person: &str) -> bool {
        // As the lock takes them, in id order.
        self.persons
            .binary_search_by(|held| held.as_str().cmp(person))
            .is_ok()
    }

    fn keys(&self) -> Vec<PersonKey> {
        self.persons
            .iter()
            .map(|person| (self.org.clone(), person.clone()))
            .collect()
    }

    fn items(&self, ids: &[Uuid]) -> Vec<ItemKey> {
        ids.iter().map(|id| (self.org.clone(), *id)).collect()
    }
}

/// What a change of links did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relinked {
    /// Items at a new revision.
    pub changed: usize,
    /// True if a job continues with further items: call [`continue_job`] after the commit.
    pub more: bool,
    /// Highest outbox sequence number.
    pub last_seq: Option<i64>,
}

/// Locks the persons in id order, with everybody attached to the same customers, then the
/// customers. A transient error means that the closure grew meanwhile: roll back, call again.
pub async fn lock(
    scope: &mut PgConnection,
    org: &str,
    people: &[&str],
    customers: &[Uuid],
) -> Result<Locked, StageError> {
    let wanted: Vec<String> = people.iter().map(|p| (*p).to_owned()).collect();
    let (closure, _) = links::closure(scope, org, &wanted, customers).await?;
    let keys: Vec<PersonKey> = closure
        .iter()
        .map(|p| (org.to_owned(), p.clone()))
        .collect();
    persons::lock(scope, &keys).await?;
    let (_, customers) = links::closure(scope, org, &wanted, customers).await?;
    links::lock_customers(scope, org, &customers).await?;
    // Only now can nobody be attached to these customers any more.
    let (now, _) = links::closure(scope, org, &wanted, &customers).await?;
    if now.iter().any(|person| !closure.contains(person)) {
        return Err(StageError::Transient(
            "the customer's accounts changed meanwhile".into(),
        ));
    }
    Ok(Locked {
        org: org.to_owned(),
        persons: closure,
    })
}

/// Runs the link function over the persons' items after a mapping or a case changed.
pub async fn relink(
    scope: &mut PgConnection,
    encoder: &Encoder,
    locked: &Locked,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let mut items: Vec<Uuid> = Vec::new();
    let mut more = false;
    for person in &locked.persons {
        more |= take_page(scope, locked, (person, Uuid::nil()), &mut items, now).await?;
    }
    relink_items(scope, encoder, locked, &items, more, now).await
}

// Adds a person's items to the page, as far as there is room; a job is noted for the rest.
async fn take_page(
    scope: &mut PgConnection,
    locked: &Locked,
    (person, after): (&str, Uuid),
    items: &mut Vec<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool, StageError> {
    let room = ITEMS_MAX - i64::try_from(items.len()).unwrap_or(ITEMS_MAX);
    let page = jobs::page(scope, &locked.org, person, after, room).await?;
    let more = i64::try_from(page.len()) == Ok(room);
    if more {
        let last = page.last().copied().unwrap_or(after);
        jobs::note(scope, &locked.org, person, last, now).await?;
    }
    items.extend(page);
    Ok(more)
}

async fn relink_items(
    scope: &mut PgConnection,
    encoder: &Encoder,
    locked: &Locked,
    items: &[Uuid],
    more: bool,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let mut world = World::load(scope, &locked.keys(), &locked.items(items)).await?;
    world.link(scope, now).await?;
    publish(scope, encoder, world, &[], more, now).await
}

async fn publish(
    scope: &mut PgConnection,
    encoder: &Encoder,
    world: World,
    touched: &[Uuid],
    more: bool,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let saved = world.save(scope, encoder, touched, now).await?;
    let out: Vec<_> = saved.out.into_iter().map(|(_, record)| record).collect();
    let last_seq = outbox::push(scope, &out).await?;
    Ok(Relinked {
        changed: out.len(),
        more,
        last_seq,
    })
}

/// Erases what was said in items of the locked persons, as a deletion on X does: ids and facts
/// stay, and whatever comes of them later fills nothing. Of ours what was written here goes too.
pub async fn erase(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, items): (&Locked, &[Uuid]),
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let keys = locked.items(items);
    let mut world = World::load(scope, &locked.keys(), &keys).await?;
    for key in &keys {
        if let Some(item) = world.item_mut(key) {
            merge::delete(item, now);
        }
    }
    replies::forget(scope, &world.items(&keys)).await?;
    publish(scope, encoder, world, &[], false, now).await
}

/// Forgets what was written to a person and is at rest; how many are still on their way to X.
pub async fn forget_replies(
    scope: &mut PgConnection,
    org: &str,
    person: &str,
) -> Result<i64, StageError> {
    Ok(crate::pg::replies::erase_to(scope, org, person).await?)
}

/// Forgets what a person's profile shows. Ids stay: mappings and cases hang on them.
pub async fn forget_profile(
    scope: &mut PgConnection,
    org: &str,
    person: &str,
) -> Result<(), StageError> {
    Ok(persons::forget(scope, org, person).await?)
}

/// A page of what a person said and of what our posts answered them, in id order, after `after`.
pub async fn items_of(
    scope: &mut PgConnection,
    org: &str,
    person: &str,
    after: Uuid,
) -> Result<Vec<Uuid>, StageError> {
    Ok(jobs::page(scope, org, person, after, ITEMS_MAX).await?)
}

/// Links an item to a case by hand, or with `None` unlinks it; either is sticky. The case must be
/// the person's or the customer's: the caller has checked.
pub async fn set_case(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, item): (&Locked, Uuid),
    case: Option<Uuid>,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let key = (locked.org.clone(), item);
    let mut world = World::load(scope, &locked.keys(), std::slice::from_ref(&key)).await?;
    if let Some(item) = world.item_mut(&key) {
        link::by_hand(item, case, by, now);
    }
    publish(scope, encoder, world, &[], false, now).await
}

/// The item that a new case was opened from gets it; call [`relink`] for the others.
pub async fn open_from(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, item): (&Locked, Uuid),
    case: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let key = (locked.org.clone(), item);
    let mut world = World::load(scope, &locked.keys(), std::slice::from_ref(&key)).await?;
    if let Some(item) = world.item_mut(&key) {
        link::opened_from(item, case, by, now);
    }
    publish(scope, encoder, world, &[], false, now).await
}

/// What X has of a reply, if it is stored already, gets the reply's case. A post of ours is a row of
/// our account, whose lock is not taken: the row itself is locked, and the link function decides
/// nothing for it. One that is stored only later finds its reply.
pub async fn join_reply(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, item): (&Locked, Uuid),
    case: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Relinked, StageError> {
    let key = (locked.org.clone(), item);
    let mut world = World::load(scope, &locked.keys(), std::slice::from_ref(&key)).await?;
    if let Some(item) = world
        .item_mut(&key)
        .filter(|item| replies::may_be_echo(item))
    {
        link::of_reply(item, case, by, now);
    }
    publish(scope, encoder, world, &[], false, now).await
}

/// Closes items (Done); gives those that were active and how they were published.
pub async fn close_items(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, items): (&Locked, &[Uuid]),
    by: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<Uuid>, Relinked), StageError> {
    work(scope, encoder, (locked, items), Some((by, now)), now).await
}

/// Reopens items; each gets the case it would have now.
pub async fn reopen_items(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, items): (&Locked, &[Uuid]),
    now: DateTime<Utc>,
) -> Result<(Vec<Uuid>, Relinked), StageError> {
    work(scope, encoder, (locked, items), None, now).await
}

async fn work(
    scope: &mut PgConnection,
    encoder: &Encoder,
    (locked, items): (&Locked, &[Uuid]),
    closed: Option<(&str, DateTime<Utc>)>,
    now: DateTime<Utc>,
) -> Result<(Vec<Uuid>, Relinked), StageError> {
    let changed = jobs::close(scope, &locked.org, items, closed).await?;
    let mut world = World::load(scope, &locked.keys(), &locked.items(&changed)).await?;
    world.link(scope, now).await?;
    let done = publish(scope, encoder, world, &changed, false, now).await?;
    Ok((changed, done))
}

/// Persons whose rows these items belong to; lock them before anything else.
pub async fn persons_of(
    scope: &mut PgConnection,
    org: &str,
    items: &[Uuid],
) -> Result<Vec<String>, StageError> {
    Ok(jobs::persons(scope, org, items).await?)
}

/// Continues the oldest job of an organisation with one page; false when there is none.
pub async fn continue_job(program: &Program, org: &str) -> Result<bool, StageError> {
    let now = program.clock.now();
    let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
    let Some((person, after)) = jobs::take(&mut scope, org).await? else {
        return Ok(false);
    };
    let locked = lock(&mut scope, org, &[&person], &[]).await?;
    let mut items = Vec::new();
    let more = take_page(&mut scope, &locked, (&person, after), &mut items, now).await?;
    relink_items(&mut scope, &program.encoder, &locked, &items, more, now).await?;
    scope.commit().await?;
    Ok(true)
}

/// Links persons again whose threads completed, where a case of the thread may now be told.
pub async fn relink_undecided(
    program: &Program,
    org: &str,
    persons: &BTreeSet<String>,
) -> Result<(), StageError> {
    let now = program.clock.now();
    for person in jobs::undecided(&program.pg, org, persons).await? {
        let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
        let locked = lock(&mut scope, org, &[&person], &[]).await?;
        relink(&mut scope, &program.encoder, &locked, now).await?;
        scope.commit().await?;
    }
    Ok(())
}
