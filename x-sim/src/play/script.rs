//! The written conversations and the rules that hold for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::cast::Cast;
use crate::{
    id::XId,
    world::{
        Command, Edit, Like, NewMessage, NewPerson, NewPost, ProfileChange, Receipt,
        RelationChange, RelationKind,
    },
};

pub(crate) const BRAND: &str = "brand";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(rename = "brand")]
    pub brands: Vec<NewPerson>,
    pub names: BTreeMap<String, Names>,
    #[serde(rename = "conversation")]
    pub conversations: Vec<Conversation>,
}

/// Parts of the people of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub first: Vec<String>,
    pub last: Vec<String>,
    pub place: Vec<String>,
    pub bio: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    pub name: String,
    /// Handle of the company it is with; the role `brand` speaks for it.
    pub brand: String,
    #[serde(default = "english")]
    pub lang: String,
    #[serde(default)]
    pub role: BTreeMap<String, Role>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    pub followers: Option<u64>,
    pub verified: bool,
}

/// One thing someone does: exactly one of say, dm, repost, like, delete, typing, read, follow, bio;
/// `say` with `edit` rewrites, with `reply` or `quote` refers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// Seconds after the conversation began.
    pub at: f64,
    pub who: String,
    /// What later steps call the thing made.
    pub id: Option<String>,
    pub say: Option<String>,
    pub reply: Option<String>,
    pub quote: Option<String>,
    pub edit: Option<String>,
    pub photo: bool,
    pub dm: Option<String>,
    /// Whom a message, or a sign of one, is for; the brand unless said.
    pub to: Option<String>,
    pub typing: bool,
    pub read: bool,
    pub follow: bool,
    pub repost: Option<String>,
    pub like: Option<String>,
    pub delete: Option<String>,
    pub bio: Option<String>,
}

fn english() -> String {
    "en".to_owned()
}

#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("the script cannot be read")]
    Toml(#[from] toml::de::Error),
    #[error("conversation {0}: {1}")]
    Conversation(String, &'static str),
}

impl Script {
    /// The conversations of the demo, with Northwind Outfitters and Juniper & Oak.
    pub fn demo() -> Result<Self, ScriptError> {
        Self::parse(include_str!("../../scripts/demo.toml"))
    }

    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text)?;
        for conversation in &script.conversations {
            let problem = conversation.problem(&script);
            if let Some(problem) = problem {
                return Err(ScriptError::Conversation(
                    conversation.name.clone(),
                    problem,
                ));
            }
        }
        Ok(script)
    }
}

impl Conversation {
    /// Everyone in it but the brand.
    pub(super) fn roles(&self) -> BTreeSet<&str> {
        let named = self
            .steps
            .iter()
            .flat_map(|step| [Some(&step.who), step.to.as_ref()]);
        named
            .flatten()
            .map(String::as_str)
            .filter(|role| *role != BRAND)
            .collect()
    }

    fn problem(&self, script: &Script) -> Option<&'static str> {
        if !script.brands.iter().any(|brand| brand.handle == self.brand) {
            return Some("its brand is not among the brands");
        }
        if !script.names.contains_key(&self.lang) {
            return Some("there are no names for its language");
        }
        let mut made = BTreeSet::new();
        let mut last = 0.0;
        for step in &self.steps {
            if step.at < last {
                return Some("steps are not in the order of time");
            }
            last = step.at;
            if step.kinds() != 1 {
                return Some("a step does not do exactly one thing");
            }
            let needed = [
                &step.reply,
                &step.quote,
                &step.edit,
                &step.repost,
                &step.like,
                &step.delete,
            ];
            if needed.into_iter().flatten().any(|id| !made.contains(id)) {
                return Some("a step refers to something not made before");
            }
            made.extend(step.id.clone());
        }
        None
    }
}

impl Step {
    fn kinds(&self) -> usize {
        let texts = [
            &self.say,
            &self.dm,
            &self.repost,
            &self.like,
            &self.delete,
            &self.bio,
        ];
        let signs = [self.typing, self.read, self.follow];
        texts.into_iter().flatten().count() + signs.into_iter().filter(|sign| *sign).count()
    }

    /// None when what it refers to was never made.
    pub(super) fn command(&self, cast: &Cast, made: &BTreeMap<String, XId>) -> Option<Command> {
        let person = cast.handle(&self.who)?;
        let find = |id: &Option<String>| id.as_ref().and_then(|id| made.get(id)).copied();
        if let Some(text) = &self.say {
            return self.say(cast.speak(text), person, cast.lang(), made);
        }
        if let Some(bio) = &self.bio {
            return Some(Command::ChangeProfile(ProfileChange {
                person,
                bio: Some(cast.speak(bio)),
                ..ProfileChange::default()
            }));
        }
        if self.repost.is_some() {
            let repost = Some(find(&self.repost)?);
            return Some(Command::Post(NewPost {
                author: person,
                repost,
                ..NewPost::default()
            }));
        }
        if self.like.is_some() {
            let post = find(&self.like)?;
            return Some(Command::Like(Like { person, post }));
        }
        if self.delete.is_some() {
            let post = find(&self.delete)?;
            return Some(Command::DeletePost { post });
        }
        self.address(person, cast)
    }

    fn say(
        &self,
        text: String,
        author: String,
        lang: &str,
        made: &BTreeMap<String, XId>,
    ) -> Option<Command> {
        let find = |id: &Option<String>| match id {
            Some(id) => made.get(id).copied().map(Some),
            None => Some(None),
        };
        if let Some(post) = find(&self.edit)? {
            return Some(Command::Edit(Edit { post, text }));
        }
        Some(Command::Post(NewPost {
            author,
            text,
            reply_to: find(&self.reply)?,
            quote: find(&self.quote)?,
            photo: self.photo,
            lang: Some(lang.to_owned()),
            ..NewPost::default()
        }))
    }

    /// What is for one other person.
    fn address(&self, from: String, cast: &Cast) -> Option<Command> {
        let to = cast.handle(self.to.as_deref().unwrap_or(BRAND))?;
        if let Some(text) = &self.dm {
            return Some(Command::SendMessage(NewMessage {
                from,
                to,
                text: cast.speak(text),
                photo: self.photo,
                ..NewMessage::default()
            }));
        }
        if self.follow {
            return Some(Command::Relate(RelationChange {
                kind: RelationKind::Follow,
                source: from,
                target: to,
                on: true,
            }));
        }
        let receipt = Receipt { from, to };
        Some(if self.read {
            Command::Read(receipt)
        } else {
            Command::Typing(receipt)
        })
    }
}
