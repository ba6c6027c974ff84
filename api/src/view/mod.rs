//! What answers look like. Texts of private messages pass through [`text::Sight`] and nowhere
//! else.
#![expect(
    clippy::struct_field_names,
    reason = "they are names of columns and of JSON members"
)]

pub mod audit;
pub mod case;
pub mod config_version;
pub mod customer;
pub mod deletion;
pub mod draft;
pub mod event;
pub mod filter;
pub mod health;
pub mod item;
pub mod person;
pub mod quarantine;
pub mod reply;
pub mod row;
pub mod standing;
pub mod text;
pub mod user;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which of the two panels: public posts or private messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Panel {
    Feeds,
    Messages,
}

impl Panel {
    /// Kind of its items.
    pub fn item_kind(self) -> &'static str {
        match self {
            Self::Feeds => "post",
            Self::Messages => "message",
        }
    }

    pub fn of(kind: &str) -> Self {
        if kind == "message" {
            Self::Messages
        } else {
            Self::Feeds
        }
    }
}
