//! What may be answered to an item, where, and what it costs. Pure.

use chrono::TimeDelta;
use schemas::org_config::{Settings, Tier};
use x_client::calls::Recipient;
use x_client::ids::{DmConversationId, UserId};
use x_client::text::{DM_CHARS_MAX, POST_WEIGHT_MAX, weigh_reply};
use x_client::usage::{Charge, PriceError, PriceTable};
use x_client::{Endpoint, PrivateText, PublicText};

pub use x_client::text::TextError;

/// Largest picture: X's limit.
pub const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// How much X takes of an account in a time.
pub type Window = (i64, TimeDelta);

/// Posts.
pub const POSTS: &[Window] = &[(100, TimeDelta::minutes(15))];
/// Messages.
pub const MESSAGES: &[Window] = &[(15, TimeDelta::minutes(15)), (1_440, TimeDelta::days(1))];

/// What is known of the item and its person.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each of its own")]
pub struct Facts {
    /// A post, not a message.
    pub post: bool,
    /// Our own.
    pub outbound: bool,
    /// Gone at X.
    pub deleted: bool,
    /// Its author mentioned or quoted us in it, or earlier in this conversation.
    pub summoned: bool,
    /// The person's posts are for followers alone.
    pub protected: bool,
    /// They have written to us in private.
    pub has_written: bool,
    /// X told that they take no message of ours.
    pub refused: bool,
    /// Several people are in the conversation.
    pub group: bool,
}

/// Whether something may be done, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// It may, as far as is known.
    pub allowed: bool,
    /// Why or why not: `summoned`, `enterprise`, `own-post`, …
    pub why: &'static str,
}

const fn yes(why: &'static str) -> Allowed {
    Allowed { allowed: true, why }
}

const fn no(why: &'static str) -> Allowed {
    Allowed {
        allowed: false,
        why,
    }
}

/// Whether it may be answered in public. Self-serve tiers reply only to who summoned them.
pub fn public(facts: Facts, settings: &Settings) -> Allowed {
    match (facts, settings.capabilities.reply, settings.tier) {
        (facts, ..) if !facts.post => no("private-message"),
        (facts, ..) if facts.deleted => no("deleted"),
        (facts, ..) if facts.protected && !facts.outbound => no("protected"),
        (facts, ..) if facts.outbound => yes("own-post"),
        (_, Some(false), _) => no("capability-off"),
        (_, Some(true), _) => yes("capability-on"),
        (_, _, Tier::Enterprise) => yes("enterprise"),
        (facts, ..) if facts.summoned => yes("summoned"),
        _ => no("not-summoned"),
    }
}

/// Whether the person may be written to in private. What X did not tell is tried: a refusal is
/// shown in X's words.
pub fn message(facts: Facts, settings: &Settings) -> Allowed {
    if settings.capabilities.message == Some(false) {
        return no("capability-off");
    }
    match facts {
        facts if facts.outbound && facts.post => no("own-post"),
        facts if facts.group => yes("conversation"),
        facts if facts.has_written => yes("conversation"),
        facts if facts.refused => no("closed"),
        _ => yes("not-known"),
    }
}

/// Whether posts may be liked by API.
pub fn like(settings: &Settings) -> bool {
    let by_tier = settings.tier == Tier::Enterprise;
    settings.capabilities.like.unwrap_or(by_tier)
}

/// What something costs, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// A reply without a link.
    pub plain: i64,
    /// A reply with a link.
    pub link: i64,
    /// A message.
    pub message: i64,
}

/// What X's published prices say.
pub fn costs(summoned: bool) -> Result<Costs, PriceError> {
    let table = PriceTable::built_in()?;
    let post = |link| {
        let charge = Charge::PostCreated { link, summoned };
        table.cost(Endpoint::PostsCreate, charge).0
    };
    Ok(Costs {
        plain: post(false),
        link: post(true),
        message: table.cost(Endpoint::DmSend, Charge::DmCreated).0,
    })
}

/// Weight that a post may have.
pub const WEIGHT_MAX: u32 = POST_WEIGHT_MAX;
/// Characters that a message may have.
pub const CHARS_MAX: usize = DM_CHARS_MAX;

/// What a draft weighs as a reply that addresses these (handles without @).
pub fn weight(text: &str, addressed: &[&str]) -> u32 {
    weigh_reply(text, addressed).weight
}

/// A text that everybody may read.
pub fn public_text(text: &str, addressed: &[&str]) -> Result<PublicText, TextError> {
    PublicText::addressed(text, addressed, POST_WEIGHT_MAX)
}

/// A text for its recipient alone.
pub fn private_text(text: &str) -> Result<PrivateText, TextError> {
    PrivateText::new(text)
}

/// Whom a message goes to: the person, or all of a group's conversation.
pub fn recipient(group: bool, conversation: &str, person: &str) -> Option<Recipient> {
    if group {
        let id = DmConversationId::new(conversation).ok()?;
        return Some(Recipient::Conversation(id));
    }
    UserId::new(person).ok().map(Recipient::User)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Facts {
        Facts {
            post: true,
            ..Facts::default()
        }
    }

    #[test]
    fn who_may_be_answered_in_public() {
        let summoned = Facts {
            summoned: true,
            ..post()
        };
        let mut settings = Settings::default();
        let why = |facts, settings: &Settings| public(facts, settings).why;
        for (facts, expected) in [
            (post(), "not-summoned"),
            (summoned, "summoned"),
            (Facts::default(), "private-message"),
            (
                Facts {
                    deleted: true,
                    ..summoned
                },
                "deleted",
            ),
            (
                Facts {
                    protected: true,
                    ..summoned
                },
                "protected",
            ),
            (
                Facts {
                    outbound: true,
                    ..post()
                },
                "own-post",
            ),
        ] {
            assert_eq!(why(facts, &settings), expected, "{facts:?}");
        }
        settings.tier = Tier::Enterprise;
        assert_eq!(why(post(), &settings), "enterprise");
        settings.capabilities.reply = Some(false);
        assert_eq!(why(summoned, &settings), "capability-off");
    }

    #[test]
    fn who_may_be_written_to() {
        let settings = Settings::default();
        let refused = Facts {
            refused: true,
            ..post()
        };
        assert_eq!(message(refused, &settings), no("closed"));
        assert_eq!(message(post(), &settings), yes("not-known"));
        let has_written = Facts {
            has_written: true,
            ..refused
        };
        assert!(message(has_written, &settings).allowed);
        assert!(!like(&settings));
    }

    #[test]
    fn a_link_is_dear() {
        let costs = costs(true).unwrap();
        assert_eq!(
            (costs.plain, costs.link, costs.message),
            (10_000, 200_000, 15_000)
        );
        assert_eq!(weight("@ada hi", &["ada"]), 2);
    }
}
