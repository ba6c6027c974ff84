//! What could not be handled.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::record;

/// What could not be handled, whole, with its provenance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quarantined {
    /// Organisation; empty where even that could not be read.
    pub org: String,
    /// Topic that the record was read from; empty for a delivery that never became a record.
    pub topic: String,
    /// Partition of it; -1 for a delivery.
    pub partition: i32,
    /// Offset of it; -1 for a delivery.
    pub offset: i64,
    /// Key of the record.
    #[serde(with = "apache_avro::serde::bytes_opt")]
    pub key: Option<Vec<u8>>,
    /// Bytes of the record or body, unchanged.
    #[serde(with = "apache_avro::serde::bytes")]
    pub value: Vec<u8>,
    /// Schema id of the frame, if it had one.
    pub schema_id: Option<i32>,
    /// Program that gave up.
    pub stage: String,
    /// Reason from the list of that stage.
    pub reason: String,
    /// What exactly was wrong; no text of a message.
    pub detail: String,
    /// When.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub quarantined_at: DateTime<Utc>,
}

record!(Quarantined, "Quarantined", 1_000_009);
