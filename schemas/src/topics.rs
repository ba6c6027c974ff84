//! The topics, as one table: name, record, key, partition rule, clean-up, privacy class.

use crate::Kind;
use crate::records::Record;

/// What decides the partition of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// `org/author_id`, or `org/x_id` where the author is unknown.
    Author,
    /// `org/conversation_id`.
    Conversation,
    /// `org/customer_id`, or `org/person_id` where a person is concerned.
    Customer,
    /// The partition that the record came from.
    Origin,
}

/// How a topic forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// Keeps the last value of each key.
    Compact,
    /// Keeps everything for so many hours.
    DeleteAfterHours(u32),
}

/// Who may read a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Texts of public posts.
    PublicText,
    /// Texts of private messages: analysts are kept out by an ACL on these names.
    PrivateText,
    /// Ids and facts only.
    Facts,
}

/// One topic.
#[derive(Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name without the configured prefix.
    pub name: &'static str,
    /// Avro name of its record.
    pub record: &'static str,
    /// What its key is.
    pub key: &'static str,
    /// What decides its partition.
    pub routing: Routing,
    /// How it forgets by default.
    pub cleanup: Cleanup,
    /// Who may read it.
    pub privacy: Privacy,
}

macro_rules! topics {
    ($($(#[doc = $doc:literal])+ $id:ident = $name:literal, $record:ident, $key:literal, $routing:ident, $cleanup:expr, $privacy:ident;)+) => {
        $($(#[doc = $doc])+ pub static $id: Topic = Topic {
            name: $name,
            record: <crate::records::$record as Record>::NAME,
            key: $key,
            routing: Routing::$routing,
            cleanup: $cleanup,
            privacy: Privacy::$privacy,
        };)+
        /// Every topic.
        pub static ALL: &[&Topic] = &[$(&$id),+];
    };
}

use Cleanup::{Compact, DeleteAfterHours};

topics! {
    /// Posts and their events as X sent them.
    RAW_POSTS = "x.raw.posts.v1", Received, "item_id", Author, DeleteAfterHours(24), PublicText;
    /// Messages and their events as X sent them; what is of unknown kind too.
    RAW_MESSAGES = "x.raw.messages.v1", Received, "item_id", Conversation, DeleteAfterHours(24), PrivateText;
    /// Normalised posts and later facts about them.
    ENRICHED_POSTS = "social.enriched.posts.v1", Enriched, "item_id", Author, DeleteAfterHours(24), PublicText;
    /// Normalised messages and later facts about them.
    ENRICHED_MESSAGES = "social.enriched.messages.v1", Enriched, "item_id", Conversation, DeleteAfterHours(24), PrivateText;
    /// The Feeds: whole post rows, links and work columns included.
    LINKED_POSTS = "social.linked.posts.v1", Item, "item_id", Author, Compact, PublicText;
    /// The Messages: whole message rows, links and work columns included.
    LINKED_MESSAGES = "social.linked.messages.v1", Item, "item_id", Conversation, Compact, PrivateText;
    /// Customer interactions.
    INTERACTIONS = "social.interactions.v1", Interaction, "interaction_id", Author, Compact, Facts;
    /// Social account mappings.
    ACCOUNTS = "care.accounts.v1", AccountLinked, "org/x_id", Customer, Compact, Facts;
    /// Cases.
    CASES = "care.cases.v1", CaseChanged, "case_id", Customer, Compact, Facts;
    /// What a CSR did to which item.
    FEEDS = "care.feeds.v1", FeedWorked, "item_id", Author, DeleteAfterHours(365 * 24), Facts;
    /// Steps of replies.
    REPLIES = "care.replies.v1", ReplyStepped, "reply_id", Author, DeleteAfterHours(90 * 24), Facts;
    /// Public records that could not be handled.
    QUARANTINE_POSTS = "earshot.quarantine.posts.v1", Quarantined, "item_id or none", Origin, DeleteAfterHours(7 * 24), PublicText;
    /// Private or unreadable records that could not be handled.
    QUARANTINE_MESSAGES = "earshot.quarantine.messages.v1", Quarantined, "item_id or none", Origin, DeleteAfterHours(7 * 24), PrivateText;
}

/// The raw topic of a kind.
pub const fn raw(kind: Kind) -> &'static Topic {
    match kind {
        Kind::Post => &RAW_POSTS,
        Kind::Message => &RAW_MESSAGES,
    }
}

/// The enriched topic of a kind.
pub const fn enriched(kind: Kind) -> &'static Topic {
    match kind {
        Kind::Post => &ENRICHED_POSTS,
        Kind::Message => &ENRICHED_MESSAGES,
    }
}

/// The linked topic of a kind: Feeds or Messages.
pub const fn linked(kind: Kind) -> &'static Topic {
    match kind {
        Kind::Post => &LINKED_POSTS,
        Kind::Message => &LINKED_MESSAGES,
    }
}

/// The quarantine of a kind; what could not be read counts as a message.
pub const fn quarantine(kind: Kind) -> &'static Topic {
    match kind {
        Kind::Post => &QUARANTINE_POSTS,
        Kind::Message => &QUARANTINE_MESSAGES,
    }
}

/// Subject of the value schema in a registry (topic name strategy).
pub fn subject(topic: &Topic) -> String {
    format!("{}-value", topic.name)
}
