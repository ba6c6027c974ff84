//! Reading private events. X has no `since_id` here: stop at the newest id that is known.

use super::answer::{Page, Raw};
use super::model::DmEvent;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Billed, Call};
use crate::ids::{DmConversationId, DmEventId, UserId};

/// Which private events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DmScope {
    /// All of the account, of 30 days.
    All,
    /// With one user.
    With(UserId),
    /// Of one conversation.
    Conversation(DmConversationId),
}

/// Which page. Pages are newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DmPage {
    /// Events of a page, 1 to 100; X's default is 100.
    pub max_results: Option<u32>,
    /// [`next_token`](super::Meta::next_token) of the page before.
    pub pagination_token: Option<String>,
    /// Only messages, not who joins and leaves.
    pub messages_only: bool,
}

impl Client {
    /// A page of private events.
    pub async fn dm_events(&self, scope: &DmScope, page: &DmPage) -> Result<Page<DmEvent>, Error> {
        let call = match scope {
            DmScope::All => Call::plain(Endpoint::DmEvents),
            DmScope::With(user) => Call::new(
                Endpoint::DmEventsWith,
                format!("/2/dm_conversations/with/{user}/dm_events"),
            ),
            DmScope::Conversation(id) => Call::new(
                Endpoint::DmEventsConversation,
                format!("/2/dm_conversations/{id}/dm_events"),
            ),
        };
        let call = call
            .query_if("max_results", page.max_results.map(|n| n.clamp(1, 100)))
            .query_if("pagination_token", page.pagination_token.as_ref())
            .query_if("event_types", page.messages_only.then_some("MessageCreate"));
        Page::read(&self.call(call.dm_fields().billed(Billed::DmEvents)).await?)
    }

    /// One private event.
    pub async fn dm_event(&self, id: &DmEventId) -> Result<Raw<DmEvent>, Error> {
        let call = Call::new(Endpoint::DmEventsGet, format!("/2/dm_events/{id}"));
        let answer = self.call(call.dm_fields().billed(Billed::DmEvents)).await?;
        let page: Page<DmEvent> = Page::read(&answer)?;
        page.items
            .into_iter()
            .next()
            .ok_or_else(|| answer.nothing())
    }
}
