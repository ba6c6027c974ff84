//! Merge of profiles: newest observation wins, group by group (a profile event carries one field
//! and must not make the others look new).

use chrono::{DateTime, Utc};
use schemas::records::Profile;

/// What is known of a person; the row of `persons`.
#[derive(Debug, Clone, Default, PartialEq, sqlx::Type)]
#[sqlx(type_name = "person_row")]
pub struct Person {
    pub org: String,
    pub x_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub tweets: Option<i64>,
    pub verified: Option<bool>,
    pub verified_type: Option<String>,
    pub protected: Option<bool>,
    pub joined_at: Option<DateTime<Utc>>,
    pub former_handles: Vec<String>,
    pub handle_at: Option<DateTime<Utc>>,
    pub name_at: Option<DateTime<Utc>>,
    pub avatar_at: Option<DateTime<Utc>>,
    pub bio_at: Option<DateTime<Utc>>,
    pub counts_at: Option<DateTime<Utc>>,
    pub location_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    pub verified_type_at: Option<DateTime<Utc>>,
    pub protected_at: Option<DateTime<Utc>>,
}

/// The person after a profile was observed. Each group of fields that X tells together has its
/// own time, so that an event about one field does not make the others look new.
pub fn observe(person: &mut Person, seen: &Profile) {
    let at = seen.observed_at;
    handle(person, seen, at);
    let p = person;
    newest(&mut p.name, &mut p.name_at, seen.name.as_ref(), at);
    newest(
        &mut p.avatar_url,
        &mut p.avatar_at,
        seen.avatar_url.as_ref(),
        at,
    );
    newest(
        &mut p.description,
        &mut p.bio_at,
        seen.description.as_ref(),
        at,
    );
    newest(
        &mut p.location,
        &mut p.location_at,
        seen.location.as_ref(),
        at,
    );
    counts(p, seen, at);
    newest(
        &mut p.verified,
        &mut p.verified_at,
        seen.verified.as_ref(),
        at,
    );
    newest(
        &mut p.verified_type,
        &mut p.verified_type_at,
        seen.verified_type.as_ref(),
        at,
    );
    newest(
        &mut p.protected,
        &mut p.protected_at,
        seen.protected.as_ref(),
        at,
    );
    p.joined_at = p.joined_at.max(seen.joined_at);
}

// Every handle but the current one is a former one, whichever was seen first. Handles do not
// know case, and former ones are kept in small letters, so that a change of case is no change.
fn handle(person: &mut Person, seen: &Profile, at: DateTime<Utc>) {
    let before = person.handle.clone();
    newest(
        &mut person.handle,
        &mut person.handle_at,
        seen.handle.as_ref(),
        at,
    );
    let current = person.handle.as_ref().map(|h| h.to_ascii_lowercase());
    let both = [before.as_ref(), seen.handle.as_ref()];
    for old in both.into_iter().flatten().map(|h| h.to_ascii_lowercase()) {
        if let Err(place) = person.former_handles.binary_search(&old) {
            person.former_handles.insert(place, old);
        }
    }
    person
        .former_handles
        .retain(|old| Some(old) != current.as_ref());
}

// X tells the three together; they are of one moment or they are not comparable.
fn counts(person: &mut Person, seen: &Profile, at: DateTime<Utc>) {
    let new = (seen.followers, seen.following, seen.tweets);
    let known = (person.followers, person.following, person.tweets);
    if new != (None, None, None) && (Some(at), new) > (person.counts_at, known) {
        (person.followers, person.following, person.tweets) = new;
        person.counts_at = Some(at);
    }
}

// Newest wins; at the same moment the greater, so that the order of arrival does not matter.
fn newest<T: Clone + Ord>(
    known: &mut Option<T>,
    known_at: &mut Option<DateTime<Utc>>,
    seen: Option<&T>,
    at: DateTime<Utc>,
) {
    if seen.is_some() && (Some(at), seen) > (*known_at, known.as_ref()) {
        *known = seen.cloned();
        *known_at = Some(at);
    }
}
