//! What narrows a list of active items, as an address has it and as a saved view keeps it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Panel;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    All,
    /// Given to the caller.
    Mine,
    /// Given to nobody.
    Unassigned,
    /// With an open case.
    FollowUp,
    /// The case is closed, items are still active.
    CaseClosed,
    /// Resting; the list of all has them last.
    Snoozed,
    /// Hidden; the list of all has them last.
    Hidden,
    /// A reply failed, or nobody knows whether it is on X; nothing was posted since.
    NotSent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Longest waiting first.
    Waiting,
    Newest,
    Priority,
}

/// What GET /threads is asked for; what is absent does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline, nullable = false)]
    pub view: Option<View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline, nullable = false)]
    pub kind: Option<Panel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline, nullable = false)]
    pub sort: Option<Order>,
    /// Words in text, handle or name of an item of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub q: Option<String>,
    /// Id of a user, or `none`: whom the row was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee: Option<String>,
    /// Id of a label of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<Uuid>,
    /// Handle or X id of our account that an item of the row came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handle: Option<String>,
    /// Language of an item of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
    /// With a picture in an item of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub has_image: Option<bool>,
}
