//! The calls, each a method of [`Client`](crate::Client), with their requests and answers.

mod account_activity;
mod activity;
mod answer;
mod connections;
mod envelope;
mod fields;
mod likes;
mod media;
mod messages;
mod model;
mod posts;
mod private_reads;
mod public_reads;
mod rules;
mod streams;
mod upload;
mod users;
mod webhooks;

pub use account_activity::{AccountActivityCount, AccountActivitySubscriptions};
pub use activity::{
    ActivitySubscription, ActivitySubscriptionChange, ActivitySubscriptions, EventFilter,
    NewActivitySubscription,
};
pub use answer::{Lookup, Meta, Page, Raw};
pub use connections::{Connection, ConnectionsClosed};
pub use envelope::{dm_envelope, post_envelope};
pub use likes::Liked;
pub use media::{DmMediaRef, MEDIA_BYTES_MAX, MediaBytes, dm_media_of_url};
pub use messages::{PrivateMessage, Recipient, SentMessage};
pub use model::{
    Attachments, DmEvent, EditControls, Includes, Media, Note, Post, PublicMetrics, Reference,
    User, UserMetrics,
};
pub use posts::{CreatedPost, PublicReply};
pub use private_reads::{DmPage, DmScope};
pub use public_reads::{SearchPage, TimelinePage};
pub use rules::{NewRule, Rule, RuleSummary, RulesChanged};
pub use streams::{ActivityStreamQuery, FilteredStreamQuery};
pub use upload::{Image, MediaState, Uploaded};
pub use webhooks::{ReplayJob, Webhook};
