//! From a draft to an item: direction, type, person, language, sentiment, terms.

use chrono::{DateTime, Utc};
use schemas::Kind;
use schemas::records::{Content, Enriched, MentionEntity, Profile, Received};

use crate::draft::Draft;
use crate::marks::Marked;
use crate::post_type::post_type;
use crate::sentiment::SentimentModel;
use crate::{fact, lang, priority, repost, time};

/// The item of a draft.
pub fn item(received: &Received, draft: &Draft<'_>, model: &dyn SentimentModel) -> Enriched {
    let at_id = || time::from_id(draft.first_id(), received.received_at);
    let posted_at = draft.posted_at.or_else(at_id);
    let observed_at = fact::observed_at(received, posted_at);
    let repost = draft.repost_of.is_some();
    let (marked, complete) = repost::restore(&draft.body, draft.original.as_ref(), repost);
    let profiles = profiles(draft, &marked.mentions, observed_at);
    let author = profiles
        .first()
        .filter(|profile| Some(profile.x_id.as_str()) == draft.author);
    let content = Content {
        text_complete: complete,
        ..content(received, draft, marked, author, model)
    };
    let person = match draft.kind {
        Kind::Message if outbound(received, draft) => draft.recipient,
        _ => draft.author,
    };
    Enriched {
        author_id: draft.author.unwrap_or_default().to_owned(),
        person_id: person.unwrap_or_default().to_owned(),
        posted_at,
        content: Some(content),
        counts: draft.tally.map(|tally| fact::counts(tally, observed_at)),
        profiles,
        ..fact::about(received, draft.kind, draft.first_id(), "item")
    }
}

fn outbound(received: &Received, draft: &Draft<'_>) -> bool {
    draft
        .author
        .is_some_and(|id| received.own_accounts.iter().any(|own| own == id))
}

fn content(
    received: &Received,
    draft: &Draft<'_>,
    marked: Marked,
    author: Option<&Profile>,
    model: &dyn SentimentModel,
) -> Content {
    let own = |id: Option<&str>| id.map(str::to_owned);
    let outbound = outbound(received, draft);
    let lang = lang::of(draft.lang, &marked.text);
    let sentiment = model.score(lang.as_deref(), &marked.text);
    let versions = if draft.versions.is_empty() {
        &[draft.id][..]
    } else {
        &draft.versions
    };
    let private = draft.kind == Kind::Message;
    let terms = || {
        priority::terms(
            author,
            sentiment.as_ref(),
            lang.as_deref(),
            &marked.text,
            private,
        )
    };
    Content {
        version_id: draft.id.to_owned(),
        version_ids: versions.iter().map(|id| (*id).to_owned()).collect(),
        direction: if outbound { "outbound" } else { "inbound" }.to_owned(),
        post_type: post_type(
            draft,
            &marked.mentions,
            &received.own_accounts,
            &received.event,
        )
        .to_owned(),
        conversation_id: own(draft.conversation.as_deref()),
        parent_x_id: own(draft.parent),
        quoted_x_id: own(draft.quoted),
        repost_of_x_id: own(draft.repost_of),
        in_reply_to_x_id: own(draft.in_reply_to),
        recipient_x_id: own(draft.recipient),
        priority_terms: if outbound { Vec::new() } else { terms() },
        text: marked.text,
        text_complete: true,
        urls: marked.urls,
        mentions: marked.mentions,
        tags: marked.tags,
        media: draft.media.clone(),
        lang,
        sentiment,
        influence: priority::influence(author),
    }
}

/// The people whom the item itself names, author first. A page of many items carries the people
/// of all of them.
fn profiles(
    draft: &Draft<'_>,
    mentions: &[MentionEntity],
    observed_at: DateTime<Utc>,
) -> Vec<Profile> {
    let named = [draft.author, draft.recipient, draft.in_reply_to]
        .into_iter()
        .flatten();
    let mentioned = mentions
        .iter()
        .filter_map(|mention| mention.x_id.as_deref());
    let mut profiles: Vec<Profile> = Vec::new();
    for id in named.chain(mentioned).chain(draft.also.iter().copied()) {
        let user = draft.people.iter().find(|user| user.id() == Some(id));
        if let Some(user) = user.filter(|_| profiles.iter().all(|known| known.x_id != id)) {
            profiles.push(user.profile(id, observed_at));
        }
    }
    profiles
}
