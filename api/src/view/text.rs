//! Who sees which text.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::Caller;

/// Why a text is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextState {
    /// As it was written.
    Shown,
    /// X sent a cut text; the rest follows.
    Cut,
    /// Deleted on X.
    Deleted,
    /// A private message, and the key may not read those.
    Withheld,
    /// There is none yet.
    Unknown,
}

/// What a caller may read.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    pub messages: bool,
}

impl Sight {
    pub fn of(caller: &Caller) -> Self {
        Self {
            messages: caller.messages,
        }
    }

    /// Whether the words of an item of that kind may be given.
    pub fn sees(self, kind: &str) -> bool {
        self.messages || kind != "message"
    }

    /// The text of an item, if it may be given, and why not.
    pub fn text(
        self,
        kind: &str,
        text: String,
        deleted: bool,
        complete: bool,
    ) -> (Option<String>, TextState) {
        if deleted {
            (None, TextState::Deleted)
        } else if !self.sees(kind) {
            (None, TextState::Withheld)
        } else if complete {
            (Some(text), TextState::Shown)
        } else {
            (Some(text), TextState::Cut)
        }
    }
}
