//! Takes known keys out of an object; what is left over is an error with the nearest name.

use std::ops::RangeInclusive;

use secrecy::SecretString;

use super::error::{Report, shown};
use super::tree::Tree;

/// Below this likeness a suggestion would confuse.
const LIKENESS_MIN: f64 = 0.7;

pub(super) struct Section<'r> {
    org: &'r str,
    path: String,
    left: Vec<(String, Tree)>,
    known: Vec<&'static str>,
    report: &'r mut Report,
}

/// Name without case, separators and the scar of a text replacement: `X/Twitter` is `x`.
fn normal(name: &str) -> String {
    let lower: String = name.to_ascii_lowercase().replace(['_', '-'], "");
    lower.replace("x/twitter", "x").replace("twitter", "x")
}

impl<'r> Section<'r> {
    pub(super) fn new(
        org: &'r str,
        path: &str,
        entries: Vec<(String, Tree)>,
        report: &'r mut Report,
    ) -> Self {
        Self {
            org,
            path: path.to_owned(),
            left: entries,
            known: Vec::new(),
            report,
        }
    }

    fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn problem(&mut self, name: &str, what: impl Into<String>) {
        let key = self.key(name);
        self.report.problem(self.org, &key, what);
    }

    pub(super) fn warning(&mut self, name: &str, what: impl Into<String>) {
        let key = self.key(name);
        self.report.warning(self.org, &key, what);
    }

    /// Takes the value of the first of `names`, the documented one, or of its other names.
    pub(super) fn take(&mut self, names: &[&'static str]) -> Option<Tree> {
        let name = *names.first()?;
        self.known.push(name);
        let normals: Vec<String> = names.iter().map(|name| normal(name)).collect();
        let (mut found, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.left)
            .into_iter()
            .partition(|(key, _)| normals.contains(&normal(key)));
        self.left = left;
        if found.len() > 1 {
            self.problem(
                name,
                "written twice (X/Twitter, Twitter and X are the same); keep one",
            );
        }
        found
            .pop()
            .map(|(_, value)| value)
            .filter(|value| !matches!(value, Tree::Null))
    }

    pub(super) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        match self.take(names)? {
            Tree::Text(text) => Some(trimmed(&text).to_owned()),
            _ => self.wrong(names, "expected text in quotes"),
        }
    }

    /// Text that must be there and not be empty.
    pub(super) fn required(&mut self, names: &[&'static str]) -> Option<String> {
        let before = self.report.problems.len();
        let found = self.text(names).filter(|text| !text.is_empty());
        if found.is_none() && self.report.problems.len() == before {
            return self.wrong(names, "missing; add it");
        }
        found
    }

    pub(super) fn secret(&mut self, names: &[&'static str]) -> Option<SecretString> {
        let text = self.required(names)?;
        self.checked_secret(names, text)
    }

    pub(super) fn optional_secret(&mut self, names: &[&'static str]) -> Option<SecretString> {
        let text = self.text(names)?;
        self.checked_secret(names, text)
    }

    fn checked_secret(&mut self, names: &[&'static str], text: String) -> Option<SecretString> {
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return self.wrong(names, "empty or with white space inside; copy it again");
        }
        Some(SecretString::from(text))
    }

    pub(super) fn secrets(&mut self, names: &[&'static str], max: usize) -> Vec<SecretString> {
        let Some(list) = self.list(names, max) else {
            return Vec::new();
        };
        let mut secrets = Vec::new();
        for value in list {
            match value {
                Tree::Text(text) => {
                    secrets.extend(self.checked_secret(names, trimmed(&text).to_owned()));
                }
                _ => secrets.extend(self.wrong(names, "expected a list of texts in quotes")),
            }
        }
        secrets
    }

    pub(super) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        self.optional_flag(name).unwrap_or(default)
    }

    pub(super) fn optional_flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(&[name])? {
            Tree::Flag(flag) => Some(flag),
            _ => self.wrong(&[name], "expected true or false, without quotes"),
        }
    }

    pub(super) fn whole(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        self.optional_whole(name, bounds).unwrap_or(default)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded above"
    )]
    pub(super) fn optional_whole(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<u32>,
    ) -> Option<u32> {
        let (low, high) = bounds.into_inner();
        let value = self.real(name, f64::from(low)..=f64::from(high))?;
        if value.fract() != 0.0 {
            return self.wrong(&[name], "expected a whole number");
        }
        Some(value as u32)
    }

    pub(super) fn real(&mut self, name: &'static str, bounds: RangeInclusive<f64>) -> Option<f64> {
        match self.take(&[name])? {
            Tree::Number(value) if bounds.contains(&value) => Some(value),
            _ => {
                let what = format!(
                    "expected a number from {} to {}",
                    bounds.start(),
                    bounds.end()
                );
                self.wrong(&[name], &what)
            }
        }
    }

    pub(super) fn list(&mut self, names: &[&'static str], max: usize) -> Option<Vec<Tree>> {
        match self.take(names)? {
            Tree::List(list) if list.len() <= max => Some(list),
            Tree::List(_) => self.wrong(names, &format!("too long; at most {max}")),
            _ => self.wrong(names, "expected a list, […]"),
        }
    }

    pub(super) fn section(&mut self, names: &[&'static str]) -> Option<Section<'_>> {
        match self.take(names)? {
            Tree::Object(entries) => {
                let path = self.key(names.first().copied().unwrap_or_default());
                Some(Section::new(self.org, &path, entries, self.report))
            }
            _ => self.wrong(names, "expected an object, {…}"),
        }
    }

    /// The section of one element of a list.
    pub(super) fn element(&mut self, name: &str, value: Tree) -> Option<Section<'_>> {
        if let Tree::Object(entries) = value {
            let path = self.key(name);
            return Some(Section::new(self.org, &path, entries, self.report));
        }
        self.problem(name, "expected an object, {…}");
        None
    }

    /// Names and texts of an object with free names.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<(String, String)> {
        let Some(section) = self.section(&[name]) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (key, value) in section.left {
            if let Tree::Text(text) = value {
                texts.push((key, text));
            } else {
                let path = format!("{}.{}", section.path, shown(&key));
                section
                    .report
                    .problem(section.org, &path, "expected text in quotes");
            }
        }
        texts
    }

    fn wrong<T>(&mut self, names: &[&'static str], what: &str) -> Option<T> {
        self.problem(names.first().copied().unwrap_or_default(), what);
        None
    }

    /// Refuses what nobody took.
    pub(super) fn end(mut self) {
        for (key, _) in std::mem::take(&mut self.left) {
            let what = match self.nearest(&key) {
                Some(name) => format!("unknown key, did you mean {name}?"),
                None => format!("unknown key; known are {}", self.known.join(", ")),
            };
            self.problem(&shown(&key), what);
        }
    }

    fn nearest(&self, key: &str) -> Option<&'static str> {
        let written = key.to_ascii_lowercase();
        let likeness = |name: &str| {
            let as_written = strsim::jaro_winkler(&written, &name.to_ascii_lowercase());
            as_written.max(strsim::jaro_winkler(&normal(key), &normal(name)))
        };
        let best = self
            .known
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(best) >= LIKENESS_MIN).then_some(best)
    }
}

/// Without blanks around, those of copied web pages included.
pub(super) fn trimmed(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        let shorter = rest
            .trim_start_matches("&nbsp;")
            .trim_end_matches("&nbsp;")
            .trim();
        if shorter.len() == rest.len() {
            return rest;
        }
        rest = shorter;
    }
}
