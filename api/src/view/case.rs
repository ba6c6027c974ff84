use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::Note;
use super::text::{Sight, TextState};
use crate::http::csv;

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Case {
    pub case_id: Uuid,
    pub case_no: i64,
    /// open or closed.
    pub status: String,
    /// Text of the item that it was opened from, by reference: gone when X deletes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub description_state: TextState,
    /// Social.
    pub origin: String,
    /// Reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// low, medium, high or urgent.
    pub priority: String,
    pub follow_up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_code: Option<String>,
    /// The CSR's response, of a case created closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<Uuid>,
    pub opened_by: String,
    pub opened_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    pub revision: i64,
}

/// A case with its notes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseDetails {
    #[serde(flatten)]
    pub case: Case,
    /// Oldest first; the newest 200.
    pub notes: Vec<Note>,
}

/// A row of `cases`, with what its description refers to.
#[derive(Debug, Clone)]
pub struct CaseRow {
    pub case_id: Uuid,
    pub case_no: i64,
    pub status: String,
    pub description: String,
    pub origin: String,
    pub category: Option<String>,
    pub priority: String,
    pub follow_up: bool,
    pub resolution_code: Option<String>,
    pub resolution_description: Option<String>,
    pub item_id: Option<Uuid>,
    pub person_id: Option<String>,
    pub customer_id: Option<Uuid>,
    pub opened_by: String,
    pub opened_at: DateTime<Utc>,
    pub closed_by: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub revision: i64,
    pub item_kind: Option<String>,
    pub item_text: Option<String>,
    pub item_complete: Option<bool>,
    pub item_deleted: Option<bool>,
}

impl CaseRow {
    /// As a caller may see it.
    pub fn view(self, sight: Sight) -> Case {
        let kind = self.item_kind.as_deref();
        let (description, description_state) = match (kind, self.item_text) {
            (Some(kind), Some(text)) => sight.text(
                kind,
                text,
                self.item_deleted.unwrap_or_default(),
                self.item_complete.unwrap_or_default(),
            ),
            _ if self.description.is_empty() => (None, TextState::Unknown),
            // A case that came from elsewhere, without an item of ours.
            _ => (Some(self.description), TextState::Shown),
        };
        let sees = kind.is_none_or(|kind| sight.sees(kind));
        Case {
            case_id: self.case_id,
            case_no: self.case_no,
            status: self.status,
            description,
            description_state,
            origin: self.origin,
            category: self.category,
            priority: self.priority,
            follow_up: self.follow_up,
            resolution_code: self.resolution_code,
            resolution_description: self.resolution_description.filter(|_| sees),
            item_id: self.item_id,
            person_id: self.person_id,
            customer_id: self.customer_id,
            opened_by: self.opened_by,
            opened_at: self.opened_at,
            closed_by: self.closed_by,
            closed_at: self.closed_at,
            revision: self.revision,
        }
    }
}

impl csv::Row for Case {
    const HEAD: &'static [&'static str] = &[
        "case_no",
        "case_id",
        "status",
        "category",
        "priority",
        "follow_up",
        "resolution_code",
        "person_id",
        "customer_id",
        "opened_by",
        "opened_at",
        "closed_by",
        "closed_at",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.case_no.to_string(),
            self.case_id.to_string(),
            self.status.clone(),
            text(&self.category),
            self.priority.clone(),
            self.follow_up.to_string(),
            text(&self.resolution_code),
            text(&self.person_id),
            self.customer_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            self.opened_by.clone(),
            self.opened_at.to_rfc3339(),
            text(&self.closed_by),
            self.closed_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
        ]
    }
}

/// An interaction: ids and facts, never a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Interaction {
    pub interaction_id: Uuid,
    pub item_id: Uuid,
    /// x-post or x-message; other channels may write their own.
    pub channel: String,
    pub post_type: Option<String>,
    pub direction: String,
    pub person_id: String,
    pub customer_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub case_no: Option<i64>,
    /// case-linked or message.
    pub reason: String,
    pub likes: i64,
    /// X's time; the time of receipt while that is unknown.
    pub at: DateTime<Utc>,
}

impl csv::Row for Interaction {
    const HEAD: &'static [&'static str] = &[
        "interaction_id",
        "item_id",
        "at",
        "channel",
        "direction",
        "person_id",
        "customer_id",
        "case_no",
        "reason",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.interaction_id.to_string(),
            self.item_id.to_string(),
            self.at.to_rfc3339(),
            self.channel.clone(),
            self.direction.clone(),
            self.person_id.clone(),
            self.customer_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            self.case_no.map(|no| no.to_string()).unwrap_or_default(),
            self.reason.clone(),
        ]
    }
}
