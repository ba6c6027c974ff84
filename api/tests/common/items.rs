//! Items as the pipeline would have stored them.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::{Kind, ids};
use uuid::Uuid;

use super::Desk;

/// An item to be stored.
#[derive(Debug, Clone)]
pub struct NewItem {
    pub org: String,
    pub kind: Kind,
    pub x_id: u64,
    pub person: String,
    pub thread: String,
    pub direction: &'static str,
    pub post_type: &'static str,
    pub text: String,
    pub parent: Option<String>,
    pub quoted: Option<String>,
    pub repost_of: Option<String>,
    pub posted_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_rule: Option<&'static str>,
    pub deleted: bool,
}

impl NewItem {
    /// An inbound mention of a person in a thread, posted at that time.
    pub fn post(x_id: u64, person: &str, thread: &str, posted_at: &str) -> Self {
        Self {
            org: "acme".into(),
            kind: Kind::Post,
            x_id,
            person: person.into(),
            thread: thread.into(),
            direction: "inbound",
            post_type: "mention",
            text: format!("where is my parcel {x_id}"),
            parent: None,
            quoted: None,
            repost_of: None,
            posted_at: posted_at.parse().unwrap(),
            closed_at: None,
            closed_rule: None,
            deleted: false,
        }
    }

    /// An inbound message of a person to our account 900.
    pub fn message(x_id: u64, person: &str, posted_at: &str) -> Self {
        Self {
            kind: Kind::Message,
            post_type: "message",
            text: format!("secret words {x_id}"),
            ..Self::post(x_id, person, &ids::conversation(person, "900"), posted_at)
        }
    }

    pub fn typed(mut self, post_type: &'static str) -> Self {
        self.post_type = post_type;
        self
    }

    /// A repost of a post.
    pub fn reposting(mut self, original: u64) -> Self {
        self.repost_of = Some(original.to_string());
        self.typed("repost")
    }

    pub fn of(mut self, org: &str) -> Self {
        self.org = org.into();
        self
    }

    pub fn closed(mut self, at: &str) -> Self {
        self.closed_at = Some(at.parse().unwrap());
        self
    }

    pub fn id(&self) -> Uuid {
        ids::item(&self.org, self.kind, &self.x_id.to_string())
    }
}

impl Desk {
    /// Stores an item and its person.
    pub async fn store(&self, item: &NewItem) -> Uuid {
        let mut scope = runtime::pg::begin(&self.pg, &[&item.org]).await.unwrap();
        sqlx::query(
            "INSERT INTO persons (org, x_id, handle, name, followers, tweets)
             VALUES ($1, $2, 'h' || $2, 'Person ' || $2, 100, 7) ON CONFLICT DO NOTHING",
        )
        .bind(&item.org)
        .bind(&item.person)
        .execute(&mut *scope)
        .await
        .unwrap();
        let author = if item.direction == "inbound" {
            &item.person
        } else {
            "900"
        };
        sqlx::query(
            "INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, parent_x_id,
                 text, text_complete, handle, author_name, followers_then, source, posted_at, received_at,
                 recorded_at, deleted_at, thread_id, closed_at, closed_by, closed_rule, revision, repost_of_x_id, priority_terms,
                 quoted_x_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, 'h' || $6, 'Person ' || $6, 90, 'webhook',
                 $11, $11, $11, $12, $13, $14, $15, $16, 1, $17, '[{\"name\":\"question\",\"value\":0.5}]', $18)",
        )
        .bind(&item.org)
        .bind(item.id())
        .bind(item.kind.as_str())
        .bind(item.x_id.to_string())
        .bind(author)
        .bind(&item.person)
        .bind(item.direction)
        .bind(item.post_type)
        .bind(&item.parent)
        .bind(if item.deleted { "" } else { &item.text })
        .bind(item.posted_at)
        .bind(item.deleted.then(|| item.posted_at + TimeDelta::minutes(1)))
        .bind(&item.thread)
        .bind(item.closed_at)
        .bind((item.closed_at.is_some() && item.closed_rule.is_none()).then_some("key:test"))
        .bind(item.closed_rule)
        .bind(&item.repost_of)
        .bind(&item.quoted)
        .execute(&mut *scope)
        .await
        .unwrap();
        scope.commit().await.unwrap();
        item.id()
    }

    /// A number that a statement counts, as one organisation.
    pub async fn count(&self, org: &str, statement: &'static str) -> i64 {
        let mut scope = runtime::pg::begin(&self.pg, &[org]).await.unwrap();
        sqlx::query_scalar(statement)
            .fetch_one(&mut *scope)
            .await
            .unwrap()
    }

    /// Runs a statement as one organisation.
    pub async fn run(&self, org: &str, statement: &'static str) {
        let mut scope = runtime::pg::begin(&self.pg, &[org]).await.unwrap();
        sqlx::query(statement).execute(&mut *scope).await.unwrap();
        scope.commit().await.unwrap();
    }
}

/// The row id of an item.
pub fn row(item: &NewItem) -> String {
    let original = item.repost_of.as_deref();
    api::row_id::RowId::of(item.kind.as_str(), &item.person, &item.thread, original).encode()
}
