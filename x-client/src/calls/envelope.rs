//! One object of a page with what it needs of the page's `includes`, each in the bytes that X sent:
//! `{"data":…,"includes":{…}}`, the form of a stream's line, so that what is polled is staged like
//! what is streamed.

use serde_json::value::RawValue;

use super::answer::Raw;
use super::model::{Attachments, DmEvent, Includes, Post};
use crate::ids::{PostId, UserId};

/// A post with its author, the posts it refers to, their authors, and the media of all of them.
pub fn post_envelope(post: &Raw<Post>, includes: &Includes) -> String {
    let referenced: Vec<&PostId> = post
        .referenced
        .iter()
        .map(|reference| &reference.id)
        .collect();
    let posts = posts(includes, &referenced);
    let authors: Vec<&UserId> = std::iter::once(&post.value)
        .chain(posts.iter().map(|p| &p.value))
        .filter_map(|p| p.author_id.as_ref())
        .collect();
    let attachments: Vec<&Attachments> = std::iter::once(&post.attachments)
        .chain(posts.iter().map(|p| &p.attachments))
        .collect();
    let posts: Vec<&RawValue> = posts.into_iter().map(|p| &*p.json).collect();
    write(
        &post.json,
        &[
            ("users", users(includes, &authors)),
            ("tweets", posts),
            ("media", media(includes, &attachments)),
        ],
    )
}

/// A private event with its sender and media.
pub fn dm_envelope(event: &Raw<DmEvent>, includes: &Includes) -> String {
    let senders: Vec<&UserId> = event
        .sender_id
        .iter()
        .chain(&event.participant_ids)
        .collect();
    let referenced: Vec<&PostId> = event
        .referenced
        .iter()
        .map(|reference| &reference.id)
        .collect();
    let posts: Vec<&RawValue> = posts(includes, &referenced)
        .into_iter()
        .map(|p| &*p.json)
        .collect();
    let media = media(includes, &[&event.attachments]);
    write(
        &event.json,
        &[
            ("users", users(includes, &senders)),
            ("tweets", posts),
            ("media", media),
        ],
    )
}

fn posts<'a>(includes: &'a Includes, ids: &[&PostId]) -> Vec<&'a Raw<Post>> {
    includes
        .posts
        .iter()
        .filter(|post| ids.contains(&&post.id))
        .collect()
}

fn users<'a>(includes: &'a Includes, ids: &[&UserId]) -> Vec<&'a RawValue> {
    includes
        .users
        .iter()
        .filter(|user| ids.contains(&&user.id))
        .map(|user| &*user.json)
        .collect()
}

fn media<'a>(includes: &'a Includes, attachments: &[&Attachments]) -> Vec<&'a RawValue> {
    let named = |key: &String| attachments.iter().any(|all| all.media_keys.contains(key));
    includes
        .media
        .iter()
        .filter(|media| named(&media.media_key))
        .map(|media| &*media.json)
        .collect()
}

fn write(data: &RawValue, includes: &[(&str, Vec<&RawValue>)]) -> String {
    let lists: Vec<String> = includes
        .iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(name, all)| {
            let all: Vec<&str> = all.iter().map(|json| json.get()).collect();
            format!("\"{name}\":[{}]", all.join(","))
        })
        .collect();
    if lists.is_empty() {
        return format!("{{\"data\":{}}}", data.get());
    }
    format!(
        "{{\"data\":{},\"includes\":{{{}}}}}",
        data.get(),
        lists.join(",")
    )
}
