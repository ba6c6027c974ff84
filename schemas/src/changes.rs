//! Kinds of changes that open desks are told of, and how a row of the list is named in them.

use crate::Kind;

/// A row of the list: [`row`]. Told with the row's version; the figures of the tiles go with it.
pub const THREAD: &str = "thread";
/// A person on X, by X id: profile, customer, interactions.
pub const PERSON: &str = "person";
/// A case, by id; data: `version`.
pub const CASE: &str = "case";
/// A reply, by id; data: `thread` (the key of its row), `state`, `version`.
pub const REPLY: &str = "reply";
/// An account of the organisation, by X user id: what is known of its ways.
pub const CHANNEL: &str = "channel";
/// A saved view of the list, by id.
pub const VIEW: &str = "view";
/// Who looks at a row of the list: [`row`].
pub const PRESENCE: &str = "presence";
/// The rights of an actor, as it stands in the audit, are not what they were: its streams end.
pub const RIGHTS: &str = "rights";

/// Channel of PostgreSQL's NOTIFY: a command to a way of an account was written.
pub const CHANNEL_COMMANDS: &str = "earshot_channel_commands";

/// Key of a row of the list: one person's posts in one conversation, one conversation of messages
/// whoever writes, or the reposts of one post whoever reposts. As `row_key` in PostgreSQL.
pub fn row(kind: Kind, person: &str, thread: &str, repost_of: Option<&str>) -> String {
    match (kind, repost_of) {
        (Kind::Message, _) => format!("m.{thread}"),
        (Kind::Post, Some(original)) => format!("r.{original}"),
        (Kind::Post, None) => format!("p.{person}.{thread}"),
    }
}
