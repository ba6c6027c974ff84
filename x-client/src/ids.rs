//! X's ids, each of its own type, so that none can stand where another is meant. They are texts:
//! a number of 19 digits does not survive every reader of JSON. An id that was read from an answer
//! has the form that X documents, so it can stand in a path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Digits of an X id.
const DIGITS_MAX: usize = 19;
/// Characters of a handle.
const HANDLE_CHARS_MAX: usize = 15;
/// Characters of an id without a documented form.
const TOKEN_CHARS_MAX: usize = 64;

/// A text that is not the id it should be. The text itself is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} of X: expected {form}")]
pub struct IdError {
    kind: &'static str,
    form: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $form:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Takes a text that has the form of a ", $kind, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if $check(&text) {
                    Ok(Self(text))
                } else {
                    Err(IdError { kind: $kind, form: $form })
                }
            }

            /// As X writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    };
}

id!(
    /// A post, of one version of its edit history.
    PostId, "post id", "1 to 19 digits", digits
);
id!(
    /// A user: the key that stays when the handle changes.
    UserId, "user id", "1 to 19 digits", digits
);
id!(
    /// A handle without @. For display and look-up only: handles change owners.
    Handle, "handle", "1 to 15 letters, digits or _", handle
);
id!(
    /// An event of a private conversation.
    DmEventId, "DM event id", "1 to 19 digits", digits
);
id!(
    /// A private conversation: `<smaller user id>-<larger user id>`, or digits for a group.
    DmConversationId, "DM conversation id", "digits, or digits-digits", conversation
);
id!(
    /// Uploaded media that only a post may carry.
    PostMediaId, "media id", "1 to 19 digits", digits
);
id!(
    /// Uploaded media that only a private message may carry.
    DmMediaId, "media id", "1 to 19 digits", digits
);
id!(
    /// A registered webhook.
    WebhookId, "webhook id", "1 to 19 digits", digits
);
id!(
    /// A subscription of the X Activity API.
    SubscriptionId, "subscription id", "1 to 19 digits", digits
);
id!(
    /// A rule of the filtered stream.
    RuleId, "rule id", "1 to 19 digits", digits
);
id!(
    /// An open connection of a stream.
    ConnectionId, "connection id", "letters, digits, - or _", token
);

fn digits(text: &str) -> bool {
    (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn handle(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=HANDLE_CHARS_MAX).contains(&text.len()) && text.bytes().all(word)
}

fn conversation(text: &str) -> bool {
    match text.split_once('-') {
        Some((one, other)) => digits(one) && digits(other),
        None => digits(text),
    }
}

fn token(text: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=TOKEN_CHARS_MAX).contains(&text.len()) && text.bytes().all(fine)
}

impl DmConversationId {
    /// The conversation of two users: X writes the numerically smaller id first.
    pub fn of(one: &UserId, other: &UserId) -> Self {
        let key = |id: &UserId| (id.0.trim_start_matches('0').len(), id.0.clone());
        let (small, large) = if key(one) <= key(other) {
            (one, other)
        } else {
            (other, one)
        };
        Self(format!("{small}-{large}"))
    }

    /// Whether more than two people may be in it.
    pub fn is_group(&self) -> bool {
        !self.0.contains('-')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_forms_are_ids() {
        for good in ["1", "0", "1234567890123456789"] {
            assert!(PostId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "12345678901234567890", "-1", "1a", " 1", "1/../2", "١"] {
            assert!(PostId::new(bad).is_err(), "{bad}");
        }
        for good in ["1-2", "123456789012345"] {
            assert!(DmConversationId::new(good).is_ok(), "{good}");
        }
        for bad in ["1-", "-", "1-2-3", "a-b"] {
            assert!(DmConversationId::new(bad).is_err(), "{bad}");
        }
        assert!(Handle::new("under_score15").is_ok());
        assert!(Handle::new("@at").is_err());
        assert!(ConnectionId::new("1b4e28ba-2fa1-11d2-883f-0016d3cca427").is_ok());
        assert!(ConnectionId::new("a/b").is_err());
    }

    #[test]
    fn the_conversation_of_two_begins_with_the_smaller_number() {
        let id = |text: &str| UserId::new(text).unwrap();
        for (one, other, expected) in [
            ("9", "10", "9-10"),
            ("10", "9", "9-10"),
            ("21", "20", "20-21"),
        ] {
            assert_eq!(
                DmConversationId::of(&id(one), &id(other)).as_str(),
                expected
            );
        }
    }

    #[test]
    fn json_is_a_text_and_is_checked() {
        assert_eq!(
            serde_json::from_str::<UserId>("\"12\"").unwrap().as_str(),
            "12"
        );
        assert_eq!(
            serde_json::to_string(&UserId::new("12").unwrap()).unwrap(),
            "\"12\""
        );
        let error = serde_json::from_str::<UserId>("\"../12\"")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("not a user id of X: expected 1 to 19 digits"),
            "{error}"
        );
        assert!(serde_json::from_str::<UserId>("12").is_err());
    }
}
