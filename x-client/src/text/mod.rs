//! The rules of text: how long it is in X's eyes, links and mentions in it, and the form in which two
//! texts are compared. All pure.

#[cfg(test)]
mod conformance;
mod emoji;
mod mention;
mod normal;
mod url;
mod weight;

use std::fmt;

pub use mention::{Mention, leading_mentions, mentions};
pub use normal::{ExpandedUrl, normal_form, unescaped};
pub use url::{Url, urls};
pub use weight::{POST_WEIGHT_MAX, Weight, weigh, weigh_reply};

/// Characters of a private message.
pub const DM_CHARS_MAX: usize = 10_000;

/// A text that cannot be sent. Does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing to send.
    #[error("the text is empty")]
    Empty,
    /// Too long for a post.
    #[error("the text weighs {weight}, a post may weigh {max}")]
    Weight {
        /// It weighs.
        weight: u32,
        /// It may weigh.
        max: u32,
    },
    /// Too long for a message.
    #[error("the text has {chars} characters, a message may have {DM_CHARS_MAX}")]
    Length {
        /// It has.
        chars: usize,
    },
    /// It has U+FFFE, U+FEFF or U+FFFF.
    #[error("the text has a character that X does not take (U+{0:04X})")]
    Character(u32),
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Debug does not show it.
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }

    };
}

// Neither turns into a `String`: so `PublicText::new` takes no `PrivateText`.
text! {
    /// A text that everybody may read. A private one is not taken:
    ///
    /// ```compile_fail,E0277
    /// use x_client::{PrivateText, PublicText};
    ///
    /// fn leak(private: PrivateText) {
    ///     let _ = PublicText::new(private);
    /// }
    /// ```
    PublicText
}
text! {
    /// A text for its recipient alone.
    PrivateText
}

impl PublicText {
    /// Takes a text that a post may have: not empty, and within X's weight.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        Self::addressed(text, &[], POST_WEIGHT_MAX)
    }

    /// Takes a text of up to `weight_max` (accounts with X's subscription may post longer ones), not
    /// counting mentions that lead it of people whom the reply addresses anyway (handles without @).
    pub fn addressed(
        text: impl Into<String>,
        addressed: &[&str],
        weight_max: u32,
    ) -> Result<Self, TextError> {
        let text = text.into();
        let weight = weigh_reply(&text, addressed);
        check(&text, weight.invalid)?;
        if weight.weight > weight_max {
            return Err(TextError::Weight {
                weight: weight.weight,
                max: weight_max,
            });
        }
        Ok(Self(text))
    }

    /// Whether X will find a link in it, which costs more.
    pub fn has_link(&self) -> bool {
        !urls(&self.0).is_empty()
    }
}

impl PrivateText {
    /// Takes a text that a message may have.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        check(&text, weight::invalid(&text))?;
        let chars = text.chars().count();
        if chars > DM_CHARS_MAX {
            return Err(TextError::Length { chars });
        }
        Ok(Self(text))
    }
}

fn check(text: &str, invalid: Option<char>) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    invalid.map_or(Ok(()), |c| Err(TextError::Character(u32::from(c))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_text_is_weighed_without_the_mentions_of_those_addressed() {
        let text = format!("@someone @other {}", "x".repeat(280));
        assert!(
            PublicText::addressed(text.clone(), &["someone", "other"], POST_WEIGHT_MAX).is_ok()
        );
        assert!(PublicText::new(text).is_err());
        let error = PublicText::new("語".repeat(141)).unwrap_err();
        assert_eq!(
            error,
            TextError::Weight {
                weight: 282,
                max: 280
            }
        );
        assert!(PublicText::addressed("語".repeat(141), &[], 25_000).is_ok());
    }

    #[test]
    fn what_neither_takes() {
        assert_eq!(PublicText::new(" \n"), Err(TextError::Empty));
        assert_eq!(PrivateText::new(""), Err(TextError::Empty));
        assert_eq!(
            PublicText::new("a\u{FEFF}"),
            Err(TextError::Character(0xFEFF))
        );
        assert_eq!(
            PrivateText::new("\u{FFFF}a"),
            Err(TextError::Character(0xFFFF))
        );
        assert!(PrivateText::new("😀".repeat(DM_CHARS_MAX)).is_ok());
        let chars = DM_CHARS_MAX + 1;
        assert_eq!(
            PrivateText::new("a".repeat(chars)),
            Err(TextError::Length { chars })
        );
    }

    #[test]
    fn texts_do_not_show_in_debug() {
        let text = PrivateText::new("my card is 4111").unwrap();
        assert_eq!(format!("{text:?}"), "PrivateText(15 bytes)");
    }
}
