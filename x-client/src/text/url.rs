//! Links as X finds them in a text: with `http(s)://` or bare, of a known top-level domain, ending
//! where X's rules for paths and queries end them. A port of twitter-text's rules; linear but for the
//! labels of one domain.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Longest link.
const URL_CHARS_MAX: usize = 4_096;
/// Longest label of a domain in its ASCII form.
const LABEL_BYTES_MAX: usize = 63;
/// Longest slug of X's own shortener; a longer one is no link.
const SLUG_CHARS_MAX: usize = 40;

/// Letters with accents that X takes for Latin.
pub(super) const LATIN_ACCENTS: &str = "\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{24F}\u{253}\u{254}\u{256}\
    \u{257}\u{259}\u{25B}\u{263}\u{268}\u{26F}\u{272}\u{289}\u{28B}\u{2BB}\u{300}-\u{36F}\
    \u{1E00}-\u{1EFF}";

/// A link in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Where it is, in bytes.
    pub range: Range<usize>,
}

/// What may follow a domain: port, path, query.
#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, each compiled by a test"
)]
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    let general =
        format!(r"[a-z\u{{400}}-\u{{4FF}}0-9!*';:=+,.$/%#\[\]\-\u{{2013}}_~@|&{LATIN_ACCENTS}]");
    let balanced = format!(r"\((?:{general}+|{general}*\({general}+\){general}*)\)");
    let ending = format!(r"(?:[+\-a-z\u{{400}}-\u{{4FF}}0-9=_#/{LATIN_ACCENTS}]|{balanced})");
    let path = format!(r"(?:{general}*(?:{balanced}{general}*)*{ending}|@{general}+/)");
    Regex::new(&format!(
        r"^(?i)(?::[0-9]+)?(?P<path>/{path}*)?(?:\?{QUERY})?"
    ))
    .unwrap()
});

const QUERY: &str = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]";

/// A link of X's shortener: nothing but slug and query.
#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, each compiled by a test"
)]
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"^(?i)https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?{QUERY})?"
    ))
    .unwrap()
});

/// Top-level domains that are not ASCII, by their first character, longest first.
static WIDE_TLDS: LazyLock<BTreeMap<char, Vec<String>>> = LazyLock::new(|| {
    let mut all = BTreeMap::<char, Vec<String>>::new();
    for ascii in &tld::TLD {
        let decoded = ascii
            .strip_prefix("xn--")
            .and_then(idna::punycode::decode_to_string);
        if let Some((first, tld)) = decoded.and_then(|tld| Some((tld.chars().next()?, tld))) {
            all.entry(first).or_default().push(tld);
        }
    }
    for tlds in all.values_mut() {
        tlds.sort_unstable_by_key(|tld| std::cmp::Reverse(tld.len()));
    }
    all
});

/// Finds links, in order.
pub fn urls(text: &str) -> Vec<Url> {
    let mut found = Vec::new();
    if !text.contains('.') {
        return found;
    }
    let mut finder = Finder {
        text,
        tlds: BTreeMap::new(),
        barren: 0,
    };
    // A link that was found takes the character before the next one from it.
    let (mut at, mut free) = (0, 0);
    while at < text.len() {
        let before = text[..at].chars().next_back();
        let begins = match before {
            None => true,
            Some(c) => at > free && may_precede(c),
        };
        if let Some(end) = begins
            .then(|| finder.candidate(at, before, &mut found))
            .flatten()
        {
            (at, free) = (end, end);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

struct Finder<'a> {
    text: &'a str,
    /// Ends of top-level domains by where they begin.
    tlds: BTreeMap<usize, Option<usize>>,
    /// Before here no domain begins: the labels up to here were seen, and none is a top-level domain.
    barren: usize,
}

impl Finder<'_> {
    /// Looks at a possible beginning; where to go on, if this was a link or looked like one.
    fn candidate(
        &mut self,
        start: usize,
        before: Option<char>,
        found: &mut Vec<Url>,
    ) -> Option<usize> {
        let scheme = scheme_length(&self.text[start..]);
        let with_scheme = scheme.and_then(|length| Some((length, self.domain(start + length)?)));
        let (scheme, domain_end) = match with_scheme {
            Some((length, end)) => (length, end),
            None if start < self.barren => return None,
            None => (0, self.domain(start)?),
        };
        let domain = start + scheme..domain_end;
        let tail = TAIL.captures(&self.text[domain_end..])?;
        let end = domain_end + tail.get(0)?.len();
        let whole = start..end;
        if !is_encodable(&self.text[domain.clone()], &self.text[whole.clone()]) {
            return Some(end);
        }
        if scheme == 0 {
            if !before.is_some_and(|c| matches!(c, '-' | '_' | '.' | '/')) {
                let path = tail.name("path").is_some();
                self.bare(domain, path.then_some(end), found);
            }
        } else {
            found.extend(shortened(&self.text[whole.clone()], whole).map(|range| Url { range }));
        }
        Some(end)
    }

    /// Links without a scheme are ASCII (and accents): those within a domain.
    fn bare(&mut self, domain: Range<usize>, end_with_path: Option<usize>, found: &mut Vec<Url>) {
        let first = found.len();
        let mut at = domain.start;
        while at < domain.end {
            let length = self.text[at..].chars().next().map_or(1, char::len_utf8);
            let begins = self.text[at..].starts_with(is_bare_char);
            match begins.then(|| self.bare_domain(at, domain.end)).flatten() {
                Some(end) => {
                    found.push(Url { range: at..end });
                    at = end;
                }
                None => at += length,
            }
        }
        if let Some((end, last)) = end_with_path.zip(found[first..].last_mut()) {
            last.range.end = end;
        }
    }

    /// The end of the longest bare domain from `start`.
    fn bare_domain(&mut self, start: usize, limit: usize) -> Option<usize> {
        let mut at = start;
        let mut end = None;
        loop {
            let label = &self.text[at..limit];
            let length = label.find(|c| !is_bare_char(c)).unwrap_or(label.len());
            if length == 0 || !label[length..].starts_with('.') {
                return end;
            }
            at += length + 1;
            end = self.tld_end(at).filter(|end| *end <= limit).or(end);
        }
    }

    /// The end of the longest domain from `start`: labels, and a top-level domain.
    fn domain(&mut self, start: usize) -> Option<usize> {
        let mut at = start;
        let mut end = None;
        let mut barren = true;
        loop {
            let label = &self.text[at..];
            let length = label
                .find(|c| !is_domain_char(c) && c != '-' && c != '_')
                .unwrap_or(label.len());
            let label = &label[..length];
            let edges = label.starts_with(is_domain_char) && label.ends_with(is_domain_char);
            let dot = self.text[at + length..].starts_with('.');
            if !edges || !dot {
                if barren {
                    self.barren = self.barren.max(if dot { at } else { at + length });
                }
                return end;
            }
            at += length + 1;
            let tld = self.tld_end(at);
            barren &= tld.is_none();
            // The label before the top-level domain has no underscore.
            if !label.contains('_') {
                end = tld.or(end);
            }
        }
    }

    fn tld_end(&mut self, start: usize) -> Option<usize> {
        let text = self.text;
        *self
            .tlds
            .entry(start)
            .or_insert_with(|| tld_length(&text[start..]).map(|length| start + length))
    }
}

/// Bytes of the top-level domain that a text begins with.
fn tld_length(text: &str) -> Option<usize> {
    let ends = |length: usize| {
        let next = text[length..].chars().next();
        next.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '@' | '+' | '-'))
    };
    let first = text.chars().next()?;
    if !first.is_ascii() {
        let known = WIDE_TLDS
            .get(&first)?
            .iter()
            .find(|tld| text.starts_with(tld.as_str()));
        return known.map(String::len).filter(|length| ends(*length));
    }
    let length = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(text.len());
    let word = text[..length].to_ascii_lowercase();
    let punycode = word
        .strip_prefix("xn--")
        .is_some_and(|rest| !rest.is_empty());
    let known = punycode || word == "onion" || tld::exist(&word);
    (known && ends(length)).then_some(length)
}

fn scheme_length(text: &str) -> Option<usize> {
    let scheme = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            .then_some(scheme.len())
    };
    scheme("https://").or_else(|| scheme("http://"))
}

/// A link of X's shortener ends with its slug and query; `None` if the slug is too long.
fn shortened(url: &str, range: Range<usize>) -> Option<Range<usize>> {
    let Some(short) = SHORT.captures(url) else {
        return Some(range);
    };
    let slug = short.name("slug").map_or(0, |slug| slug.len());
    let length = short.get(0).map_or(0, |all| all.len());
    (slug <= SLUG_CHARS_MAX).then_some(range.start..range.start + length)
}

/// Whether every label has an ASCII form of a length that name servers take.
fn is_encodable(domain: &str, url: &str) -> bool {
    let label = |label: &str| {
        if label.is_ascii() {
            return label.len() <= LABEL_BYTES_MAX;
        }
        let encoded = idna::punycode::encode_str(label);
        let fits = encoded.is_some_and(|encoded| "xn--".len() + encoded.len() <= LABEL_BYTES_MAX);
        fits && !label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    };
    domain.split('.').all(label) && url.chars().count() <= URL_CHARS_MAX
}

fn may_precede(c: char) -> bool {
    !c.is_ascii_alphanumeric() && !matches!(c, '@' | '＠' | '$' | '#' | '＃') && !is_refused(c)
}

fn is_domain_char(c: char) -> bool {
    // Quotation marks and the grave accent are no punctuation here.
    let punctuation = c.is_ascii_punctuation() && !matches!(c, '"' | '`');
    !punctuation && !is_space(c) && !is_refused(c) && !is_directional(c)
}

fn is_bare_char(c: char) -> bool {
    c == '-' || c.is_ascii_alphanumeric() || is_latin_accent(c)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{180E}'
}

fn is_refused(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}')
}

fn is_directional(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}')
}

/// Letters with accents that X takes for Latin; the same set as [`LATIN_ACCENTS`].
pub(super) fn is_latin_accent(c: char) -> bool {
    let listed = matches!(
        c,
        '\u{253}'
            | '\u{254}'
            | '\u{256}'
            | '\u{257}'
            | '\u{259}'
            | '\u{25B}'
            | '\u{263}'
            | '\u{268}'
            | '\u{26F}'
            | '\u{272}'
            | '\u{289}'
            | '\u{28B}'
            | '\u{2BB}'
    );
    listed
        || matches!(c, '\u{C0}'..='\u{24F}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}')
            && !matches!(c, '\u{D7}' | '\u{F7}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        urls(text).into_iter().map(|url| &text[url.range]).collect()
    }

    #[test]
    fn the_two_forms_of_the_accents_are_one() {
        let class = Regex::new(&format!("^[{LATIN_ACCENTS}]$")).unwrap();
        for c in (0..0x3000).filter_map(char::from_u32) {
            assert_eq!(is_latin_accent(c), class.is_match(&c.to_string()), "{c:?}");
        }
    }

    #[test]
    fn links_end_where_prose_goes_on() {
        for (text, expected) in [
            ("see example.com.", vec!["example.com"]),
            (
                "(https://example.com/a_(b)).",
                vec!["https://example.com/a_(b)"],
            ),
            ("https://example.com/a, and", vec!["https://example.com/a"]),
            ("\"example.com\"", vec!["example.com"]),
            (
                "HTTPS://Example.COM/A?b=c#d!",
                vec!["HTTPS://Example.COM/A?b=c#d"],
            ),
            (
                "https://example.com:8080/x",
                vec!["https://example.com:8080/x"],
            ),
            ("café.de/menu", vec!["café.de/menu"]),
            (
                "example.shop example.museum",
                vec!["example.shop", "example.museum"],
            ),
            ("3.50 e.g. end.Then file.rs.bak", vec!["file.rs"]),
            ("mail me@example.com", vec![]),
            ("http://localhost/a http://10.0.0.1/", vec![]),
            ("a.com/b\u{3002}c.com", vec!["a.com/b", "c.com"]),
            ("", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_without_links_are_quick() {
        for part in [
            "a.", "-.", "a-", "(", "http://", "あ.", "a.com-.", "x.co/(", "@a.",
        ] {
            let text = part.repeat(20_000 / part.len());
            let began = std::time::Instant::now();
            urls(&text);
            assert!(
                began.elapsed().as_secs() < 10,
                "{part}: {:?}",
                began.elapsed()
            );
        }
    }
}
