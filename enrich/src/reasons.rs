//! Every reason for which a record gives no facts: metric label, quarantine reason and the table
//! in the README are this one list.

/// Why a record gave no facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Understood, and nothing to tell the later steps.
    Skip(&'static str),
    /// Not understood: goes to quarantine, whole.
    Dead {
        /// One of [`DEAD`].
        reason: &'static str,
        /// What was wrong and where; never a text of the record.
        detail: String,
    },
}

impl Refusal {
    pub(crate) fn dead(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Dead {
            reason,
            detail: detail.into(),
        }
    }

    /// The reason, whatever the fate.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Skip(reason) | Self::Dead { reason, .. } => reason,
        }
    }
}

macro_rules! reasons {
    ($list:ident: $doc:literal; $($name:ident = $text:literal,)+) => {
        $(pub(crate) const $name: &str = $text;)+
        #[doc = $doc]
        pub const $list: &[&str] = &[$($text),+];
    };
}

reasons! { SKIP: "Reasons of records that were understood and tell nothing.";
    LIKE_WITHOUT_COUNTS = "like-without-counts",
    PROFILE_FIELD_UNUSED = "profile-field-unused",
    DM_PARTICIPANTS = "dm-participants",
    READ_RECEIPT = "read-receipt",
    TYPING = "typing",
    FOLLOW = "follow",
    MUTE = "mute",
    BLOCK = "block",
    CHAT_ENCRYPTED = "chat-encrypted",
    SPACES = "spaces",
    BROADCAST = "broadcast",
    NEWS = "news",
    OAUTH_REVOKE = "oauth-revoke",
    REPLAY_STATUS = "replay-status",
}

reasons! { DEAD: "Reasons of records that could not be understood.";
    UNKNOWN_ENVELOPE = "unknown-envelope",
    UNKNOWN_EVENT = "unknown-event",
    MALFORMED_JSON = "malformed-json",
    MALFORMED_POST = "malformed-post",
    MALFORMED_MESSAGE = "malformed-message",
    MALFORMED_LIKE = "malformed-like",
    MALFORMED_DELETE = "malformed-delete",
    MALFORMED_PROFILE = "malformed-profile",
}

/// Every reason, skips first.
pub const REASONS: [&str; SKIP.len() + DEAD.len()] = {
    let mut all = [""; SKIP.len() + DEAD.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < SKIP.len() {
            SKIP[at]
        } else {
            DEAD[at - SKIP.len()]
        };
        at += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    #[test]
    fn every_reason_is_in_the_readme_once_and_in_one_list() {
        let readme = include_str!("../README.md");
        for reason in super::REASONS {
            assert!(readme.contains(&format!("`{reason}`")), "{reason}");
            assert_eq!(
                super::REASONS.iter().filter(|r| **r == reason).count(),
                1,
                "{reason}"
            );
        }
    }
}
