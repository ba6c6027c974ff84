//! Customers.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::customer::Customer;

/// One customer.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Customer>, sqlx::Error> {
    sqlx::query_as!(
        Customer,
        r#"SELECT customer_id, name, email, phone, external_id, actor_name(org, created_by) AS "created_by!",
                  created_at, updated_at, false AS "masked!" FROM customers WHERE org = $1 AND customer_id = $2"#,
        org,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Customers whose name, e-mail or phone fits a `LIKE` pattern, by name.
pub async fn search(
    connection: &mut PgConnection,
    org: &str,
    pattern: &str,
    most: i32,
) -> Result<Vec<Customer>, sqlx::Error> {
    sqlx::query_as!(
        Customer,
        r#"SELECT customer_id AS "customer_id!", name AS "name!", email, phone, external_id,
                  actor_name(org, created_by) AS "created_by!", created_at AS "created_at!", updated_at AS "updated_at!",
                  false AS "masked!"
             FROM search_customers($1, $2, $3)"#,
        org,
        pattern,
        most
    )
    .fetch_all(connection)
    .await
}

/// What a customer consists of.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub external_id: Option<&'a str>,
}

pub async fn insert(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    id: Uuid,
    fields: Fields<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO customers (org, customer_id, name, email, phone, external_id, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        org,
        id,
        fields.name,
        fields.email,
        fields.phone,
        fields.external_id,
        by,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn update(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
    fields: Fields<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE customers SET name = $3, email = $4, phone = $5, external_id = $6, updated_at = $7
          WHERE org = $1 AND customer_id = $2",
        org,
        id,
        fields.name,
        fields.email,
        fields.phone,
        fields.external_id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a customer from an import: by external id, if it has one. True if it is new.
pub async fn import(
    connection: &mut PgConnection,
    (org, by): (&str, &str),
    fields: Fields<'_>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"INSERT INTO customers (org, customer_id, name, email, phone, external_id, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (org, external_id) WHERE external_id IS NOT NULL
         DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email, phone = EXCLUDED.phone,
                       updated_at = EXCLUDED.updated_at
         RETURNING (xmax = 0) AS "new!""#,
        org,
        Uuid::now_v7(),
        fields.name,
        fields.email,
        fields.phone,
        fields.external_id,
        by,
        now
    )
    .fetch_one(connection)
    .await
}
