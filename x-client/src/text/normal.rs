//! The form in which a text that was sent and the text that X echoes are compared: X shortens links,
//! puts mentions before a reply and escapes three characters.

use unicode_normalization::UnicodeNormalization as _;

use super::mention::leading;
use super::url::urls;

/// A link as X shortened it (of a post's `entities.urls`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandedUrl<'a> {
    /// As it stands in the text.
    pub url: &'a str,
    /// Where it leads; `None` for attached media, whose link nobody wrote.
    pub expanded: Option<&'a str>,
}

/// Undoes X's escapes: `&lt;`, `&gt;`, `&amp;`. For texts that X sent, not for those that people wrote
/// here.
pub fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// NFC; shortened links expanded, those of media taken out; links without scheme, with their host in
/// small letters and no slash at their end; leading mentions taken away; space of any kind and length
/// as one.
pub fn normal_form(text: &str, links: &[ExpandedUrl<'_>]) -> String {
    let mut text: String = text.nfc().collect();
    for link in links {
        text = text.replace(link.url, link.expanded.unwrap_or_default());
    }
    let text = &text[leading(&text, |_| true)..];
    let mut plain = String::with_capacity(text.len());
    let mut end = 0;
    for url in urls(text) {
        plain.push_str(&text[end..url.range.start]);
        plain.push_str(&plain_link(&text[url.range.clone()]));
        end = url.range.end;
    }
    plain.push_str(&text[end..]);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain_link(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(host);
    format!("{}{}", host.to_lowercase(), rest.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_its_echo_have_one_form() {
        let link = |url, expanded| ExpandedUrl { url, expanded };
        let links = [
            link("https://t.co/aaa", Some("http://Example.com/Track?id=7")),
            link("https://t.co/bbb", None),
        ];
        for (sent, echo) in [
            ("Sorry about that!", "@someone @other Sorry about that!"),
            (
                "See Example.com/Track?id=7",
                "@someone See https://t.co/aaa https://t.co/bbb",
            ),
            (
                "See https://example.com/Track?id=7 ",
                "See https://t.co/aaa",
            ),
            ("5 < 6 & 7", "@someone 5 &lt; 6 &amp; 7"),
            ("a\r\nb  c", "a\nb c"),
            ("Cafe\u{301}", "Café"),
        ] {
            let echo = normal_form(&unescaped(echo), &links);
            assert_eq!(normal_form(sent, &[]), echo, "{sent}");
            assert_eq!(
                normal_form(&echo, &[]),
                echo,
                "the form of a form is itself"
            );
        }
    }

    #[test]
    fn what_differs_stays_different() {
        let form = |text| normal_form(text, &[]);
        assert_ne!(form("Yes."), form("Yes"));
        assert_ne!(form("hello @one"), form("hello"));
        assert_ne!(form("example.com/a"), form("example.com/A"));
        assert_ne!(form("Order 7"), form("order 7"));
        assert_eq!(unescaped("&amp;lt;"), "&lt;");
    }
}
