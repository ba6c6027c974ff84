//! The words of OAuth 2.0 scopes.

pub(crate) const TWEET_READ: &str = "tweet.read";
pub(crate) const TWEET_WRITE: &str = "tweet.write";
pub(crate) const TWEET_MODERATE: &str = "tweet.moderate.write";
pub(crate) const USERS_READ: &str = "users.read";
pub(crate) const DM_READ: &str = "dm.read";
pub(crate) const DM_WRITE: &str = "dm.write";
pub(crate) const LIKE_READ: &str = "like.read";
pub(crate) const LIKE_WRITE: &str = "like.write";
pub(crate) const MEDIA_WRITE: &str = "media.write";
pub(crate) const OFFLINE: &str = "offline.access";

pub(crate) const ALL: &[&str] = &[
    TWEET_READ,
    TWEET_WRITE,
    TWEET_MODERATE,
    USERS_READ,
    DM_READ,
    DM_WRITE,
    LIKE_READ,
    LIKE_WRITE,
    MEDIA_WRITE,
    "follows.read",
    "mute.read",
    "block.read",
    OFFLINE,
];
