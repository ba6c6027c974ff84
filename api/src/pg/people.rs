//! People on X and the customers they are.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::person::{Attached, Person, SocialAccount};

/// A person, without the customer; none if nobody of that id was ever seen.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    x_id: &str,
) -> Result<Option<Person>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT p.x_id, handle, name, av.sha256 AS "avatar_id?", description, location, verified,
                  verified_type, protected, joined_at, followers, following, tweets, former_handles
             FROM persons p
             LEFT JOIN avatars av ON av.x_id = p.x_id AND av.org = p.org AND p.avatar_url <> ''
            WHERE p.org = $1 AND p.x_id = $2"#,
        org,
        x_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let seen = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE kind = 'post' AND direction = 'inbound'
                      AND post_type IS DISTINCT FROM 'repost') AS "tweets!",
                  min(coalesce(posted_at, received_at)) AS first,
                  (array_agg(followers_then ORDER BY coalesce(posted_at, received_at) DESC)
                      FILTER (WHERE followers_then IS NOT NULL AND direction = 'inbound'))[1] AS followers_then
             FROM items WHERE org = $1 AND person_id = $2"#,
        org,
        x_id
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(Person {
        x_id: row.x_id,
        handle: row.handle,
        name: row.name,
        avatar_id: row.avatar_id,
        description: row.description,
        location: row.location,
        verified: row.verified,
        verified_type: row.verified_type,
        protected: row.protected,
        joined_at: row.joined_at,
        followers_now: row.followers,
        followers_then: seen.followers_then,
        following: row.following,
        tweets_in_all: row.tweets,
        tweets_on_our_handle: seen.tweets,
        first_seen: seen.first,
        former_handles: row.former_handles,
        customer: None,
    }))
}

/// The customer that a person is attached to.
pub async fn attached(
    connection: &mut PgConnection,
    org: &str,
    x_id: &str,
) -> Result<Option<Attached>, sqlx::Error> {
    sqlx::query_as!(
        Attached,
        r#"SELECT c.customer_id, c.name, a.basis AS "basis!", a.evidence_item_id,
                  actor_name(a.org, a.changed_by) AS "attached_by!", a.changed_at AS attached_at
             FROM social_accounts a JOIN customers c ON c.org = a.org AND c.customer_id = a.customer_id
            WHERE a.org = $1 AND a.x_id = $2"#,
        org,
        x_id
    )
    .fetch_optional(connection)
    .await
}

/// Social accounts of a customer.
pub async fn accounts(
    connection: &mut PgConnection,
    org: &str,
    customer: Uuid,
    limit: i64,
) -> Result<Vec<SocialAccount>, sqlx::Error> {
    sqlx::query_as!(
        SocialAccount,
        r#"SELECT a.x_id, p.handle AS "handle?", p.name AS "name?", a.basis AS "basis!", a.evidence_item_id,
                  actor_name(a.org, a.changed_by) AS "attached_by!", a.changed_at AS attached_at
             FROM social_accounts a LEFT JOIN persons p ON p.org = a.org AND p.x_id = a.x_id
            WHERE a.org = $1 AND a.customer_id = $2 ORDER BY a.changed_at, a.x_id LIMIT $3"#,
        org,
        customer,
        limit
    )
    .fetch_all(connection)
    .await
}

/// What a mapping becomes.
pub struct Mapping<'a> {
    pub x_id: &'a str,
    pub customer: Option<Uuid>,
    pub basis: Option<&'a str>,
    pub evidence: Option<Uuid>,
}

/// Writes a mapping under the person's lock; its new revision.
pub async fn map(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    mapping: &Mapping<'_>,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "INSERT INTO social_accounts AS a (org, x_id, customer_id, basis, evidence_item_id, changed_by, changed_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
         ON CONFLICT (org, x_id) DO UPDATE SET customer_id = EXCLUDED.customer_id, basis = EXCLUDED.basis,
             evidence_item_id = EXCLUDED.evidence_item_id, changed_by = EXCLUDED.changed_by,
             changed_at = EXCLUDED.changed_at, revision = a.revision + 1
         RETURNING revision",
        org,
        mapping.x_id,
        mapping.customer,
        mapping.basis,
        mapping.evidence,
        by,
        now
    )
    .fetch_one(connection)
    .await
}
