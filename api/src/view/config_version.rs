use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A configuration that was in force, or was refused. Two that look alike differ in a secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigVersion {
    pub version_id: Uuid,
    /// When it last came into force or was refused. The newest accepted one is in force.
    pub at: DateTime<Utc>,
    /// When it first did.
    pub first_at: DateTime<Utc>,
    /// Where it came from, as `org_source` says it.
    pub source: String,
    pub accepted: bool,
    /// Why it was refused, as far as it concerns the organisation. Never a value.
    pub reason: Option<String>,
    /// Every setting in the names of the file; `***` stands for a secret. Null if it was refused.
    #[schema(value_type = Option<Object>)]
    pub organisation: Option<serde_json::Value>,
}
