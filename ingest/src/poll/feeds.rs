//! The feeds of an account: fetch a page, have the broker acknowledge it, go on; move the cursor when
//! the walk is over. Whoever dies on the way begins the walk anew: same ids, same items.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::Kind;
use serde_json::value::RawValue;
use x_client::calls::{
    DmPage, DmScope, Page, SearchPage, TimelinePage, dm_envelope, post_envelope,
};
use x_client::ids::{PostId, UserId};

use super::walk::{Step, Walk};
use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::cursors::{self, Cursor};
use crate::publish::Publish;
use crate::snowflake;
use crate::split::{Fetched, Split, split_fetched};

/// X keeps the newest 800 mentions: eight pages, and the empty one after them.
const MENTION_PAGES_MAX: u32 = 9;
/// Pages of private events: 30 days of a busy account.
const DM_PAGES_MAX: u32 = 100;
/// Pages of a search.
const SEARCH_PAGES_MAX: u32 = 20;
/// Objects of a page.
const PAGE: u32 = 100;
/// X searches seven days; an id that is older is refused.
const SEARCH_REACH: TimeDelta = TimeDelta::minutes(7 * 24 * 60 - 5);

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// Posts that mention the account.
    Mentions,
    /// Private events of the account.
    Messages,
    /// A search.
    Search(String),
}

impl Feed {
    fn pages_max(&self) -> u32 {
        match self {
            Self::Mentions => MENTION_PAGES_MAX,
            Self::Messages => DM_PAGES_MAX,
            Self::Search(_) => SEARCH_PAGES_MAX,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Messages => Kind::Message,
            Self::Mentions | Self::Search(_) => Kind::Post,
        }
    }
}

/// A walk that may have been broken off, and where it goes on.
#[derive(Debug, Clone, Default)]
pub struct Progress(Option<Walk>);

/// What a walk brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Records staged.
    pub staged: usize,
    /// Newest id that is known now.
    pub newest: i64,
    /// What X did not give any more: from, to.
    pub missed: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A page of either kind, ready to be staged.
struct Ready {
    ids: Vec<i64>,
    envelopes: Vec<(i64, String)>,
    unreadable: Vec<Box<RawValue>>,
    next: Option<String>,
}

/// Where an account that was never polled begins.
pub fn first(now: DateTime<Utc>, backfill_days: u32) -> Cursor {
    let from = now - TimeDelta::days(backfill_days.into());
    Cursor {
        since_id: snowflake::id_at(from),
        backfill_before: now,
    }
}

/// Reads a feed from its cursor on, and moves the cursor.
pub async fn poll<P: Publish>(
    context: &Context<P>,
    account: &Account,
    feed: &Feed,
    name: &str,
    progress: &mut Progress,
) -> Result<Walked, SourceError> {
    let key = (account.org_id(), account.x_id.as_str(), name);
    let days = account.org.settings.modes.backfill_days;
    let now = context.now();
    let cursor = cursors::read(&context.pg, key, first(now, days), now).await?;
    let walked = walk(context, account, feed, cursor, progress).await?;
    cursors::advance(&context.pg, key, walked.newest, context.now()).await?;
    Ok(walked)
}

/// Reads a feed back to `cursor`; moves nothing.
pub async fn walk<P: Publish>(
    context: &Context<P>,
    account: &Account,
    feed: &Feed,
    cursor: Cursor,
    progress: &mut Progress,
) -> Result<Walked, SourceError> {
    let mut walk = match progress.0.take() {
        // A walk that was broken off goes on where it was, so that a limit cannot hold it up for ever.
        Some(walk) if walk.since == cursor.since_id => walk,
        _ => Walk::new(cursor.since_id, feed.pages_max()),
    };
    let mut walked = Walked::default();
    loop {
        let turn = page(context, account, feed, cursor, &mut walk).await;
        let (staged, step) = match turn {
            Ok(turn) => turn,
            Err(error) => {
                progress.0 = Some(walk);
                return Err(error);
            }
        };
        walked.staged += staged;
        match step {
            Step::More => {}
            Step::Done { newest } => {
                walked.newest = newest;
                return Ok(walked);
            }
            Step::Cut { newest, oldest } => {
                walked.newest = newest;
                let from = snowflake::time_of(cursor.since_id);
                walked.missed = Some((from, snowflake::time_of(oldest)));
                return Ok(walked);
            }
        }
    }
}

async fn page<P: Publish>(
    context: &Context<P>,
    account: &Account,
    feed: &Feed,
    cursor: Cursor,
    walk: &mut Walk,
) -> Result<(usize, Step), SourceError> {
    let ready = match feed {
        Feed::Mentions => mentions(account, walk).await?,
        Feed::Messages => messages(account, walk).await?,
        Feed::Search(query) => search(account, query, walk, context.now()).await?,
    };
    runtime::chaos::point("ingest.poll.fetched");
    let now = context.now();
    let split = |envelope: &str, backfill| {
        let fetched = Fetched {
            envelope,
            kind: feed.kind(),
            backfill,
        };
        split_fetched(&fetched, &account.view, &account.x_id, "poll", now)
    };
    let new = ready.envelopes.iter().filter(|(id, _)| walk.is_new(*id));
    let mut splits: Vec<Split> = new
        .map(|(id, envelope)| split(envelope, snowflake::time_of(*id) < cursor.backfill_before))
        .collect();
    // What cannot be read is kept whole: the cursor will pass it.
    splits.extend(ready.unreadable.iter().map(|raw| split(raw.get(), false)));
    let staged = context.intake.take(&account.view, "poll", splits).await?;
    runtime::chaos::point("ingest.poll.staged");
    Ok((staged, walk.page(&ready.ids, ready.next)))
}

async fn mentions(account: &Account, walk: &Walk) -> Result<Ready, SourceError> {
    let page = TimelinePage {
        since_id: Some(PostId::new(walk.since.to_string())?),
        max_results: Some(PAGE),
        pagination_token: walk.token.clone(),
        ..TimelinePage::default()
    };
    let user = UserId::new(account.x_id.clone())?;
    Ok(posts(account, account.client.mentions(&user, &page).await?))
}

async fn search(
    account: &Account,
    query: &str,
    walk: &Walk,
    now: DateTime<Utc>,
) -> Result<Ready, SourceError> {
    let since = walk.since.max(snowflake::id_at(now - SEARCH_REACH));
    let page = SearchPage {
        since_id: Some(PostId::new(since.to_string())?),
        max_results: Some(PAGE),
        next_token: walk.token.clone(),
        ..SearchPage::new(query)
    };
    Ok(posts(account, account.client.search(&page).await?))
}

fn posts(account: &Account, page: Page<x_client::calls::Post>) -> Ready {
    tell_of(account, &page.errors);
    let mut ready = Ready {
        ids: Vec::new(),
        envelopes: Vec::new(),
        unreadable: page.unreadable,
        next: page.meta.next_token,
    };
    for post in &page.items {
        let id = snowflake::number(post.id.as_str()).unwrap_or_default();
        ready.ids.push(id);
        ready
            .envelopes
            .push((id, post_envelope(post, &page.includes)));
    }
    ready
}

async fn messages(account: &Account, walk: &Walk) -> Result<Ready, SourceError> {
    let page = DmPage {
        max_results: Some(PAGE),
        pagination_token: walk.token.clone(),
        messages_only: true,
    };
    let page = account.client.dm_events(&DmScope::All, &page).await?;
    tell_of(account, &page.errors);
    let mut ready = Ready {
        ids: Vec::new(),
        envelopes: Vec::new(),
        unreadable: page.unreadable,
        next: page.meta.next_token,
    };
    for event in &page.items {
        let id = snowflake::number(event.id.as_str()).unwrap_or_default();
        ready.ids.push(id);
        ready
            .envelopes
            .push((id, dm_envelope(event, &page.includes)));
    }
    Ok(ready)
}

// Errors of a part, beside a 200: of what an object refers to. The object itself was given.
fn tell_of(account: &Account, errors: &[x_client::problem::Problem]) {
    if !errors.is_empty() {
        let (org, parts) = (account.org_id(), errors.len());
        tracing::debug!(org, parts, "X left parts out of a page");
    }
}
