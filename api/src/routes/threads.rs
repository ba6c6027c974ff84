//! `GET /threads`: the rows of the list.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::org_config::Settings;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{day, pattern, walk, zone};
use crate::App;
use crate::channels;
use crate::http::auth::{Caller, Viewer};
use crate::http::csv;
use crate::http::extract::{Query, WantsCsv};
use crate::http::page::{self, Page};
use crate::http::problem::Problem;
use crate::pg::rows::{self, Filter, Folded, Narrow, Sort, Source, Weights, Words};
use crate::pg::work;
use crate::row_id::RowId;
use crate::view::Panel;
use crate::view::filter::{ListFilter, Order, View};
use crate::view::person::PersonBrief;
use crate::view::row::{RowWork, ThreadRow};
use crate::view::text::Sight;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tab {
    Active,
    Done,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ThreadsQuery {
    /// Active (default) or Done; none with `posted_on` or `closed_on`.
    #[param(inline)]
    pub tab: Option<Tab>,
    #[param(inline)]
    pub kind: Option<Panel>,
    #[param(inline)]
    pub view: Option<View>,
    /// Longest waiting first by default; the Done tab is always newest closing first.
    #[param(inline)]
    pub sort: Option<Order>,
    /// Words in text, handle or name of an item of the row.
    pub q: Option<String>,
    /// X id of the person.
    pub person: Option<String>,
    /// Id of a user, or `none`: whom the row was given to.
    pub assignee: Option<String>,
    /// Id of a label of the row.
    pub label: Option<Uuid>,
    /// Handle or X id of our account that an item of the row came to.
    pub handle: Option<String>,
    /// Language of an item of the row.
    pub language: Option<String>,
    /// With a picture in an item of the row.
    pub has_image: Option<bool>,
    /// Items of this local day by X's time: what X Today counts.
    pub posted_on: Option<NaiveDate>,
    /// Items that a person closed on this local day: what Done Today counts.
    pub closed_on: Option<NaiveDate>,
    /// Time zone of those days; the organisation's if absent.
    pub tz: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

impl From<ListFilter> for ThreadsQuery {
    fn from(filter: ListFilter) -> Self {
        Self {
            kind: filter.kind,
            view: filter.view,
            sort: filter.sort,
            q: filter.q,
            assignee: filter.assignee,
            label: filter.label,
            handle: filter.handle,
            language: filter.language,
            has_image: filter.has_image,
            ..Self::default()
        }
    }
}

/// Where a page ended: sort key, row, and the moment that priorities are taken at.
#[derive(Serialize, Deserialize)]
struct Cursor(i64, String, i64);

/// Rows of the list
#[utoipa::path(get, path = "/api/v1/threads", tag = "desk", params(ThreadsQuery),
    responses((status = 200, body = Page<ThreadRow>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
    WantsCsv(table): WantsCsv,
    Query(query): Query<ThreadsQuery>,
) -> Result<Response, Problem> {
    let first = fetch(&app, &caller, &query).await?;
    if !table {
        return Ok(Json(first).into_response());
    }
    super::audit::exported(&app, &caller, "threads").await?;
    Ok(csv::table(first, move |cursor| {
        let (app, caller, mut query) = (app.clone(), caller.clone(), query.clone());
        query.cursor = Some(cursor);
        async move { fetch(&app, &caller, &query).await }
    }))
}

async fn fetch(
    app: &App,
    caller: &Caller,
    query: &ThreadsQuery,
) -> Result<Page<ThreadRow>, Problem> {
    let limit = page::limit(query.limit)?;
    let days = query.posted_on.is_some() || query.closed_on.is_some();
    if query.tab == Some(Tab::Done) && !days {
        return walk::done(app, caller, query, limit).await;
    }
    let org = app.org(&caller.org);
    let narrow = Narrowed::read(&org, caller, query)?;
    let (source, from, to) = source(app, &org, query)?;
    let after: Option<Cursor> = page::decode(query.cursor.as_deref())?;
    let now = match &after {
        Some(cursor) => DateTime::from_timestamp_micros(cursor.2)
            .filter(|at| (2000..3000).contains(&chrono::Datelike::year(at)))
            .ok_or_else(|| Problem::parameter("cursor", "not a cursor of this list"))?,
        None => app.now(),
    };
    let filter = Filter {
        org: &caller.org,
        source,
        from,
        to,
        reposts_active: org.settings().reposts_active,
        messages: caller.messages,
        person: query.person.as_deref(),
        status: (query.tab == Some(Tab::Done)).then_some("closed"),
        narrow: narrow.of(query),
        sort: match query.sort {
            None | Some(Order::Waiting) => Sort::Waiting,
            Some(Order::Newest) => Sort::Newest,
            Some(Order::Priority) => Sort::Priority,
        },
        weights: &weights(org.settings()),
        now,
        after: after.as_ref().map(|c| (c.0, c.1.as_str())),
        limit: limit + 1,
    };
    let mut transaction = app.begin(caller).await?;
    let folded = rows::fold(&mut transaction, &filter).await?;
    let page = Page::cut(folded, limit, |last| {
        page::encode(&Cursor(last.key, last.row.clone(), now.timestamp_micros()))
    });
    let shown = shown(&page.items);
    let words = rows::words(&mut transaction, &caller.org, &shown, filter.reposts_active).await?;
    let mut dressed = dress(page.items, words, Sight::of(caller), source);
    worked(&mut transaction, caller, &mut dressed, app.now()).await?;
    transaction.commit().await?;
    Ok(Page {
        items: dressed.into_iter().map(|(row, _)| row).collect(),
        next: page.next,
    })
}

/// The filters of a query that name somebody or something of the organisation.
pub struct Narrowed {
    nobody: bool,
    assignee: Option<Uuid>,
    account: Option<String>,
    pattern: Option<String>,
}

impl Narrowed {
    pub fn read(org: &crate::Org, caller: &Caller, query: &ThreadsQuery) -> Result<Self, Problem> {
        let said = query.assignee.as_deref();
        let nobody = said == Some("none") || query.view == Some(View::Unassigned);
        let mut assignee = said
            .filter(|said| *said != "none")
            .map(Uuid::try_parse)
            .transpose()
            .map_err(|_| Problem::parameter("assignee", "expected the id of a user, or none"))?;
        if query.view == Some(View::Mine) {
            let own = caller.user.as_ref().map(|user| user.user_id);
            let own = own.ok_or_else(|| {
                Problem::parameter("view", "mine is for users who sign in, not for keys")
            })?;
            if assignee.is_some_and(|other| other != own) || nobody {
                return Err(Problem::parameter(
                    "assignee",
                    "not together with view=mine",
                ));
            }
            assignee = Some(own);
        }
        let account = match query.handle.as_deref() {
            None => None,
            Some(named) => {
                let known = org.config().and_then(|org| channels::account(org, named));
                Some(known.ok_or_else(|| {
                    Problem::parameter("handle", "not an account of the organisation")
                })?)
            }
        };
        Ok(Self {
            nobody,
            assignee,
            account,
            pattern: query.q.as_deref().map(|q| pattern(q, 1)).transpose()?,
        })
    }

    /// As statements take it.
    pub fn of<'a>(&'a self, query: &'a ThreadsQuery) -> Narrow<'a> {
        Narrow {
            nobody: self.nobody,
            assignee: self.assignee,
            only: match query.view {
                Some(View::Snoozed) => Some("snoozed"),
                Some(View::Hidden) => Some("hidden"),
                Some(View::NotSent) => Some("not-sent"),
                _ => None,
            },
            kind: query.kind.map(Panel::item_kind),
            case_status: match query.view {
                Some(View::FollowUp) => Some("open"),
                Some(View::CaseClosed) => Some("closed"),
                _ => None,
            },
            label: query.label,
            pattern: self.pattern.as_deref(),
            lang: query.language.as_deref(),
            account: self.account.as_deref(),
            image: query.has_image.unwrap_or_default(),
        }
    }
}

/// Adds to rows what colleagues have said of them.
pub async fn worked(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    rows: &mut [(ThreadRow, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let key = |row: &ThreadRow| RowId::decode(&row.id).map(|id| id.key());
    let keys: Vec<String> = rows.iter().filter_map(|(row, _)| key(row)).collect();
    let states = work::states(connection, &caller.org, &keys).await?;
    let states = states.into_iter().map(|state| (state.key.clone(), state));
    let mut states: std::collections::HashMap<_, _> = states.collect();
    for (row, received_at) in rows {
        if let Some(state) = key(row).and_then(|key| states.remove(&key)) {
            row.work = RowWork::of(state, Some(*received_at), now);
        }
    }
    Ok(())
}

type Bounds = (Source, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn source(app: &App, org: &crate::Org, query: &ThreadsQuery) -> Result<Bounds, Problem> {
    let zone = zone(org, query.tz.as_deref())?;
    let (name, date) = match (query.posted_on, query.closed_on) {
        (None, None) => return Ok((Source::Active, None, None)),
        (Some(_), Some(_)) => {
            return Err(Problem::parameter(
                "closed_on",
                "not together with posted_on",
            ));
        }
        (Some(date), None) => ("posted_on", date),
        (None, Some(date)) => ("closed_on", date),
    };
    let day = day(app, zone, (name, Some(date)))?;
    let source = match (name, query.tab) {
        ("closed_on", Some(Tab::Active)) => {
            return Err(Problem::parameter(
                "closed_on",
                "not together with tab=active",
            ));
        }
        ("closed_on", _) => Source::Closed,
        (_, Some(Tab::Active)) => Source::Active,
        _ => Source::Posted,
    };
    Ok((source, Some(day.start), Some(day.end)))
}

/// The organisation's weights, for the statement.
pub fn weights(settings: &Settings) -> Weights {
    let of = |term| settings.priority.of(term);
    let stored = &schemas::org_config::Weights::TERMS[..6];
    Weights {
        names: stored.iter().map(|&term| term.to_owned()).collect(),
        values: stored.iter().map(|term| of(term)).collect(),
        waiting: of("waiting"),
        open_case: of("open_case"),
        sla: of("sla"),
        target_minutes: f64::from(settings.wait_target_min),
    }
}

/// The newest counted item of each row, whose words it shows.
pub fn shown(rows: &[Folded]) -> Vec<(RowId, Uuid)> {
    let of = |row: &Folded| Some((RowId::from_key(&row.row)?, row.newest_item));
    rows.iter().filter_map(of).collect()
}

/// Rows with their words, and when the newest item of each was received.
pub fn dress(
    rows: Vec<Folded>,
    words: Vec<Words>,
    sight: Sight,
    source: Source,
) -> Vec<(ThreadRow, DateTime<Utc>)> {
    let mut words: std::collections::HashMap<_, _> =
        words.into_iter().map(|w| (w.row.clone(), w)).collect();
    rows.into_iter()
        .filter_map(|row| {
            let words = words.remove(&row.row)?;
            let id = RowId::from_key(&row.row)?;
            let received_at = row.received_at;
            Some((dress_one(&id, row, words, sight, source), received_at))
        })
        .collect()
}

fn dress_one(id: &RowId, row: Folded, words: Words, sight: Sight, source: Source) -> ThreadRow {
    let active = words.open + words.draft > 0;
    let status = match (words.open, words.draft) {
        (1.., _) => "open",
        (_, 1..) => "draft",
        _ => "closed",
    };
    let (text, text_state) =
        sight.text(&words.kind, words.text, words.deleted, words.text_complete);
    ThreadRow {
        id: id.encode(),
        kind: Panel::of(&words.kind),
        person: PersonBrief {
            x_id: words.person_id,
            handle: words.handle,
            name: words.name,
            avatar_id: words.avatar_id,
            followers: words.followers,
            verified: words.verified,
        },
        count: row.count,
        open: words.open,
        draft: words.draft,
        status: status.to_owned(),
        waiting_since: row.since,
        newest_at: row.newest_at,
        item_id: row.newest_item,
        post_type: words.post_type,
        repost_of: id.repost_of().map(ToOwned::to_owned),
        text,
        text_state,
        lang: words.lang,
        case_nos: row.cases,
        customer_id: words.customer_id,
        active_again: source == Source::Closed && active,
        closed_at: row.closed_at,
        closed_rule: words.closed_rule,
        priority: row.score,
        work: RowWork::default(),
    }
}
