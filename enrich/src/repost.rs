//! The whole text of a repost, which X cuts at 140 characters, from the post that it repeats.

use crate::draft::Body;
use crate::marks::{Marked, place};
use schemas::records::MentionEntity;

/// A repost shorter than this in code points was not cut.
const CUT_FROM: usize = 139;

/// The text of an item, and whether it is whole.
pub fn restore(body: &Body<'_>, original: Option<&Body<'_>>, repost: bool) -> (Marked, bool) {
    let marked = place(body.text, &body.marks);
    let Some((prefix, handle)) = prefix(&marked.text).filter(|_| repost) else {
        return (marked, body.complete);
    };
    let Some(seen) = marked.text[prefix..].strip_suffix('…') else {
        return (marked, body.complete);
    };
    if let Some(original) = original {
        let whole = place(original.text, &original.marks);
        if whole.text.len() > seen.len() && whole.text.starts_with(seen) {
            let mention = mention(&marked, handle, original.author);
            let text = &marked.text[..prefix];
            return (join(text, mention, whole), original.complete);
        }
    }
    let cut = marked.text.chars().count() >= CUT_FROM;
    (marked, body.complete && !cut)
}

/// Length of `RT @handle: `, and the handle.
fn prefix(text: &str) -> Option<(usize, &str)> {
    let handle = text.strip_prefix("RT @")?.split_once(": ")?.0;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    handle
        .bytes()
        .all(legal)
        .then_some(("RT @: ".len() + handle.len(), handle))
}

fn mention(cut: &Marked, handle: &str, author: Option<&str>) -> MentionEntity {
    let known = cut.mentions.iter().find(|mention| mention.start == 3);
    let known = known.and_then(|mention| mention.x_id.as_deref());
    MentionEntity {
        start: 3,
        end: i32::try_from("RT @".len() + handle.len()).unwrap_or(i32::MAX),
        handle: handle.to_owned(),
        x_id: known.or(author).map(str::to_owned),
    }
}

fn join(prefix: &str, first: MentionEntity, mut whole: Marked) -> Marked {
    // The prefix is ASCII: its bytes are its code points.
    let by = i32::try_from(prefix.len()).unwrap_or(0);
    let shift = |start: &mut i32, end: &mut i32| {
        *start += by;
        *end += by;
    };
    whole
        .urls
        .iter_mut()
        .for_each(|url| shift(&mut url.start, &mut url.end));
    whole
        .mentions
        .iter_mut()
        .for_each(|mention| shift(&mut mention.start, &mut mention.end));
    whole
        .tags
        .iter_mut()
        .for_each(|tag| shift(&mut tag.start, &mut tag.end));
    whole.mentions.insert(0, first);
    whole.text.insert_str(0, prefix);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::{Mark, What};

    #[test]
    fn a_cut_repost_gets_the_text_that_it_repeats() {
        let tag = What::Tag {
            name: "late",
            cash: false,
        };
        let long = format!("{}&amp; so #late", "word ".repeat(30));
        let start = long.chars().count() - 5;
        let cut = format!("RT @cho: {}…", "word ".repeat(26));
        let body = |text, marks| Body {
            text,
            complete: true,
            marks,
            author: Some("7"),
        };
        let original = body(&long, vec![Mark { start, what: tag }]);

        let (marked, complete) = restore(&body(&cut, vec![]), Some(&original), true);
        assert!(complete);
        assert_eq!(
            marked.text,
            format!("RT @cho: {}& so #late", "word ".repeat(30))
        );
        assert_eq!(marked.mentions[0].x_id.as_deref(), Some("7"));
        let at = usize::try_from(marked.tags[0].start).unwrap();
        assert_eq!(&marked.text[at..], "#late");

        assert!(
            !restore(&body(&cut, vec![]), None, true).1,
            "cut, and the rest unknown"
        );
        assert!(
            restore(&body(&cut, vec![]), None, false).1,
            "only quotes the form of a repost"
        );
        assert!(
            restore(&body("RT @cho: well…", vec![]), None, true).1,
            "ends so by itself"
        );
    }
}
