//! Answering: in public, or in private. Two commands that share no text.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::TimeDelta;
use respond::intent::{Act, New, Private, Public};
use respond::options::{self, TextError};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::reply_options::{Known, known};
use super::thread::{self, row};
use super::thread_work::close_through;
use super::{items, replies};
use crate::App;
use crate::care;
use crate::http::auth::{Caller, Csr};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::items::Item;
use crate::pg::news;
use crate::row_id::RowId;
use crate::version::Version;

/// Characters of alternative text.
const ALT_TEXT_CHARS_MAX: usize = 1_000;

/// A reply for everybody to read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicBody {
    pub text: String,
    /// Id that `POST /media` gave.
    pub media_id: Option<String>,
    /// What the picture shows.
    pub alt_text: Option<String>,
    /// X ids of people who are not addressed.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Closes the items of the row up to this one too; they return if it is not posted.
    #[serde(default)]
    pub done: bool,
}

/// A message for its recipient alone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageBody {
    /// Needed without a picture.
    #[serde(default)]
    pub text: String,
    /// Id that `POST /media` gave.
    pub media_id: Option<String>,
    /// What the picture shows.
    pub alt_text: Option<String>,
    /// Closes the items of the thread too; they return if it is not sent.
    #[serde(default)]
    pub done: bool,
}

/// Replies in public
#[utoipa::path(post, path = "/api/v1/items/{id}/replies", tag = "replies", request_body = PublicBody,
    params(("id" = Uuid, Path,),
           ("If-Match" = Option<String>, Header, description = "ETag of the thread that is on screen"),
           ("X-Send-Anyway" = Option<bool>, Header, description = "Sends although the thread changed")),
    responses((status = 202, body = crate::view::reply::Reply)))]
pub async fn public(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    sent: Sent<PublicBody>,
) -> Result<Response, Problem> {
    let command = Reply {
        item: id,
        body: sent.body.clone(),
        version: version(&headers)?,
    };
    execute(&app, &caller, &sent, &command).await
}

/// Writes in private
#[utoipa::path(post, path = "/api/v1/threads/{id}/messages", tag = "replies", request_body = MessageBody,
    params(("id" = String, Path, description = "Id of a row of the list"),
           ("If-Match" = Option<String>, Header, description = "ETag of the thread that is on screen"),
           ("X-Send-Anyway" = Option<bool>, Header, description = "Sends although the thread changed")),
    responses((status = 202, body = crate::view::reply::Reply)))]
pub async fn message(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    headers: HeaderMap,
    sent: Sent<MessageBody>,
) -> Result<Response, Problem> {
    may_message(&caller)?;
    let row = row(&id)?;
    if row.kind() != "message" {
        let detail = "This is a thread of public posts: a private message does not go there.";
        return Err(Problem::new(&kinds::WRONG_KIND, detail));
    }
    let command = Message {
        row,
        body: sent.body.clone(),
        version: version(&headers)?,
    };
    execute(&app, &caller, &sent, &command).await
}

/// Private messages are for keys that may read them.
pub fn may_message(caller: &Caller) -> Result<(), Problem> {
    if caller.messages {
        return Ok(());
    }
    let detail = "This key may not read or write private messages.";
    Err(Problem::new(&kinds::FORBIDDEN, detail))
}

/// The version that the sender had on screen; none if it is not asked for.
fn version(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text("x-send-anyway") == Some("true") {
        return Ok(None);
    }
    let Some(tag) = text("if-match") else {
        return Ok(None);
    };
    let version = Version::parse(tag);
    version
        .map(Some)
        .ok_or_else(|| Problem::parameter("If-Match", "expected the ETag of the thread"))
}

struct Reply {
    item: Uuid,
    body: PublicBody,
    version: Option<Version>,
}

impl Command for Reply {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let item = items::load(scope.connection, scope.caller, self.item).await?;
        if item.kind != "post" {
            let detail = "This is a private message: it is not answered in public.";
            return Err(Problem::new(&kinds::WRONG_KIND, detail));
        }
        let locked = care::lock(scope, &[&item.person_id], &[]).await?;
        let known = known(scope.connection, scope.app, scope.caller, &item).await?;
        let allowed = options::public(known.facts, scope.app.org(scope.org()).settings());
        if !allowed.allowed {
            return Err(Problem::new(&kinds::NOT_ALLOWED, words(allowed.why)));
        }
        unchanged(scope, &item, self.version).await?;
        let text = options::public_text(&self.body.text, &known.handles()).map_err(unsendable)?;
        let newest = item.version_ids.last().unwrap_or(&item.x_id);
        let target = newest.parse();
        let act = Act::Public(Public {
            text,
            target: target.map_err(|_| Problem::value("/id", "not a post of X"))?,
            exclude: exclude(&self.body.exclude, &known)?,
            summoned: known.facts.summoned,
        });
        let closes = if self.body.done {
            close_through(scope, &locked, &item).await?
        } else {
            Vec::new()
        };
        let media = picture(
            scope,
            self.body.media_id.as_deref(),
            self.body.alt_text.as_deref(),
        )
        .await?;
        queue(scope, &item, known.account, (act, media, closes)).await
    }
}

fn exclude<Id: std::str::FromStr>(wanted: &[String], known: &Known) -> Result<Vec<Id>, Problem> {
    let one = |id: &String| {
        let named = |one: &&crate::view::reply::Addressed| one.x_id.as_ref() == Some(id);
        let can = known
            .addressed
            .iter()
            .find(named)
            .is_some_and(|one| !one.author);
        let id = id.parse().ok().filter(|_| can);
        id.ok_or_else(|| Problem::value("/exclude", "not among those whom the reply addresses"))
    };
    wanted.iter().map(one).collect()
}

struct Message {
    row: RowId,
    body: MessageBody,
    version: Option<Version>,
}

impl Command for Message {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let head = thread::load(scope.connection, scope.app, scope.caller, &self.row).await?;
        let newest = head
            .target
            .or(head.newest)
            .ok_or_else(|| Problem::not_found("thread"))?;
        let item = items::load(scope.connection, scope.caller, newest).await?;
        let locked = care::lock(scope, &[&item.person_id], &[]).await?;
        let known = known(scope.connection, scope.app, scope.caller, &item).await?;
        let allowed = options::message(known.facts, scope.app.org(scope.org()).settings());
        if !allowed.allowed {
            return Err(Problem::new(&kinds::NOT_ALLOWED, words(allowed.why)));
        }
        unchanged(scope, &item, self.version).await?;
        let text = match (self.body.text.trim().is_empty(), &self.body.media_id) {
            (true, Some(_)) => None,
            _ => Some(options::private_text(&self.body.text).map_err(unsendable)?),
        };
        let to = options::recipient(known.facts.group, &item.thread_id, &item.person_id)
            .ok_or_else(|| Problem::value("/id", "nobody of X can be written to here"))?;
        let act = Act::Private(Private { text, to });
        let closes = match (self.body.done, head.newest) {
            (true, Some(newest)) => {
                let newest = items::load(scope.connection, scope.caller, newest).await?;
                close_through(scope, &locked, &newest).await?
            }
            _ => Vec::new(),
        };
        let media = picture(
            scope,
            self.body.media_id.as_deref(),
            self.body.alt_text.as_deref(),
        )
        .await?;
        queue(scope, &item, known.account, (act, media, closes)).await
    }
}

/// Nothing came into the row since the version that the sender saw.
async fn unchanged(
    scope: &mut Scope<'_>,
    item: &Item,
    version: Option<Version>,
) -> Result<(), Problem> {
    let Some(seen) = version else { return Ok(()) };
    let row = item.row();
    let head = thread::load(scope.connection, scope.app, scope.caller, &row).await?;
    let org = scope.org().to_owned();
    let now = Version {
        number: head.version,
        entries: Some(news::entries(scope.connection, &org, &row).await?),
    };
    let Some(came) = seen.news(now) else {
        return Ok(());
    };
    let problem = Problem::new(&kinds::THREAD_CHANGED, "Something new is in this thread.");
    let problem = problem.at("If-Match", "changed", format!("it is {now} now"));
    Err(Problem {
        news: news::newest(scope.connection, &org, &row, came)
            .await?
            .into(),
        ..problem
    })
}

fn unsendable(error: TextError) -> Problem {
    Problem::value("/text", error.to_string())
}

fn words(why: &str) -> &'static str {
    match why {
        "not-summoned" => "X lets you reply only if they mention or quote you.",
        "deleted" => "It is deleted on X.",
        "protected" => "Their posts are for followers alone.",
        "closed" => "They take no private messages of yours.",
        "own-post" => "This is your own post.",
        _ => "This is switched off for your account.",
    }
}

/// A picture of the organisation, with what it shows.
async fn picture(
    scope: &mut Scope<'_>,
    id: Option<&str>,
    alt_text: Option<&str>,
) -> Result<Option<(Vec<u8>, String)>, Problem> {
    let alt_text = alt_text.unwrap_or_default();
    if alt_text.chars().count() > ALT_TEXT_CHARS_MAX {
        return Err(Problem::value(
            "/alt_text",
            "expected up to 1000 characters",
        ));
    }
    let Some(id) = id else { return Ok(None) };
    let org = scope.org().to_owned();
    if let Some(sha256) = runtime::pictures::of_id(id)
        && respond::desk::has_upload(scope.connection, &org, &sha256).await?
    {
        return Ok(Some((sha256, alt_text.to_owned())));
    }
    Err(Problem::value("/media_id", "no such picture"))
}

/// What is to be done, its picture, the items closed with it.
type Wanted = (Act, Option<(Vec<u8>, String)>, Vec<Uuid>);

/// Writes an intent about an item, and answers with it.
pub async fn queue(
    scope: &mut Scope<'_>,
    item: &Item,
    account: Option<String>,
    (act, media, closes): Wanted,
) -> Result<Answer, Problem> {
    let account = account.ok_or_else(|| {
        Problem::new(
            &kinds::NO_ACCOUNT,
            "The account of this item is not configured.",
        )
    })?;
    let (org, now) = (scope.org().to_owned(), scope.now);
    let undo = scope.app.org(&org).settings().undo_send_s;
    let kind = act.kind();
    let new = New {
        reply_id: Uuid::now_v7(),
        account,
        lane: item.thread_id.clone(),
        thread_key: item.row().key(),
        item_id: item.item_id,
        person_id: item.person_id.clone(),
        customer_id: item.customer_id,
        case_id: item.case_id,
        act,
        media,
        closes,
        by: scope.caller.actor.clone(),
        not_before: now + TimeDelta::seconds(i64::from(undo)),
    };
    let encoder = scope.app.encoder().clone();
    let (reply, seq) = respond::desk::create(scope.connection, &encoder, &org, &new, now).await?;
    scope.published(seq);
    let detail = serde_json::json!({ "item_id": item.item_id, "kind": kind });
    let subject = reply.reply_id.to_string();
    scope.audit("reply.write", &subject, detail).await?;
    let view = replies::view(scope.connection, scope.caller, vec![reply], now).await?;
    let view = view
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("reply"))?;
    Answer::accepted(&view, Some(format!("/api/v1/replies/{subject}")))
}
