//! `earshot delete`, and receipts: what was said in an item goes from every place that held it.

use chrono::{DateTime, TimeDelta, Utc};
use runtime::Program;
use runtime::pg::erasures;
use runtime::stage::StageError;
use schemas::topics::{Cleanup, Topic, enriched, linked, quarantine, raw};
use schemas::{Kind, ids};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::pg::{audit, deletions};
use crate::view::deletion::{How, Place, Receipt};

/// The text of a compacted topic is gone so long after the record that erases it: segment time,
/// compaction lag, the heartbeat that rolls the segment, the cleaner's turn.
const COMPACTED_WITHIN: TimeDelta = TimeDelta::hours(1);
/// A segment goes as a whole, and is looked at every few minutes.
const SEGMENT: TimeDelta = TimeDelta::minutes(70);

/// What to delete.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// The post or message of an X id.
    Item(&'a str),
    /// Everything that a person said, what we answered them, and their profile.
    Person(&'a str),
}

/// What a deletion erased.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Items, oldest id first.
    pub items: Vec<Uuid>,
    /// Replies to the person that are on their way to X: theirs is to be done again.
    pub on_the_way: i64,
}

/// Deletes as a deletion on X does.
pub async fn delete(
    program: &Program,
    org: &str,
    what: What<'_>,
    actor: &str,
) -> Result<Deleted, StageError> {
    match what {
        What::Item(x_id) => {
            let own = [Kind::Post, Kind::Message].map(|kind| ids::item(org, kind, x_id));
            let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
            let items = deletions::by_x_id(&mut scope, org, x_id, &own).await?;
            drop(scope);
            erase(program, org, &items, actor).await?;
            Ok(Deleted {
                items,
                on_the_way: 0,
            })
        }
        What::Person(person) => {
            let items = erase_all(program, org, person, actor).await?;
            let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
            case_linker::desk::lock(&mut scope, org, &[person], &[]).await?;
            case_linker::desk::forget_profile(&mut scope, org, person).await?;
            let on_the_way = case_linker::desk::forget_replies(&mut scope, org, person).await?;
            let detail = json!({"items": items.len()});
            let (who, done) = ((org, actor), ("delete.person", person));
            audit::write(&mut scope, who, done, &detail, program.clock.now()).await?;
            scope.commit().await?;
            Ok(Deleted { items, on_the_way })
        }
    }
}

async fn erase_all(
    program: &Program,
    org: &str,
    person: &str,
    actor: &str,
) -> Result<Vec<Uuid>, StageError> {
    let mut all = Vec::new();
    loop {
        let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
        let after = all.last().copied().unwrap_or(Uuid::nil());
        let page = case_linker::desk::items_of(&mut scope, org, person, after).await?;
        drop(scope);
        if page.is_empty() {
            return Ok(all);
        }
        erase(program, org, &page, actor).await?;
        all.extend(page);
    }
}

async fn erase(
    program: &Program,
    org: &str,
    items: &[Uuid],
    actor: &str,
) -> Result<(), StageError> {
    while let Err(error) = try_erase(program, org, items, actor).await {
        if !matches!(error, StageError::Transient(_)) {
            return Err(error);
        }
    }
    Ok(())
}

async fn try_erase(
    program: &Program,
    org: &str,
    items: &[Uuid],
    actor: &str,
) -> Result<(), StageError> {
    let now = program.clock.now();
    let mut scope = runtime::pg::begin(&program.pg, &[org]).await?;
    let people = case_linker::desk::persons_of(&mut scope, org, items).await?;
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let locked = case_linker::desk::lock(&mut scope, org, &people, &[]).await?;
    case_linker::desk::erase(&mut scope, &program.encoder, (&locked, items), now).await?;
    for item in items {
        let (who, subject) = ((org, actor), item.to_string());
        audit::write(&mut scope, who, ("delete.item", &subject), &json!({}), now).await?;
    }
    Ok(scope.commit().await?)
}

/// Where what was said in a deleted item stood, and until when. None where it is not deleted.
pub async fn receipt(
    connection: &mut PgConnection,
    org: &str,
    item_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Receipt>, sqlx::Error> {
    let Some(item) = deletions::of_item(connection, org, item_id).await? else {
        return Ok(None);
    };
    let kind = if item.kind == "message" {
        Kind::Message
    } else {
        Kind::Post
    };
    let mut written = erasures::of_key(connection, &item_id.to_string()).await?;
    written.retain(|(erasure, _)| erasure.topic == linked(kind).name);
    let written = written.pop();
    let written_at = written.as_ref().map(|(_, at)| *at);
    let mut places = vec![
        Place {
            erased_at: Some(item.recorded_at),
            gone_by: Some(item.recorded_at),
            ..place("items", How::Row)
        },
        Place {
            erased_at: (item.pictures == 0).then_some(item.recorded_at),
            gone_by: (item.pictures == 0).then_some(item.recorded_at),
            ..place("media.dir", How::File)
        },
        Place {
            partition: written.as_ref().map(|(erasure, _)| erasure.partition),
            offset: written.as_ref().map(|(erasure, _)| erasure.offset),
            erased_at: written_at,
            gone_by: written_at.map(|at| at + COMPACTED_WITHIN),
            ..place(linked(kind).name, How::Compaction)
        },
    ];
    if item.replies > 0 {
        let gone = (item.replies_left == 0).then_some(item.recorded_at);
        places.push(Place {
            erased_at: gone,
            gone_by: gone,
            ..place("replies", How::Row)
        });
    }
    for topic in [raw(kind), enriched(kind), quarantine(kind)] {
        places.push(Place {
            gone_by: written_at.map(|at| at + lasts(topic) + SEGMENT),
            ..place(topic.name, How::Retention)
        });
    }
    let gone = |place: &Place| place.gone_by.is_some_and(|by| by <= now);
    Ok(Some(Receipt {
        item_id,
        kind: item.kind,
        x_id: item.x_id,
        deleted_at: item.deleted_at,
        complete: places.iter().all(gone),
        places,
    }))
}

fn place(name: &str, how: How) -> Place {
    Place {
        name: name.to_owned(),
        how,
        partition: None,
        offset: None,
        erased_at: None,
        gone_by: None,
    }
}

fn lasts(topic: &Topic) -> TimeDelta {
    match topic.cleanup {
        Cleanup::DeleteAfterHours(hours) => TimeDelta::hours(i64::from(hours)),
        Cleanup::Compact => TimeDelta::zero(),
    }
}
