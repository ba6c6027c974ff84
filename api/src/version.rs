//! The version of a row of the list, as its `ETag` tells it: what changes with every change, and how
//! many entries a CSR has on screen, so that a like does not hold a reply and a new item does.

use std::fmt;

/// How many of each kind of entry a row has. Each only grows, but for closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entries {
    /// Items of the person, and what we wrote on x.com in the conversation.
    pub items: i64,
    /// Replies written here.
    pub replies: i64,
    /// Internal notes.
    pub notes: i64,
    /// Items that are done.
    pub closes: i64,
}

impl Entries {
    const fn each(self) -> [i64; 4] {
        [self.items, self.replies, self.notes, self.closes]
    }

    /// How many of each there are more than in `seen`.
    pub fn since(self, seen: Self) -> Self {
        Self {
            items: (self.items - seen.items).max(0),
            replies: (self.replies - seen.replies).max(0),
            notes: (self.notes - seen.notes).max(0),
            closes: (self.closes - seen.closes).max(0),
        }
    }

    /// Nothing at all.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// A version, as it was given or comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub number: i64,
    /// None where a client made the tag from the number alone.
    pub entries: Option<Entries>,
}

impl Version {
    /// Reads `"v7.3.1.0.2"` or `"v7"`.
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        let numbers: Result<Vec<i64>, _> =
            tag.strip_prefix('v')?.split('.').map(str::parse).collect();
        match numbers.ok()?.as_slice() {
            [number] => Some(Self {
                number: *number,
                entries: None,
            }),
            [number, items, replies, notes, closes] => Some(Self {
                number: *number,
                entries: Some(Entries {
                    items: *items,
                    replies: *replies,
                    notes: *notes,
                    closes: *closes,
                }),
            }),
            _ => None,
        }
    }

    /// What is new in a row that is at `now`; none if there is nothing. A tag without entries tells
    /// only that something is: of each kind that there is, the newest.
    pub fn news(self, now: Self) -> Option<Entries> {
        let has = now.entries.unwrap_or_default();
        match self.entries {
            Some(seen) => Some(has.since(seen)).filter(|news| !news.is_none()),
            None if self.number == now.number => None,
            None => Some(Entries {
                items: has.items.min(1),
                replies: has.replies.min(1),
                notes: has.notes.min(1),
                closes: has.closes.min(1),
            }),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"v{}", self.number)?;
        for one in self.entries.iter().flat_map(|entries| entries.each()) {
            write!(f, ".{one}")?;
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(tag: &str) -> Version {
        Version::parse(tag).unwrap()
    }

    #[test]
    fn a_tag_comes_back() {
        for tag in ["\"v7.3.1.0.2\"", "\"v7\""] {
            assert_eq!(version(tag).to_string(), tag);
            assert_eq!(version(&format!("W/{tag}")), version(tag));
        }
        for bad in ["", "7", "v", "v1.2", "v1.2.3.4.x", "\"v1.2.3.4.5.6\""] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_like_is_no_news_and_an_item_is() {
        let seen = version("v7.3.1.0.2");
        assert_eq!(seen.news(version("v8.3.1.0.2")), None);
        assert_eq!(seen.news(version("v9.3.1.0.1")), None, "reopened");
        let news = seen.news(version("v9.5.1.0.3")).unwrap();
        assert_eq!(
            (news.items, news.replies, news.notes, news.closes),
            (2, 0, 0, 1)
        );
        // One more of one kind is not made good by one less of another.
        assert!(seen.news(version("v9.4.1.0.1")).is_some());
        assert_eq!(version("v7").news(version("v7.3.1.0.2")), None);
        assert!(version("v6").news(version("v7.3.1.0.2")).is_some());
    }
}
