use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What was said in an item and is gone, place by place.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    pub item_id: Uuid,
    pub kind: String,
    /// Its id at X.
    pub x_id: String,
    pub deleted_at: DateTime<Utc>,
    /// Every place has forgotten it.
    pub complete: bool,
    pub places: Vec<Place>,
}

/// A place that held the text, a name or a picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct Place {
    /// Table, topic without prefix, or directory.
    pub name: String,
    pub how: How,
    /// Of the record that erases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// Of the record that erases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// When it was erased, or the record that erases was written; none while that is pending.
    pub erased_at: Option<DateTime<Utc>>,
    /// Nothing of it is on disk from then on; none while erasing is pending.
    pub gone_by: Option<DateTime<Utc>>,
}

/// How a place forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The row holds ids and facts only.
    Row,
    /// The file is removed.
    File,
    /// The log keeps the newest record of the key: the one that erases.
    Compaction,
    /// The log keeps a record for a time.
    Retention,
}
