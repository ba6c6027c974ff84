//! Following a feed from its newest object back to what is known. Pure: pages in, what to do out.

/// A walk through the pages of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// What is known: stays while pages are followed.
    pub since: i64,
    /// Leads to the page to be read next; none for the first.
    pub token: Option<String>,
    newest: i64,
    oldest: i64,
    pages: u32,
    pages_max: u32,
}

/// What comes after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is an older page that is needed.
    More,
    /// The known part is reached: the cursor may be moved to `newest`.
    Done {
        /// Newest id of the walk.
        newest: i64,
    },
    /// X gives no more, or the bound is reached, before the known part: what lies between `since` and
    /// `oldest` is missed by this feed.
    Cut {
        /// Newest id of the walk.
        newest: i64,
        /// Oldest id that was reached.
        oldest: i64,
    },
}

impl Walk {
    /// Begins at the newest page, to go back to `since`.
    pub fn new(since: i64, pages_max: u32) -> Self {
        Self {
            since,
            token: None,
            newest: since,
            oldest: i64::MAX,
            pages: 0,
            pages_max,
        }
    }

    /// Whether an object is new to us.
    pub fn is_new(&self, id: i64) -> bool {
        id > self.since
    }

    /// Takes in the ids of a page, whose objects the broker has, and the token of the next.
    pub fn page(&mut self, ids: &[i64], next: Option<String>) -> Step {
        self.pages += 1;
        for id in ids {
            self.newest = self.newest.max(*id);
            self.oldest = self.oldest.min(*id);
        }
        let newest = self.newest;
        let reached = ids.iter().any(|id| !self.is_new(*id));
        match next {
            Some(token) if !reached && self.pages < self.pages_max => {
                self.token = Some(token);
                Step::More
            }
            Some(_) if !reached => Step::Cut {
                newest,
                oldest: self.oldest,
            },
            _ => Step::Done { newest },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn the_cursor_moves_to_the_newest_of_the_first_page_and_only_at_the_end() {
        let mut walk = Walk::new(10, 8);
        assert_eq!(walk.page(&[30, 29], Some(token("b"))), Step::More);
        assert_eq!((walk.since, walk.token.as_deref()), (10, Some("b")));
        assert_eq!(walk.page(&[20, 12], None), Step::Done { newest: 30 });
    }

    #[test]
    fn a_known_id_ends_the_walk_though_there_are_older_pages() {
        let mut walk = Walk::new(10, 8);
        assert_eq!(
            walk.page(&[12, 10, 9], Some(token("b"))),
            Step::Done { newest: 12 }
        );
        assert!(walk.is_new(11) && !walk.is_new(10));
    }

    #[test]
    fn an_empty_page_moves_nothing() {
        assert_eq!(Walk::new(10, 8).page(&[], None), Step::Done { newest: 10 });
        // X may send an empty page and yet a next one.
        assert_eq!(Walk::new(10, 8).page(&[], Some(token("b"))), Step::More);
    }

    #[test]
    fn the_bound_names_what_is_missed() {
        let mut walk = Walk::new(10, 2);
        assert_eq!(walk.page(&[40], Some(token("b"))), Step::More);
        assert_eq!(
            walk.page(&[30], Some(token("c"))),
            Step::Cut {
                newest: 40,
                oldest: 30
            }
        );
    }
}
