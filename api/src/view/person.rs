use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A person on X, as a row shows them.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PersonBrief {
    pub x_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    /// Picture, for `GET /media/{id}`; null until we have it.
    pub avatar_id: Option<String>,
    pub followers: Option<i64>,
    pub verified: Option<bool>,
}

/// A person on X.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    pub x_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    /// Picture, for `GET /media/{id}`; null until we have it.
    pub avatar_id: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub verified: Option<bool>,
    pub verified_type: Option<String>,
    pub protected: Option<bool>,
    pub joined_at: Option<DateTime<Utc>>,
    /// Newest number that X said.
    pub followers_now: Option<i64>,
    /// When the newest item of the person was written.
    pub followers_then: Option<i64>,
    pub following: Option<i64>,
    /// X's own count.
    pub tweets_in_all: Option<i64>,
    /// Posts, replies and quotes to us, counted by us; reposts and messages are not.
    pub tweets_on_our_handle: i64,
    pub first_seen: Option<DateTime<Utc>>,
    pub former_handles: Vec<String>,
    pub customer: Option<Attached>,
}

/// The customer that a person is, and how that is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attached {
    pub customer_id: Uuid,
    pub name: String,
    /// told-us, public-profile or consent.
    pub basis: String,
    pub evidence_item_id: Option<Uuid>,
    pub attached_by: String,
    pub attached_at: DateTime<Utc>,
}

/// A social account of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocialAccount {
    pub x_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub basis: String,
    pub evidence_item_id: Option<Uuid>,
    pub attached_by: String,
    pub attached_at: DateTime<Utc>,
}
