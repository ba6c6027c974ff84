//! Which kind of post it is: a property of the post itself, so that it comes out the same
//! whichever event delivered it. The event decides only where the post says nothing.

use crate::draft::Draft;
use schemas::records::MentionEntity;

/// repost, reply, quote, mention or post; message for messages.
pub fn post_type(
    draft: &Draft<'_>,
    mentions: &[MentionEntity],
    own: &[String],
    event: &str,
) -> &'static str {
    let is_own = |id: Option<&str>| id.is_some_and(|id| own.iter().any(|one| one == id));
    let ours = is_own(draft.author);
    let mentioned = mentions
        .iter()
        .any(|mention| is_own(mention.x_id.as_deref()));
    match event {
        _ if draft.kind == schemas::Kind::Message => "message",
        _ if draft.repost_of.is_some() => "repost",
        _ if draft.parent.is_some() => "reply",
        _ if draft.quoted.is_some() => "quote",
        // Begins with our handle but answers no post of ours: X names only the user.
        _ if !ours && (mentioned || is_own(draft.in_reply_to)) => "mention",
        "post.repost.create" => "repost",
        "post.reply.create" => "reply",
        "post.quote.create" => "quote",
        "post.mention.create" if !ours => "mention",
        _ => "post",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_post_decides_and_the_event_only_where_it_is_silent() {
        let own = ["9".to_owned()];
        let post = |parent, quoted, repost_of, in_reply_to| Draft {
            author: Some("1"),
            parent,
            quoted,
            repost_of,
            in_reply_to,
            ..Draft::default()
        };
        let (yes, no) = (Some("5"), None);
        let us = [MentionEntity {
            x_id: Some("9".into()),
            ..MentionEntity::default()
        }];
        for (draft, mentions, event, expected) in [
            (
                post(yes, yes, yes, yes),
                &us[..],
                "post.mention.create",
                "repost",
            ),
            (post(yes, yes, no, yes), &us, "post.mention.create", "reply"),
            (post(no, yes, no, no), &us, "post.mention.create", "quote"),
            (post(no, no, no, no), &us, "post.reply.create", "mention"),
            (post(no, no, no, Some("9")), &[], "post.create", "mention"),
            (
                post(no, no, no, Some("8")),
                &[],
                "tweet_create_events",
                "post",
            ),
            (post(no, no, no, no), &[], "post.mention.create", "mention"),
            (post(no, no, no, no), &[], "post.reply.create", "reply"),
            (
                Draft {
                    author: Some("9"),
                    ..Draft::default()
                },
                &us,
                "post.create",
                "post",
            ),
        ] {
            assert_eq!(
                post_type(&draft, mentions, &own, event),
                expected,
                "{draft:?} {event}"
            );
        }
    }
}
