//! The one link function: which customer and which case an item has. Pure; the stage and the desk
//! both call it.

use chrono::{DateTime, Utc};
use schemas::Kind;
use schemas::records::Item;
use serde::Serialize;
use uuid::Uuid;

/// Version of the rules below, stored with each link.
pub const LINK_VERSION: i32 = 1;

/// A case that may concern a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub case_id: Uuid,
    pub open: bool,
    pub person_id: Option<String>,
    pub customer_id: Option<Uuid>,
    pub opened_at: DateTime<Utc>,
}

/// What the rules look at, for one item.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Customer that whom the item concerns is attached to.
    pub customer: Option<Uuid>,
    /// Cases of the person and of the customer, open ones at least.
    pub cases: &'a [Case],
    /// Cases that an item of the same thread has.
    pub in_thread: &'a [Uuid],
}

#[derive(Serialize)]
struct Inputs {
    open: Vec<Uuid>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thread: Vec<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Uuid>,
}

/// Sets the customer and, for an item that is not closed, the case. `now` is the stamp of a change.
///
/// The customer reaches every item. A case reaches inbound items that are not closed: the newest
/// open case with an item in this thread, else the only open case, else none. A link made by hand
/// stays; a case once linked stays, open or closed, unless the person no longer reaches it.
pub fn link(item: &mut Item, known: Known<'_>, now: DateTime<Utc>) {
    item.customer_id = known.customer;
    let by_hand = item
        .link_rule
        .as_deref()
        .is_some_and(|rule| rule.ends_with("by-hand"));
    let decides = item.direction.as_deref() == Some("inbound")
        && item.closed_at.is_none()
        && !group_message(item);
    if by_hand || !decides || item.case_id.is_some_and(|id| reachable(item, id, known)) {
        return;
    }
    let mut open: Vec<&Case> = known
        .cases
        .iter()
        .filter(|case| case.open && reaches(item, case, known))
        .collect();
    open.sort_by_key(|case| std::cmp::Reverse((case.opened_at, case.case_id)));
    // Only where there is a choice does the thread say anything.
    let in_thread: Vec<Uuid> = if open.len() > 1 {
        let ids = open.iter().map(|case| case.case_id);
        ids.filter(|id| known.in_thread.contains(id)).collect()
    } else {
        Vec::new()
    };
    let found = match (open.as_slice(), in_thread.first()) {
        ([only], _) => Some((only.case_id, "only-open-case")),
        (_, Some(newest)) => Some((*newest, "thread-case")),
        _ => None,
    };
    if found.map(|(case, _)| case) == item.case_id {
        return;
    }
    let inputs = Inputs {
        open: open.iter().map(|case| case.case_id).collect(),
        thread: in_thread,
        customer: known.customer,
    };
    record(item, found, serde_json::to_string(&inputs).ok(), None, now);
}

/// Takes over the link of another row of the same item, if this one was never linked or unlinked.
pub fn inherit(item: &mut Item, other: &Item) {
    item.had_case |= other.had_case;
    if item.link_version.is_none() {
        item.case_id = other.case_id;
        item.link_rule.clone_from(&other.link_rule);
        item.link_version = other.link_version;
        item.link_inputs.clone_from(&other.link_inputs);
        item.link_by.clone_from(&other.link_by);
        item.linked_at = other.linked_at;
    }
}

/// A link made by hand; `None` unlinks, and the item stays unlinked.
pub fn by_hand(item: &mut Item, case: Option<Uuid>, by: &str, now: DateTime<Utc>) {
    let rule = if case.is_some() {
        "by-hand"
    } else {
        "unlinked-by-hand"
    };
    record(item, case.map(|id| (id, rule)), None, Some(by), now);
    item.link_rule = Some(rule.to_owned());
}

/// The item that a case was opened from has that case.
pub fn opened_from(item: &mut Item, case: Uuid, by: &str, now: DateTime<Utc>) {
    record(item, Some((case, "opened-from-item")), None, Some(by), now);
}

/// What we wrote has the case of the intent that it came from.
pub fn of_reply(item: &mut Item, case: Uuid, by: &str, now: DateTime<Utc>) {
    record(item, Some((case, "reply")), None, Some(by), now);
}

fn record(
    item: &mut Item,
    found: Option<(Uuid, &str)>,
    inputs: Option<String>,
    by: Option<&str>,
    now: DateTime<Utc>,
) {
    item.case_id = found.map(|(case, _)| case);
    item.had_case |= item.case_id.is_some();
    item.link_rule = found.map(|(_, rule)| rule.to_owned());
    item.link_version = Some(LINK_VERSION);
    item.link_inputs = inputs;
    item.link_by = by.map(str::to_owned);
    item.linked_at = Some(now);
}

// Whose case a message of several people is about, nobody can tell.
fn group_message(item: &Item) -> bool {
    let pair = |id: &String| id.contains('-');
    item.kind == Kind::Message
        && item.recipient_x_id.is_none()
        && !item.conversation_id.as_ref().is_some_and(pair)
}

// Never another person's case.
fn reaches(item: &Item, case: &Case, known: Known<'_>) -> bool {
    case.person_id.as_deref() == Some(item.person_id.as_str())
        || (case.customer_id.is_some() && case.customer_id == known.customer)
}

fn reachable(item: &Item, id: Uuid, known: Known<'_>) -> bool {
    match known.cases.iter().find(|case| case.case_id == id) {
        Some(case) => reaches(item, case, known),
        // Closed long ago and not loaded: it stays.
        None => true,
    }
}
