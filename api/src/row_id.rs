//! The id of a row of the list: one person's posts in one conversation, or one conversation of
//! messages. Opaque in addresses, deterministic, and the key of the row's notes.

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
}

impl RowId {
    /// From the key: `p.<person>.<thread>` or `m.<thread>`.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once('.')? {
            ("m", thread) if !thread.is_empty() => Some(Self::Messages {
                thread: thread.to_owned(),
            }),
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
    pub fn of(kind: &str, person: &str, thread: &str) -> Self {
        if kind == "message" {
            Self::Messages {
                thread: thread.to_owned(),
            }
        } else {
            Self::Feed {
                person: person.to_owned(),
                thread: thread.to_owned(),
            }
        }
    }

    /// As it stands in tables.
    pub fn key(&self) -> String {
        match self {
            Self::Feed { person, thread } => format!("p.{person}.{thread}"),
            Self::Messages { thread } => format!("m.{thread}"),
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
            Self::Feed { .. } => "post",
            Self::Messages { .. } => "message",
        }
    }

    /// The conversation.
    pub fn thread(&self) -> &str {
        match self {
            Self::Feed { thread, .. } | Self::Messages { thread } => thread,
        }
    }

    /// The person whose row it is; a conversation of messages is one row whoever writes.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Feed { person, .. } => Some(person),
            Self::Messages { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_and_rubbish_does_not() {
        for row in [
            RowId::of("post", "30", "1900000000000000001"),
            RowId::of("message", "30", "4-30"),
        ] {
            assert_eq!(RowId::decode(&row.encode()), Some(row));
        }
        for key in ["", "p", "p.", "p.1", "p.1.", "p..2", "m.", "x.1.2", "m.\0"] {
            assert_eq!(RowId::decode(&URL_SAFE_NO_PAD.encode(key)), None, "{key:?}");
        }
        assert_eq!(RowId::decode("%%"), None);
    }
}
