//! The names of fields and expansions, and what a caller asks of them.

use std::collections::BTreeSet;

use super::{call::Query, errors::ApiError};

pub(super) const POST_FIELDS: &[&str] = &[
    "article",
    "attachments",
    "author_id",
    "card_uri",
    "community_id",
    "context_annotations",
    "conversation_id",
    "created_at",
    "display_text_range",
    "edit_controls",
    "edit_history_tweet_ids",
    "entities",
    "geo",
    "id",
    "in_reply_to_user_id",
    "lang",
    "media_metadata",
    "non_public_metrics",
    "note_tweet",
    "organic_metrics",
    "paid_partnership",
    "possibly_sensitive",
    "promoted_metrics",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
    "scopes",
    "source",
    "suggested_source_links",
    "text",
    "withheld",
];

pub(super) const USER_FIELDS: &[&str] = &[
    "affiliation",
    "confirmed_email",
    "connection_status",
    "created_at",
    "description",
    "entities",
    "id",
    "is_identity_verified",
    "location",
    "most_recent_tweet_id",
    "name",
    "parody",
    "pinned_tweet_id",
    "profile_banner_url",
    "profile_image_url",
    "protected",
    "public_metrics",
    "receives_your_dm",
    "subscription",
    "subscription_type",
    "url",
    "username",
    "verified",
    "verified_followers_count",
    "verified_type",
    "withheld",
];

pub(super) const MEDIA_FIELDS: &[&str] = &[
    "alt_text",
    "duration_ms",
    "height",
    "media_key",
    "non_public_metrics",
    "organic_metrics",
    "preview_image_url",
    "promoted_metrics",
    "public_metrics",
    "type",
    "url",
    "variants",
    "width",
];

pub(super) const EVENT_FIELDS: &[&str] = &[
    "attachments",
    "created_at",
    "dm_conversation_id",
    "entities",
    "event_type",
    "id",
    "participant_ids",
    "referenced_tweets",
    "sender_id",
    "text",
];

pub(super) const EXPANSIONS: &[&str] = &[
    "article.cover_media",
    "article.media_entities",
    "attachments.media_keys",
    "attachments.media_source_tweet",
    "attachments.poll_ids",
    "author_id",
    "edit_history_tweet_ids",
    "entities.mentions.username",
    "geo.place_id",
    "in_reply_to_user_id",
    "entities.note.mentions.username",
    "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "affiliation.user_id",
    "most_recent_tweet_id",
    "pinned_tweet_id",
    "sender_id",
    "participant_ids",
];

/// The parameters that every lookup has.
pub(crate) const PARAMETERS: &[&str] = &[
    "tweet.fields",
    "post.fields",
    "user.fields",
    "media.fields",
    "poll.fields",
    "place.fields",
    "expansions",
    "dm_event.fields",
];

pub(super) fn fields(
    query: &Query,
    name: &str,
    known: &[&str],
    usual: &[&str],
) -> Result<BTreeSet<String>, ApiError> {
    let mut kept: BTreeSet<String> = usual.iter().map(|field| (*field).to_owned()).collect();
    let asked = query.get(name).unwrap_or_default();
    for field in asked.split(',').filter(|field| !field.is_empty()) {
        let old = old_name(field);
        if !known.contains(&old.as_str()) {
            let message = format!(
                "The `{name}` query parameter value [{field}] is not one of [{}]",
                known.join(",")
            );
            return Err(ApiError::invalid(name, field, message));
        }
        kept.insert(old);
    }
    Ok(kept)
}

/// The name that the published prose uses, for either side's.
pub(super) fn old_name(field: &str) -> String {
    field
        .replace("referenced_posts", "referenced_tweets")
        .replace("edit_history_post_ids", "edit_history_tweet_ids")
        .replace("note_post", "note_tweet")
        .replace("pinned_post_id", "pinned_tweet_id")
        .replace("most_recent_post_id", "most_recent_tweet_id")
}
