//! The people of one performance: invented names, and how a text speaks of them.

use std::collections::BTreeMap;

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{
    Apply,
    script::{BRAND, Conversation, Names},
};
use crate::world::NewPerson;

/// Handles tried before a role is left to nobody.
const TRIES: usize = 8;
const HANDLE_CHARS_MAX: usize = 15;

#[derive(Debug)]
pub(crate) struct Cast {
    lang: String,
    handles: BTreeMap<String, String>,
    texts: Vec<(String, String)>,
}

impl Cast {
    /// Makes a new person for each role but the brand's.
    pub(super) fn hire(
        conversation: &Conversation,
        names: &BTreeMap<String, Names>,
        rng: &mut StdRng,
        apply: &mut Apply<'_>,
    ) -> Self {
        let lang = conversation.lang.clone();
        let mut cast = Self {
            lang,
            handles: BTreeMap::new(),
            texts: Vec::new(),
        };
        cast.take(BRAND, conversation.brand.clone(), "");
        let pool = names.get(&conversation.lang).or_else(|| names.get("en"));
        for role in conversation.roles() {
            let wanted = conversation.role.get(role).cloned().unwrap_or_default();
            for _ in 0..TRIES {
                let Some(pool) = pool else { break };
                let (first, last) = (pick(&pool.first, rng), pick(&pool.last, rng));
                let usual = 10_f64.powf(rng.random_range(0.5..3.8));
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small"
                )]
                let usual = usual as u64;
                let person = NewPerson {
                    handle: handle(&first, &last, rng),
                    name: Some(format!("{first} {last}")),
                    bio: pick(&pool.bio, rng),
                    location: pick(&pool.place, rng),
                    followers: wanted.followers.unwrap_or(usual),
                    following: rng.random_range(20..900),
                    tweets: rng.random_range(5..4_000),
                    verified: wanted.verified,
                    ..NewPerson::default()
                };
                let handle = person.handle.clone();
                if apply(crate::world::Command::AddPerson(person)).is_ok() {
                    cast.take(role, handle, &first);
                    break;
                }
            }
        }
        cast.texts
            .push(("{order}".to_owned(), super::reference(rng)));
        cast
    }

    fn take(&mut self, role: &str, handle: String, first: &str) {
        self.texts
            .push((format!("{{{role}}}"), format!("@{handle}")));
        self.texts
            .push((format!("{{{role}.first}}"), first.to_owned()));
        self.handles.insert(role.to_owned(), handle);
    }

    /// With an at sign, so that a handle of digits is never taken for an id.
    pub(super) fn handle(&self, role: &str) -> Option<String> {
        self.handles.get(role).map(|handle| format!("@{handle}"))
    }

    pub(super) fn lang(&self) -> &str {
        &self.lang
    }

    pub(super) fn speak(&self, text: &str) -> String {
        self.texts
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

fn pick(pool: &[String], rng: &mut StdRng) -> String {
    pool.choose(rng).cloned().unwrap_or_default()
}

fn handle(first: &str, last: &str, rng: &mut StdRng) -> String {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase()
    };
    let (first, last) = (plain(first), plain(last));
    let number: u32 = rng.random_range(2..9_999);
    let stem = match rng.random_range(0..3) {
        0 => format!("{first}_{last}"),
        1 => format!("{last}{first}"),
        _ => first,
    };
    let number = number.to_string();
    let room = HANDLE_CHARS_MAX - number.len();
    format!("{}{number}", stem.chars().take(room).collect::<String>())
}
