//! Records of what the desk did, for the topics `care.*`.

use runtime::Outgoing;
use schemas::changes::{CASE, PERSON};
use schemas::records::{AccountLinked, CaseChanged, FeedWorked};
use schemas::topics;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::App;
use crate::http::command::Scope;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::people::Mapping;
use crate::pg::{cases, items};

/// Where the desk's own acts come from.
const SOURCE: &str = "desk";

/// Says what was done to items, at their revisions after it.
pub async fn worked(scope: &mut Scope<'_>, ids: &[Uuid], action: &str) -> Result<(), Problem> {
    let org = scope.org().to_owned();
    let facts = items::facts(scope.connection, &org, ids).await?;
    let mut out = Vec::with_capacity(facts.len());
    for item in facts {
        let routing = match item.kind.as_str() {
            "message" => &item.thread_id,
            _ if item.author_id.is_empty() => &item.x_id,
            _ => &item.author_id,
        };
        let record = FeedWorked {
            org: org.clone(),
            item_id: item.item_id,
            revision: item.revision,
            op: "upsert".to_owned(),
            action: action.to_owned(),
            by: scope.caller.actor.clone(),
            person_id: item.person_id,
            case_id: item.case_id,
            customer_id: item.customer_id,
            posted_at: item.posted_at,
            received_at: item.received_at,
            recorded_at: scope.now,
            source: SOURCE.to_owned(),
            backfill: item.backfill,
            ..FeedWorked::default()
        };
        let key = item.item_id.to_string().into_bytes();
        out.push(encode(scope, &topics::FEEDS, routing, key, &record)?);
    }
    scope.publish(&out).await
}

/// Says what cases are now.
pub async fn cases(scope: &mut Scope<'_>, ids: &[Uuid]) -> Result<(), Problem> {
    let org = scope.org().to_owned();
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(case) = cases::load(scope.connection, &org, *id).await? else {
            continue;
        };
        let routing = match (case.customer_id, &case.person_id) {
            (Some(customer), _) => customer.to_string(),
            (None, Some(person)) => person.clone(),
            (None, None) => case.case_id.to_string(),
        };
        let record = CaseChanged {
            org: org.clone(),
            item_id: case.item_id,
            case_id: case.case_id,
            case_no: case.case_no,
            revision: case.revision,
            op: "upsert".to_owned(),
            status: case.status,
            person_id: case.person_id,
            customer_id: case.customer_id,
            origin: case.origin,
            category: case.category,
            priority: case.priority,
            resolution_code: case.resolution_code,
            follow_up: case.follow_up,
            close_on_reply: None,
            by: scope.caller.actor.clone(),
            opened_at: case.opened_at,
            closed_at: case.closed_at,
            posted_at: None,
            received_at: case.opened_at,
            recorded_at: scope.now,
            source: SOURCE.to_owned(),
            backfill: false,
        };
        let key = case.case_id.to_string().into_bytes();
        out.push(encode(scope, &topics::CASES, &routing, key, &record)?);
        let version = serde_json::json!({ "version": record.revision });
        scope.tell(CASE, record.case_id.to_string(), Some(version));
    }
    scope.publish(&out).await
}

/// Says which customer a person is now, or that nobody knows any more.
pub async fn account(
    scope: &mut Scope<'_>,
    mapping: &Mapping<'_>,
    revision: i64,
) -> Result<(), Problem> {
    let org = scope.org().to_owned();
    let op = if mapping.customer.is_some() {
        "upsert"
    } else {
        "withdraw"
    };
    let record = AccountLinked {
        org: org.clone(),
        item_id: mapping.evidence,
        x_id: mapping.x_id.to_owned(),
        revision,
        op: op.to_owned(),
        customer_id: mapping.customer,
        basis: mapping.basis.map(str::to_owned),
        by: scope.caller.actor.clone(),
        posted_at: None,
        received_at: scope.now,
        recorded_at: scope.now,
        source: SOURCE.to_owned(),
        backfill: false,
    };
    // The person, not the customer: a mapping keeps its partition whoever it leads to.
    let key = format!("{org}/{}", mapping.x_id).into_bytes();
    let out = encode(scope, &topics::ACCOUNTS, mapping.x_id, key, &record)?;
    scope.tell(PERSON, mapping.x_id.to_owned(), None);
    scope.publish(&[out]).await
}

fn encode<T: schemas::records::Record>(
    scope: &Scope<'_>,
    topic: &'static topics::Topic,
    routing: &str,
    key: Vec<u8>,
    record: &T,
) -> Result<Outgoing, Problem> {
    scope
        .app
        .encoder()
        .encode(topic, scope.org(), routing, key, record)
        .map_err(|error| {
            tracing::error!(topic = topic.name, error = runtime::stage::chain(&error));
            Problem::new(&kinds::INTERNAL, "A record could not be written.")
        })
}

/// Persons of these items and of further ones, for the one lock that a command takes.
pub async fn lock(
    scope: &mut Scope<'_>,
    people: &[&str],
    customers: &[Uuid],
) -> Result<case_linker::desk::Locked, Problem> {
    let org = scope.org().to_owned();
    let connection: &mut PgConnection = scope.connection;
    Ok(case_linker::desk::lock(connection, &org, people, customers).await?)
}

/// Goes on with what one transaction could not take, behind the answer.
pub fn continue_links(app: &App, org: &str) {
    let (app, org) = (app.clone(), org.to_owned());
    tokio::spawn(async move {
        loop {
            match case_linker::desk::continue_job(app.program(), &org).await {
                Ok(true) => {}
                Ok(false) => break,
                // The job stays: the linker's own loop or the next command takes it up.
                Err(error) => {
                    tracing::warn!(error = runtime::stage::chain(&error), "link job waits");
                    break;
                }
            }
        }
    });
}
