//! The id of a row of the list: one person's posts in one conversation, one conversation of
//! messages, or the reposts of one post. Opaque in addresses, deterministic, and the key of the
//! row's notes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// No id of ours is longer.
const BYTES_MAX: usize = 300;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowId {
    /// One person's posts in one conversation.
    Feed { person: String, thread: String },
    /// A conversation of private messages.
    Messages { thread: String },
    /// The reposts of one post, by its X id.
    Reposts { of: String },
}

impl RowId {
    /// From the key: `p.<person>.<thread>`, `m.<thread>` or `r.<post>`.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once('.')? {
            ("m", thread) if !thread.is_empty() => Some(Self::Messages {
                thread: thread.to_owned(),
            }),
            ("r", of) if !of.is_empty() => Some(Self::Reposts { of: of.to_owned() }),
            ("p", rest) => {
                let (person, thread) = rest.split_once('.')?;
                (!person.is_empty() && !thread.is_empty()).then(|| Self::Feed {
                    person: person.to_owned(),
                    thread: thread.to_owned(),
                })
            }
            _ => None,
        }
    }

    /// The row of an item.
    pub fn of(kind: &str, person: &str, thread: &str, repost_of: Option<&str>) -> Self {
        match (kind, repost_of) {
            ("message", _) => Self::Messages {
                thread: thread.to_owned(),
            },
            (_, Some(of)) => Self::Reposts { of: of.to_owned() },
            (_, None) => Self::Feed {
                person: person.to_owned(),
                thread: thread.to_owned(),
            },
        }
    }

    /// As it stands in tables.
    pub fn key(&self) -> String {
        match self {
            Self::Feed { person, thread } => format!("p.{person}.{thread}"),
            Self::Messages { thread } => format!("m.{thread}"),
            Self::Reposts { of } => format!("r.{of}"),
        }
    }

    /// As it stands in addresses.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key())
    }

    /// From an address; none for what this function's counterpart never wrote.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let key = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        if key.contains('\0') {
            return None;
        }
        Self::from_key(&key)
    }

    /// `post` or `message`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Feed { .. } | Self::Reposts { .. } => "post",
            Self::Messages { .. } => "message",
        }
    }

    /// The conversation that its items are in; each repost is in one of its own.
    pub fn thread(&self) -> Option<&str> {
        match self {
            Self::Feed { thread, .. } | Self::Messages { thread } => Some(thread),
            Self::Reposts { .. } => None,
        }
    }

    /// X id of the post that the items of the row repost.
    pub fn repost_of(&self) -> Option<&str> {
        match self {
            Self::Reposts { of } => Some(of),
            Self::Feed { .. } | Self::Messages { .. } => None,
        }
    }

    /// Where its items are, as `row_items` in PostgreSQL takes it: person and thread of posts, thread
    /// of messages, reposted post. What does not apply is empty.
    pub fn place(&self) -> [&str; 4] {
        match self {
            Self::Feed { person, thread } => [person, thread, "", ""],
            Self::Messages { thread } => ["", "", thread, ""],
            Self::Reposts { of } => ["", "", "", of],
        }
    }

    /// The places of many, column by column.
    pub fn places<'a>(rows: impl Iterator<Item = &'a Self>) -> [Vec<&'a str>; 4] {
        let mut columns = [const { Vec::new() }; 4];
        for row in rows {
            for (column, part) in columns.iter_mut().zip(row.place()) {
                column.push(part);
            }
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_and_rubbish_does_not() {
        for row in [
            RowId::of("post", "30", "1900000000000000001", None),
            RowId::of("message", "30", "4-30", None),
            RowId::of(
                "post",
                "30",
                "1900000000000000002",
                Some("1900000000000000001"),
            ),
        ] {
            assert_eq!(RowId::decode(&row.encode()), Some(row));
        }
        for key in [
            "", "p", "p.", "p.1", "p.1.", "p..2", "m.", "r.", "x.1.2", "m.\0",
        ] {
            assert_eq!(RowId::decode(&URL_SAFE_NO_PAD.encode(key)), None, "{key:?}");
        }
        assert_eq!(RowId::decode("%%"), None);
    }
}
