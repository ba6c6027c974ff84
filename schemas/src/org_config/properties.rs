//! Finds our entries in a properties file: `socialConfig.<org>={…}` and `earshot.<org>={…}`, the
//! object running over lines to its closing brace.

use super::error::{Report, shown};

/// What a copied web page has instead of a space.
const NBSP_WORD: &str = "&nbsp;";
/// A name this near to `socialConfig` is a slip, not somebody else's property.
const SLIP_EDITS_MAX: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Social,
    Earshot,
}

impl Family {
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Social => "socialConfig",
            Self::Earshot => "earshot",
        }
    }
}

/// One entry, not parsed yet. No `Debug`: the text holds secrets.
pub(super) struct Entry {
    pub(super) family: Family,
    pub(super) org: String,
    pub(super) json: String,
    pub(super) line: usize,
}

impl Entry {
    /// Name and object, as a key and its value.
    pub(super) fn named(self) -> (String, String) {
        (format!("{}.{}", self.family.prefix(), self.org), self.json)
    }
}

/// Whether a property of this name is one of ours.
pub(super) fn is_ours(name: &str) -> bool {
    split(name).is_some()
}

fn split(name: &str) -> Option<(Family, &str)> {
    let (first, org) = name.split_once('.')?;
    [Family::Social, Family::Earshot]
        .into_iter()
        .find(|family| family.prefix().eq_ignore_ascii_case(first))
        .map(|family| (family, org))
}

/// All entries of a text.
pub(super) fn scan(text: &str, report: &mut Report) -> Vec<Entry> {
    walk(text, report).0
}

/// Line and name of what is not ours.
pub(super) fn others(text: &str) -> Vec<(usize, String)> {
    walk(text, &mut Report::default()).1
}

fn walk(text: &str, report: &mut Report) -> (Vec<Entry>, Vec<(usize, String)>) {
    let mut cursor = Cursor {
        rest: text,
        line: 1,
    };
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    while cursor.skip_blank(true) {
        if cursor.rest.starts_with(['#', '!']) {
            cursor.skip_line();
            continue;
        }
        let name = cursor.name();
        if let Some((family, org)) = split(name) {
            entries.extend(cursor.entry(family, org, report));
        } else {
            warn_of_slip(name, cursor.line, report);
            others.push((cursor.line, name.to_owned()));
            cursor.skip_line();
        }
    }
    (entries, others)
}

fn warn_of_slip(name: &str, line: usize, report: &mut Report) {
    let first = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let edits = strsim::damerau_levenshtein(&first, "socialconfig");
    if name.contains('.') && (1..=SLIP_EDITS_MAX).contains(&edits) {
        let what = format!("line {line}: unknown property, did you mean socialConfig.<org>?");
        report.problem("", &shown(name), what);
    }
}

struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        self.line += usize::from(next == '\n');
        Some(next)
    }

    /// Skips what counts as white space; false at the end of the text.
    fn skip_blank(&mut self, across_lines: bool) -> bool {
        loop {
            if let Some(rest) = self.rest.strip_prefix(NBSP_WORD) {
                self.rest = rest;
                continue;
            }
            match self.rest.chars().next() {
                None => return false,
                Some('\n') if !across_lines => return true,
                Some('\\') if self.continues() => {}
                Some(blank) if blank.is_whitespace() || blank == '\u{feff}' => {}
                Some(_) => return true,
            }
            self.next();
        }
    }

    /// A backslash before the end of the line: the properties form's way to go on.
    fn continues(&self) -> bool {
        self.rest
            .strip_prefix('\\')
            .is_some_and(|after| after.trim_start_matches('\r').starts_with('\n'))
    }

    fn skip_line(&mut self) {
        while !self.rest.is_empty() {
            if self.continues() {
                while self.next().is_some_and(|c| c != '\n') {}
            } else if self.next() == Some('\n') {
                return;
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let ends = |c: char| matches!(c, '=' | ':' | '{') || c.is_whitespace();
        let mut end = self.rest.find(ends).unwrap_or(self.rest.len());
        if let Some(blank) = self.rest.find(NBSP_WORD) {
            end = end.min(blank);
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    fn entry(&mut self, family: Family, org: &str, report: &mut Report) -> Option<Entry> {
        let key = format!("{}.{}", family.prefix(), shown(org));
        let line = self.line;
        self.skip_blank(false);
        if self.rest.starts_with(['=', ':']) {
            self.next();
        }
        self.skip_blank(true);
        if !self.rest.starts_with('{') {
            let what = format!("line {line}: expected an object, {key}={{…}}");
            report.problem(org, &key, what);
            self.skip_line();
            return None;
        }
        let Some(json) = self.object() else {
            let what =
                format!("object of line {line} has no closing brace; check quotes and braces");
            report.problem(org, &key, what);
            return None;
        };
        self.skip_blank(false);
        if !self.rest.is_empty() && !self.rest.starts_with(['\n', '#', '!']) {
            let what = format!(
                "line {}: text after the closing brace; remove it",
                self.line
            );
            report.problem(org, &key, what);
            self.skip_line();
        }
        Some(Entry {
            family,
            org: org.to_owned(),
            json,
            line,
        })
    }

    /// The object to its closing brace, with odd blanks outside strings made spaces.
    fn object(&mut self) -> Option<String> {
        let mut json = String::new();
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        loop {
            if !in_string {
                if let Some(rest) = self.rest.strip_prefix(NBSP_WORD) {
                    self.rest = rest;
                    json.push(' ');
                    continue;
                }
                if self.continues() {
                    self.next();
                    continue;
                }
            }
            let c = self.next()?;
            if in_string {
                in_string = escaped || c != '"';
                escaped = !escaped && c == '\\';
                json.push(c);
                continue;
            }
            in_string = c == '"';
            depth += usize::from(c == '{');
            json.push(if c == '\u{a0}' { ' ' } else { c });
            if c == '}' {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(json);
                }
            }
        }
    }
}
