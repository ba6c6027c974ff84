use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Panel;
use super::event::Who;
use super::person::PersonBrief;
use super::text::TextState;
use crate::http::csv;
use crate::pg::work::State;

/// A row of the list: one person's items in one conversation, or the reposts of one post.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadRow {
    pub id: String,
    pub kind: Panel,
    pub person: PersonBrief,
    /// Items of this row that the list counts; over all rows they add up to the tile.
    pub count: i64,
    /// Active items without a case.
    pub open: i64,
    /// Active items with a case.
    pub draft: i64,
    /// open, draft or closed: open if any active item is.
    pub status: String,
    /// Time of the oldest counted item.
    pub waiting_since: DateTime<Utc>,
    pub newest_at: DateTime<Utc>,
    /// Newest counted item.
    pub item_id: Uuid,
    pub post_type: Option<String>,
    /// X id of the post whose reposts these are. Who wrote it and what it says is the row's, as far
    /// as it is stored.
    pub repost_of: Option<String>,
    /// Text of the newest counted item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub text_state: TextState,
    pub lang: Option<String>,
    pub case_nos: Vec<i64>,
    pub customer_id: Option<Uuid>,
    /// In the list of a day's closed items: it has active items again.
    pub active_again: bool,
    /// When the newest closed item was closed, in lists of closed items.
    pub closed_at: Option<DateTime<Utc>>,
    /// Rule that closed it, where no person did.
    pub closed_rule: Option<String>,
    /// Only where the list is sorted by it.
    pub priority: Option<f64>,
    #[serde(flatten)]
    pub work: RowWork,
}

/// What colleagues have said of a row.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub struct RowWork {
    /// Who works on it.
    pub assignee: Option<Assignee>,
    /// It rests until then, or until the person writes again.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Ids of its labels, by their names.
    pub labels: Vec<Uuid>,
    /// Rule or colleague that hid it.
    pub hidden_by: Option<String>,
    /// Names of who has a draft there.
    pub draft_by: Vec<String>,
}

/// Whom a row was given to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Assignee {
    pub user_id: Uuid,
    pub name: String,
}

impl RowWork {
    /// As it is now, where the newest item of the row was received then.
    pub fn of(state: State, received_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let rests = state.snoozed_at >= received_at;
        Self {
            assignee: state.assignee.map(|user_id| Assignee {
                user_id,
                name: state.assignee_name.unwrap_or_default(),
            }),
            snoozed_until: state.snoozed_until.filter(|until| rests && now < *until),
            labels: state.labels,
            hidden_by: state.hidden_by,
            draft_by: state.draft_by,
        }
    }
}

impl csv::Row for ThreadRow {
    const HEAD: &'static [&'static str] = &[
        "id",
        "kind",
        "person_x_id",
        "handle",
        "count",
        "status",
        "waiting_since",
        "newest_at",
        "text",
        "case_nos",
        "customer_id",
    ];

    fn cells(&self) -> Vec<String> {
        let nos: Vec<String> = self.case_nos.iter().map(i64::to_string).collect();
        vec![
            self.id.clone(),
            format!("{:?}", self.kind).to_lowercase(),
            self.person.x_id.clone(),
            self.person.handle.clone().unwrap_or_default(),
            self.count.to_string(),
            self.status.clone(),
            self.waiting_since.to_rfc3339(),
            self.newest_at.to_rfc3339(),
            self.text.clone().unwrap_or_default(),
            nos.join(" "),
            self.customer_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ]
    }
}

/// The head of an opened row.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadHead {
    pub id: String,
    pub kind: Panel,
    /// The conversation at X; that of the original for reposts, if it is stored.
    pub conversation_id: Option<String>,
    /// X id of the post whose reposts the row has.
    pub repost_of: Option<String>,
    /// Rises with every change of the row; also the ETag.
    pub version: i64,
    pub person: PersonBrief,
    pub open: i64,
    pub draft: i64,
    pub closed: i64,
    /// Oldest item that nobody has closed: what to answer first. No repost: it says nothing.
    pub target: Option<Uuid>,
    /// Newest item of the row: what Done may carry as `through`.
    pub newest: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub cases: Vec<CaseBrief>,
    /// Internal notes, oldest first; the newest 200.
    pub notes: Vec<Note>,
    /// Colleagues who look at it, the caller among them.
    pub presence: Vec<Who>,
    #[serde(flatten)]
    pub work: RowWork,
}

/// A case, as its chip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseBrief {
    pub case_id: Uuid,
    pub case_no: i64,
    pub status: String,
}

/// A note that only the team sees.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Note {
    pub note_id: Uuid,
    pub body: String,
    pub written_by: String,
    pub written_at: DateTime<Utc>,
}
