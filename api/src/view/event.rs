use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `data` of an event of the stream; the name of the event says which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Event {
    Thread(ThreadEvent),
    Person(PersonEvent),
    Case(CaseEvent),
    Reply(ReplyEvent),
    Presence(PresenceEvent),
    Channel(ChannelEvent),
    View(ViewEvent),
    Empty(EmptyEvent),
}

/// `thread`: a row of the list changed, or is not there any more.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadEvent {
    pub id: String,
    /// Of the whole row, as in its head; 0 if nothing is in it any more.
    pub version: i64,
    /// Rows of other people in the same conversation show it too; reposts are shown in none.
    pub conversation_id: Option<String>,
}

/// `person`: profile, customer or interactions of a person changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonEvent {
    pub x_id: String,
}

/// `case`: a case changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseEvent {
    pub case_id: String,
    pub version: i64,
}

/// `reply`: a reply made a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyEvent {
    pub reply_id: String,
    /// Thread id.
    pub thread: String,
    pub state: String,
    pub version: i64,
}

/// `presence`: who looks at a row now; nobody, if the list is empty.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresenceEvent {
    /// Thread id.
    pub thread: String,
    pub who: Vec<Who>,
}

/// `channel`: what is known of an account's ways changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelEvent {
    pub account: String,
}

/// `view`: a saved view of the list is new, changed or gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewEvent {
    pub view_id: String,
}

/// `tiles`, `reset`.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmptyEvent {}

/// What somebody does with a row; the later of two outweighs the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Looking {
    Idle,
    Viewing,
    Replying,
}

impl Looking {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Viewing => "viewing",
            Self::Replying => "replying",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Idle, Self::Viewing, Self::Replying]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Somebody who looks at a row, in one tab or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Who {
    pub user_id: String,
    pub name: String,
    #[schema(inline)]
    pub state: Looking,
}
