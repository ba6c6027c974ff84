use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// What the user has written and not sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Draft {
    /// `item:<item_id>` (public reply), `thread:<thread_id>` (private message), `note:<thread_id>`.
    pub target: String,
    pub text: String,
    /// Picture that was uploaded for it.
    pub media_id: Option<String>,
    /// X ids of who is not addressed.
    pub exclude: Vec<String>,
    pub written_at: DateTime<Utc>,
}
