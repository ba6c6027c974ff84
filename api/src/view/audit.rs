use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::csv;

/// Who did or looked at what.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    pub audit_id: Uuid,
    /// `user:<id>`, `key:<name>`, or who worked at a terminal.
    pub actor: String,
    /// The user's name; else as `actor`.
    pub actor_name: String,
    pub action: String,
    pub subject: String,
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    pub at: DateTime<Utc>,
}

impl csv::Row for AuditEntry {
    const HEAD: &'static [&'static str] = &[
        "audit_id",
        "at",
        "actor",
        "actor_name",
        "action",
        "subject",
        "detail",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.audit_id.to_string(),
            self.at.to_rfc3339(),
            self.actor.clone(),
            self.actor_name.clone(),
            self.action.clone(),
            self.subject.clone(),
            self.detail.to_string(),
        ]
    }
}
