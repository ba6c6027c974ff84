//! The Account Activity envelope: `for_user_id` and arrays of events beside it.

use serde_json::value::RawValue;

use crate::body::Gathered;
use crate::events::{self, Fate};
use crate::fields::{Fields, elements};
use crate::split::{Notice, Unreadable};
use crate::stage::{About, Bytes, Origin, about};

pub fn gather(body: &Fields<'_>, gathered: &mut Gathered<'_>) {
    let account = body.id(&["for_user_id"]).unwrap_or_default();
    let users = body.raw("users").map(RawValue::get);
    let mut any = false;
    for (key, raw) in body.iter() {
        let Some(fate) = events::aaa(key) else {
            continue;
        };
        any = true;
        match fate {
            Fate::Unknown => gathered.bad(Unreadable::UnknownEvent, "an event that is not known"),
            Fate::Skipped(name) => {
                if name == "replay-status" {
                    let state = Fields::of(raw).text("job_state");
                    let complete = state.as_deref() == Some("Complete");
                    gathered.notice(Notice::ReplayEnded { complete });
                }
                gathered.skip(name, elements(raw).map_or(1, |events| events.len()));
            }
            Fate::Revoked => revoked(key, raw, gathered),
            _ if account.is_empty() => {
                gathered.bad(Unreadable::UnknownShape, "no for_user_id");
            }
            _ if gathered.origin().org.disowns(account) => {
                let what = "for_user_id is not an account of ours";
                gathered.bad(Unreadable::UnknownAccount, what);
            }
            _ => {
                let base = gathered.origin();
                let origin = Origin {
                    envelope: "aaa",
                    event: key,
                    account,
                    ..base
                };
                let context = users.filter(|_| fate == Fate::Message);
                array(fate, &origin, raw, context, gathered);
            }
        }
    }
    if !any {
        gathered.bad(
            Unreadable::UnknownShape,
            "no event of a kind that X documents",
        );
    }
}

fn array(
    fate: Fate,
    origin: &Origin<'_>,
    raw: &RawValue,
    context: Option<&str>,
    gathered: &mut Gathered<'_>,
) {
    let event = origin.event;
    let Some(elements) = elements(raw) else {
        gathered.bad(Unreadable::UnknownShape, format!("{event} is not an array"));
        return;
    };
    for (at, element) in elements.into_iter().enumerate() {
        match about(fate, &Fields::of(element)) {
            Some(about) => {
                gathered.add(
                    fate,
                    origin,
                    about,
                    Bytes {
                        payload: element.get(),
                        context,
                    },
                );
            }
            None => gathered.bad(Unreadable::UnknownShape, format!("{event}[{at}]: no id")),
        }
    }
}

fn revoked(key: &str, raw: &RawValue, gathered: &mut Gathered<'_>) {
    let Some(about) = about(Fate::Revoked, &Fields::of(raw)) else {
        gathered.bad(Unreadable::UnknownEvent, "user_event that is not known");
        return;
    };
    gathered.notice(Notice::Revoked);
    let account = match &about {
        About::Person { x_id } | About::Item { x_id, .. } => *x_id,
    };
    let base = gathered.origin();
    let origin = Origin {
        envelope: "aaa",
        event: key,
        account,
        ..base
    };
    gathered.add(
        Fate::Revoked,
        &origin,
        about,
        Bytes {
            payload: raw.get(),
            context: None,
        },
    );
}
