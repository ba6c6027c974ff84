//! A line of the filtered stream, which its webhook sends as a body: one post, and beside it what
//! is needed to read it. So the payload is the whole body.

use schemas::Kind;

use crate::body::Gathered;
use crate::events::Fate;
use crate::fields::Fields;
use crate::split::{Fetched, Unreadable};
use crate::stage::{Bytes, Origin, about};

pub fn is_line(body: &Fields<'_>) -> bool {
    body.raw("matching_rules").is_some() && body.raw("data").is_some()
}

pub fn gather(body: &Fields<'_>, whole: &[u8], gathered: &mut Gathered<'_>) {
    let post = body.object("data");
    let (Some(about), Ok(payload)) = (about(Fate::PublicPost, &post), std::str::from_utf8(whole))
    else {
        gathered.bad(Unreadable::UnknownShape, "data: no id");
        return;
    };
    let base = gathered.origin();
    let origin = Origin {
        envelope: "v2",
        event: "tweet",
        account: account(&base, &post),
        ..base
    };
    let bytes = Bytes {
        payload,
        context: None,
    };
    gathered.add(Fate::PublicPost, &origin, about, bytes);
}

/// One object that was asked for: the account that asked is known.
pub fn gather_fetched(fetched: &Fetched<'_>, gathered: &mut Gathered<'_>) {
    let (fate, event) = match fetched.kind {
        Kind::Post => (Fate::PublicPost, "tweet"),
        Kind::Message => (Fate::Message, "dm_event"),
    };
    let object = Fields::of_bytes(fetched.envelope.as_bytes()).unwrap_or_default();
    let object = object.object("data");
    let Some(about) = about(fate, &object) else {
        gathered.bad(Unreadable::UnknownShape, "data: no id");
        return;
    };
    let base = gathered.origin();
    let origin = Origin { event, ..base };
    let bytes = Bytes {
        payload: fetched.envelope,
        context: None,
    };
    gathered.add(fate, &origin, about, bytes);
}

/// A rule names no account: ours that is answered, else mentioned, else the first.
fn account<'a>(origin: &Origin<'a>, post: &Fields<'_>) -> &'a str {
    let mentions = post.object("entities").list("mentions");
    let mentioned = mentions
        .into_iter()
        .filter_map(|mention| Fields::of(mention).id(&["id"]));
    let ours = |id: &str| origin.org.accounts.iter().find(|account| *account == id);
    let answered = post.id(&["in_reply_to_user_id"]);
    let named = answered.into_iter().chain(mentioned).find_map(ours);
    named
        .or(origin.org.accounts.first())
        .map_or("", String::as_str)
}
