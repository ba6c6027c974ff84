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
}

/// The person after a profile was observed.
pub fn observe(person: &mut Person, seen: &Profile) {
    let at = seen.observed_at;
    handle(person, seen, at);
    newest(
        &mut person.name,
        &mut person.name_at,
        seen.name.as_ref(),
        at,
    );
    newest(
        &mut person.avatar_url,
        &mut person.avatar_at,
        seen.avatar_url.as_ref(),
        at,
    );
    let bio = seen
        .description
        .clone()
        .map(|text| (text, seen.location.clone()));
    let mut known = person
        .description
        .clone()
        .map(|text| (text, person.location.clone()));
    newest(&mut known, &mut person.bio_at, bio.as_ref(), at);
    (person.description, person.location) = known
        .map_or((None, person.location.clone()), |(text, place)| {
            (Some(text), place)
        });
    if seen.followers.is_some() && Some(at) >= person.counts_at {
        let tie = Some(at) == person.counts_at;
        numbers(person, seen, tie);
        person.counts_at = Some(at);
    }
    person.joined_at = person.joined_at.max(seen.joined_at);
}

// A handle that was replaced is kept as a former one, whichever of the two was seen first.
fn handle(person: &mut Person, seen: &Profile, at: DateTime<Utc>) {
    let before = person.handle.clone();
    newest(
        &mut person.handle,
        &mut person.handle_at,
        seen.handle.as_ref(),
        at,
    );
    for old in [before, seen.handle.clone()].into_iter().flatten() {
        let current = person
            .handle
            .as_ref()
            .is_some_and(|now| now.eq_ignore_ascii_case(&old));
        if !current && let Err(place) = person.former_handles.binary_search(&old) {
            person.former_handles.insert(place, old);
        }
    }
    let current = person.handle.clone().unwrap_or_default();
    person
        .former_handles
        .retain(|old| !old.eq_ignore_ascii_case(&current));
}

fn numbers(person: &mut Person, seen: &Profile, tie: bool) {
    let pick = |known: Option<i64>, new: Option<i64>| {
        if tie { known.max(new) } else { new.or(known) }
    };
    person.followers = pick(person.followers, seen.followers);
    person.following = pick(person.following, seen.following);
    person.tweets = pick(person.tweets, seen.tweets);
    let flag = |known: Option<bool>, new: Option<bool>| {
        if tie { known.max(new) } else { new.or(known) }
    };
    person.verified = flag(person.verified, seen.verified);
    person.protected = flag(person.protected, seen.protected);
    if seen.verified_type.is_some() && (!tie || seen.verified_type > person.verified_type) {
        person.verified_type.clone_from(&seen.verified_type);
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
