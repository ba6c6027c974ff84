//! A reply as its row says it.

use chrono::{DateTime, Utc};
use schemas::{Kind, ids};
use uuid::Uuid;
use x_client::ids::{DmEventId, PostId, UserId};
use x_client::{PrivateText, PublicText};

use crate::decide::{Failure, State};
use crate::intent::{Act, Private, Public, to_of};

/// Weight that X's subscription allows a post: what was taken when it was written is taken now.
const WEIGHT_MAX: u32 = 25_000;

/// A row of `replies`, without its texts.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Organisation.
    pub org: String,
    /// Its id.
    pub reply_id: Uuid,
    /// `public`, `message`, `delete-post`, `delete-message`, `like` or `unlike`.
    pub kind: String,
    /// X user id of our account that acts.
    pub account: String,
    /// Row of the list, as in `notes.thread_key`.
    pub thread_key: String,
    /// Item answered, liked or deleted.
    pub item_id: Uuid,
    /// Who is answered.
    pub person_id: String,
    /// Their customer when it was written.
    pub customer_id: Option<Uuid>,
    /// The item's case when it was written.
    pub case_id: Option<Uuid>,
    /// Post, message, person or conversation that it is done to.
    pub target: String,
    /// Hash of the text's normal form.
    pub text_hash: Option<Vec<u8>>,
    /// Hash of its picture.
    pub media_sha256: Option<Vec<u8>>,
    /// What the picture shows.
    pub alt_text: String,
    /// Items that were closed with it.
    pub closes: Vec<Uuid>,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// `queued`, `sending`, `posted`, `failed`, `unknown` or `cancelled`.
    pub state: String,
    /// Not sent before.
    pub not_before: DateTime<Utc>,
    /// Why it waits: `undo`, `rate-limit`, `no-connection` or `account`.
    pub wait_reason: Option<String>,
    /// Its place among those that wait for the same.
    pub wait_place: Option<i32>,
    /// Calls begun.
    pub attempts: i32,
    /// When the first call began that may have had an effect.
    pub doubtful_since: Option<DateTime<Utc>>,
    /// When the last call began.
    pub started_at: Option<DateTime<Utc>>,
    /// How often X was looked at.
    pub looks: i32,
    /// Id at X, once it is there.
    pub x_id: Option<String>,
    /// Since when it is known to be there.
    pub posted_at: Option<DateTime<Utc>>,
    /// Who resolved it by hand.
    pub resolved_by: Option<String>,
    /// Why X does not have it.
    pub failure: Option<serde_json::Value>,
    /// When the row changed last.
    pub changed_at: DateTime<Utc>,
    /// Rises with each step.
    pub revision: i64,
}

impl Reply {
    /// Where it is.
    pub fn state(&self) -> State {
        // The table takes no other word.
        State::parse(&self.state).unwrap_or(State::Unknown)
    }

    /// Why X does not have it.
    pub fn failure(&self) -> Option<Failure> {
        let failure = self.failure.clone()?;
        serde_json::from_value(failure).ok()
    }

    /// Whether it writes something.
    pub fn writes(&self) -> bool {
        matches!(self.kind.as_str(), "public" | "message")
    }

    /// The item that it is at X: known before X's echo comes.
    pub fn posted_item(&self) -> Option<Uuid> {
        let kind = match self.kind.as_str() {
            "public" => Kind::Post,
            "message" => Kind::Message,
            _ => return None,
        };
        let x_id = self.x_id.as_deref()?;
        Some(ids::item(&self.org, kind, x_id))
    }

    /// Calls begun.
    pub(crate) fn attempts(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or_default()
    }
}

/// The texts and people of a row, each in the column of its kind.
#[derive(Debug, Default)]
pub struct Body {
    pub public_text: Option<String>,
    pub private_text: Option<String>,
    pub exclude: Vec<String>,
    pub summoned: bool,
}

/// What a row asks for, in its type; none for a row that says what no row of ours can. The private
/// column is read for a private act alone.
pub fn act(reply: &Reply, body: Body) -> Option<Act> {
    let target = reply.target.as_str();
    Some(match reply.kind.as_str() {
        "public" => Act::Public(Public {
            text: PublicText::addressed(body.public_text?, &[], WEIGHT_MAX).ok()?,
            target: PostId::new(target).ok()?,
            exclude: body
                .exclude
                .into_iter()
                .map(UserId::new)
                .collect::<Result<_, _>>()
                .ok()?,
            summoned: body.summoned,
        }),
        "message" => Act::Private(Private {
            text: match body.private_text {
                Some(text) => Some(PrivateText::new(text).ok()?),
                None => None,
            },
            to: to_of(target)?,
        }),
        "delete-post" => Act::DeletePost(PostId::new(target).ok()?),
        "delete-message" => Act::DeleteMessage(DmEventId::new(target).ok()?),
        "like" => Act::Like(PostId::new(target).ok()?),
        "unlike" => Act::Unlike(PostId::new(target).ok()?),
        _ => return None,
    })
}
