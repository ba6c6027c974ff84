use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that could not be handled and is kept whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedRecord {
    pub id: String,
    pub quarantined_at: DateTime<Utc>,
    /// Who could not handle it.
    pub stage: String,
    /// Why, in a word.
    pub reason: String,
    /// Why, in full. Null for private messages without the permission to read them.
    pub detail: Option<String>,
    /// Topic or source it came from.
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Bytes of it.
    pub bytes: usize,
    /// Whether it can be sent again from here.
    pub replayable: bool,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    pub id: String,
    /// Topic it was sent to again.
    pub topic: String,
}
