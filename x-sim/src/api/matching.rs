//! Whether a post matches a rule or a query.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::rules::{Kind, Operator, Rule, Thing};
use crate::{
    XId,
    world::{Event, LinkKind, MediaKind, Person, Post, World},
};

/// A post with what its operators look at.
pub(crate) struct Subject<'a> {
    post: &'a Post,
    author: Option<&'a Person>,
    addressee: Option<&'a Person>,
    quoted: Option<&'a Post>,
    /// Search does not tell accented letters apart, streams do.
    folds: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn of_event(post: &'a Post, event: &'a Event) -> Self {
        let person = |id: XId| event.person(id).map(AsRef::as_ref);
        let quoted = event
            .referenced
            .iter()
            .find(|found| Some(found.id) == post.quoted);
        Self {
            post,
            author: person(post.author),
            addressee: post.reply_to_person.and_then(person),
            quoted: quoted.map(AsRef::as_ref),
            folds: false,
        }
    }

    pub(crate) fn in_world(post: &'a Post, world: &'a World) -> Self {
        let person = |id: XId| world.person_by_id(id).map(AsRef::as_ref);
        let quoted = post.quoted.and_then(|id| world.find_post(id));
        Self {
            post,
            author: person(post.author),
            addressee: post.reply_to_person.and_then(person),
            quoted: quoted.map(AsRef::as_ref),
            folds: true,
        }
    }

    pub(crate) fn matches(&self, rule: &Rule) -> bool {
        match rule {
            Rule::One { negated, operator } => self.has(operator) != *negated,
            Rule::All(parts) => parts.iter().all(|part| self.matches(part)),
            Rule::Any(parts) => parts.iter().any(|part| self.matches(part)),
        }
    }

    fn has(&self, operator: &Operator) -> bool {
        let post = self.post;
        let is = |person: Option<&Person>, who: &str| {
            person.is_some_and(|person| {
                person.handle.eq_ignore_ascii_case(who) || person.id.to_string() == who
            })
        };
        match operator {
            Operator::Keyword(words) | Operator::Phrase(words) => self.says(words),
            Operator::Hashtag(tag) => self.posts().any(|post| {
                post.entities
                    .hashtags
                    .iter()
                    .any(|found| self.same(&found.tag, tag))
            }),
            Operator::Cashtag(tag) => self.posts().any(|post| {
                post.entities
                    .cashtags
                    .iter()
                    .any(|found| found.tag.eq_ignore_ascii_case(tag))
            }),
            Operator::Mention(who) => post
                .entities
                .mentions
                .iter()
                .any(|found| found.handle.eq_ignore_ascii_case(who)),
            Operator::From(who) => is(self.author, who),
            Operator::To(who) => is(self.addressee, who),
            Operator::Url(part) => self.posts().any(|post| {
                let part = part.to_lowercase();
                let links = post.entities.links.iter();
                links
                    .into_iter()
                    .any(|link| link.expanded.to_lowercase().contains(&part))
            }),
            Operator::Conversation(id) => post.conversation == *id,
            Operator::InReplyTo(id) => post.reply_to == Some(*id),
            Operator::Lang(lang) => post.lang.eq_ignore_ascii_case(lang),
            Operator::Sample(percent) => post.id.0 % 100 < u64::from(*percent),
            Operator::Is(kind) => match kind {
                Kind::Reply => post.reply_to.is_some(),
                Kind::Retweet => post.reposted.is_some(),
                Kind::Quote => post.quoted.is_some(),
                Kind::Verified => self.author.is_some_and(|author| author.verified),
            },
            Operator::Has(thing) => self.carries(*thing),
        }
    }

    fn carries(&self, thing: Thing) -> bool {
        let (post, entities) = (self.post, &self.post.entities);
        match thing {
            Thing::Media => !post.media.is_empty(),
            Thing::Images => post
                .media
                .iter()
                .any(|media| media.kind == MediaKind::Photo),
            Thing::Links => entities
                .links
                .iter()
                .any(|link| link.kind == LinkKind::Written),
            Thing::Mentions => !entities.mentions.is_empty(),
            Thing::Hashtags => !entities.hashtags.is_empty(),
        }
    }

    /// The post, and the one it quotes.
    fn posts(&self) -> impl Iterator<Item = &'a Post> {
        std::iter::once(self.post).chain(self.quoted)
    }

    fn same(&self, one: &str, other: &str) -> bool {
        self.plain(one) == self.plain(other)
    }

    /// The words one after another, in the text or in the quoted one.
    fn says(&self, words: &str) -> bool {
        let wanted = self.words(words);
        !wanted.is_empty()
            && self.posts().any(|post| {
                let text = self.words(&post.text);
                text.windows(wanted.len()).any(|part| part == wanted)
            })
    }

    fn words(&self, text: &str) -> Vec<String> {
        self.plain(text)
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || is_combining_mark(c)))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn plain(&self, text: &str) -> String {
        let text = text.to_lowercase();
        if self.folds {
            text.nfd().filter(|c| !is_combining_mark(*c)).collect()
        } else {
            text.nfc().collect()
        }
    }
}
