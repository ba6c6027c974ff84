//! The X Activity envelope: `data`, one event or an array of them.

use serde_json::value::RawValue;

use crate::body::Gathered;
use crate::events::{self, Fate};
use crate::fields::{Fields, elements};
use crate::split::{Notice, Unreadable};
use crate::stage::{About, Bytes, Origin, about};

pub fn gather(body: &Fields<'_>, gathered: &mut Gathered<'_>) {
    let Some(data) = body.raw("data") else { return };
    let events = elements(data).unwrap_or_else(|| vec![data]);
    for (at, event) in events.into_iter().enumerate() {
        if let Err((reason, what)) = one(event, gathered) {
            gathered.bad(reason, format!("data[{at}]: {what}"));
        }
    }
}

fn one(data: &RawValue, gathered: &mut Gathered<'_>) -> Result<(), (Unreadable, &'static str)> {
    let fields = Fields::of(data);
    let Some(event) = fields.text("event_type") else {
        return Err((Unreadable::UnknownShape, "no event_type"));
    };
    let fate = match events::xaa(&event) {
        Fate::Unknown => return Err((Unreadable::UnknownEvent, "event_type that is not known")),
        Fate::Skipped(name) => {
            gathered.skip(name, 1);
            return Ok(());
        }
        fate => fate,
    };
    let base = gathered.origin();
    let account = fields.object("filter").id(&["user_id"]).unwrap_or_default();
    let public = matches!(fate, Fate::PublicPost | Fate::Profile | Fate::Revoked);
    if !public && !account.is_empty() && base.org.disowns(account) {
        return Err((
            Unreadable::UnknownAccount,
            "filter.user_id is not an account of ours",
        ));
    }
    let payload = fields.object("payload");
    let about = match fate {
        Fate::Profile if !account.is_empty() => Some(About::Person { x_id: account }),
        Fate::Profile => None,
        Fate::Message => match payload.list("direct_message_events").first() {
            Some(first) => about(fate, &Fields::of(first)),
            None => about(fate, &payload),
        },
        _ => about(fate, &payload),
    };
    let about = about.ok_or((Unreadable::UnknownShape, "no id in payload"))?;
    let account = match (&about, fate) {
        (About::Person { x_id }, Fate::Revoked) => {
            gathered.notice(Notice::Revoked);
            x_id
        }
        _ => account,
    };
    let origin = Origin {
        envelope: "xaa",
        event: &event,
        account,
        ..base
    };
    gathered.add(
        fate,
        &origin,
        about,
        Bytes {
            payload: data.get(),
            context: None,
        },
    );
    Ok(())
}
