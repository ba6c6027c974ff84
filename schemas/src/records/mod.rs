//! The Avro records, one Rust type for each schema of `avro/`, with the same names and docs.
//! Every type decodes with serde defaults, so a reader of this version reads what an older
//! or newer writer wrote.

mod care;
mod parts;
mod pipeline;
mod quarantine;

pub use care::{AccountLinked, CaseChanged, FeedWorked, ReplyStepped};
pub use parts::{
    Content, Counts, Entities, Media, MentionEntity, PriorityTerm, Profile, Sentiment, TagEntity,
    UrlEntity,
};
pub use pipeline::{Enriched, Interaction, Item, Received};
pub use quarantine::Quarantined;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record type that travels on a topic.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Full Avro name without the namespace.
    const NAME: &'static str;
    /// The schema, as committed.
    const SCHEMA: &'static str;
    /// Our own id for it in the Confluent frame, from [`crate::registry::IDS`].
    const SCHEMA_ID: u32;
}

macro_rules! record {
    ($type:ident, $name:literal, $id:literal) => {
        impl super::Record for $type {
            const NAME: &'static str = $name;
            const SCHEMA: &'static str = include_str!(concat!("../../avro/", $name, ".avsc"));
            const SCHEMA_ID: u32 = $id;
        }
    };
}
use record;
